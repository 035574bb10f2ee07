"""Files that editors upload beside pictures: readings of stories and papers, within a size."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from wagtail.documents.forms import BaseDocumentForm

#: An hour of good speech as MP3 has about 60 MB.
LARGEST = 100 * 1024 * 1024


class PublicationDocumentForm(BaseDocumentForm):
    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        size = file.size or 0 if isinstance(file, UploadedFile) else 0
        if size > LARGEST:
            raise ValidationError(
                _("This file is too big (%(size)s). Files may have %(largest)s; a reading is smaller as MP3.")
                % {"size": filesizeformat(size), "largest": filesizeformat(LARGEST)},
                code="file_too_large",
            )
        return file
