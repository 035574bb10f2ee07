"""The first step of an import: which file, for which newsletter, and what the readers in it agreed to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView

from core.refusals import Guarded, user_of
from newsletter.admin.trail import Trail
from newsletter.audience.importing.errors import ImportFileError
from newsletter.audience.importing.job import start
from newsletter.models import Newsletter, SubscriberImport

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

IMPORT = ("newsletter.import_subscriber",)
#: A million readers with all that other systems export about them have about 200 MB.
LARGEST = 256 * 1024 * 1024


class UploadForm(forms.Form):
    newsletter = forms.ModelChoiceField(Newsletter.objects.all(), label=gettext_lazy("Newsletter"), empty_label=None)
    file = forms.FileField(
        label=gettext_lazy("File"),
        allow_empty_file=True,  # said in our words below
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx", "class": "newsletter-drop"}),
        error_messages={"required": gettext_lazy("Choose the file, or drag it here.")},
    )
    basis = forms.CharField(
        label=gettext_lazy("What did these readers agree to, and where?"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy(
            "One sentence, such as “Signed up for our stories on the old site, confirmed by mail, 2019 to 2024”. It is "
            "kept with every reader: whoever mails people has to show that they asked for it (GDPR, article 7)."
        ),
        error_messages={
            "required": gettext_lazy("Say in one sentence what they agreed to. Without that nobody may be mailed.")
        },
    )
    asked = forms.BooleanField(
        label=gettext_lazy("Everybody in this file asked for this newsletter. It is no list of patients."),
        help_text=gettext_lazy(
            "Having been treated, having bought something or standing in an address book is no agreement. And nobody "
            "may see from a list of readers who is or was a patient."
        ),
        error_messages={
            "required": gettext_lazy("Only readers who asked for it can be imported. Tick this if that is so.")
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = _(
            "CSV or XLSX, %(largest)s at most: an export of Mailchimp, Substack, Ghost, listmonk or this site, or any "
            "table with a column of addresses."
        ) % {"largest": filesizeformat(LARGEST)}

    def clean_file(self) -> UploadedFile[Any]:
        file: UploadedFile[Any] = self.cleaned_data["file"]
        size = file.size or 0
        if not size:
            raise ValidationError(_("This file is empty. Export it anew, then choose it again."))
        if size > LARGEST:
            raise ValidationError(
                _("This file is too big (%(size)s). Files may have %(largest)s: split it, and import the parts.")
                % {"size": filesizeformat(size), "largest": filesizeformat(LARGEST)}
            )
        return file


class UploadView(Guarded, Trail, FormView):  # type: ignore[type-arg]
    http_method_names = ["get", "post"]
    permissions_required = IMPORT
    form_class = UploadForm
    template_name = "newsletter/admin/transfer/upload.html"
    page_title = gettext_lazy("Import readers")
    header_icon = "upload"
    request: HttpRequest

    def above(self) -> list[tuple[str, str]]:
        return [(reverse("newsletter_imports:index"), _("Imports"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**{"step": 1, "is_any": Newsletter.objects.exists(), **kwargs})

    def form_valid(self, form: UploadForm) -> HttpResponse:
        data = form.cleaned_data
        upload = data["file"]
        try:
            job = start(data["newsletter"], upload.file, upload.name, by=user_of(self.request), now=timezone.now())
        except ImportFileError as error:
            form.add_error("file", str(error))
            return self.form_invalid(form)
        SubscriberImport.objects.filter(pk=job.pk).update(basis=data["basis"])
        return redirect("newsletter_imports:columns", job.pk)
