"""Pictures that editors upload: bounded before they are decoded, stored without what the camera knows."""

from __future__ import annotations

import struct
import warnings
from io import BytesIO
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps
from wagtail.images.fields import WagtailImageField
from wagtail.images.forms import BaseImageForm

#: Pillow's name of each format that may be uploaded (WAGTAILIMAGES_EXTENSIONS), by its ending.
FORMATS = {"jpg": "JPEG", "jpeg": "JPEG", "png": "PNG", "gif": "GIF", "webp": "WEBP", "avif": "AVIF"}
#: What belongs to the picture itself; the rest (EXIF with its position, XMP, comments, texts, thumbnails) stays behind.
KEPT = ("icc_profile", "transparency", "adobe", "adobe_transform", "progressive", "progression")
#: How a picture is written that can't be written without loss.
QUALITY: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 92, "subsampling": 0},
    "PNG": {},
    "GIF": {},
    "WEBP": {"quality": 90},
    "AVIF": {"quality": 85, "speed": 8},
}


#: What Pillow's readers raise for files that end early or hold nonsense.
UNREADABLE = (OSError, ValueError, SyntaxError, TypeError, LookupError, EOFError, MemoryError, struct.error)


class PictureError(Exception):
    """This file can't become a picture of ours; the text says what to do."""


def damaged() -> str:
    return _("This picture is damaged or not all there. Open it on your computer, save it again and upload that.")


def still(content: bytes, extension: str) -> bytes:
    """The picture written anew: upright, with its colour profile, without anything else that the file carried.

    Whatever else the file is (a page, an archive, a script), what is stored is a picture only. The caller has
    checked the number of pixels.

    Raises:
        PictureError: it moves, is damaged, or is something else than its name says.
    """
    form = FORMATS.get(extension.lower())
    if form is None:
        raise PictureError(_("Pictures of this kind can't be used here. Save it as JPEG or PNG and upload that."))
    with warnings.catch_warnings():
        # Odd EXIF blocks make Pillow warn; they are left behind.
        warnings.simplefilter("ignore")
        try:
            return _written_anew(content, form)
        except UNREADABLE as error:
            raise PictureError(damaged()) from error
        except Image.DecompressionBombError as error:
            raise PictureError(_("This picture has too many pixels. Make it smaller and upload it again.")) from error


def _written_anew(content: bytes, form: str) -> bytes:
    with Image.open(BytesIO(content), formats=[form]) as image:
        # A second picture in a JPEG (MPO) is the camera's depth map or preview, not a film.
        if image.format != "MPO" and getattr(image, "is_animated", False):
            raise PictureError(
                _("This picture moves. Readers would see its first moment only: save that as a still picture.")
            )
        lossless = form == "WEBP" and b"VP8L" in content[:4096]
        image.load()
        upright = ImageOps.exif_transpose(image)
        turned = image.getexif().get(0x0112, 1) != 1
        picture = upright if turned else image
        options = {"lossless": True} if lossless else dict(QUALITY[form])
        if form == "JPEG" and image.format == "JPEG" and not turned:
            options = {"quality": "keep"}
        picture.info = {name: value for name, value in picture.info.items() if name in KEPT}
        if profile := picture.info.get("icc_profile"):
            options["icc_profile"] = profile
        written = BytesIO()
        picture.save(written, format=form, **options)
        return written.getvalue()


class PictureField(WagtailImageField):
    """Takes a file only as the picture that is stored; whatever is wrong with it is an error of this field."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.error_messages["invalid_image"] = _(
            "This file is not a picture, or not one that can be used here. Save it as a JPEG or PNG and upload that."
        )

    def to_python(self, data: Any) -> Any:
        try:
            file = super().to_python(data)
            if isinstance(file, UploadedFile):
                file.seek(0)
                replace(file, still(file.read(), (file.name or "").rpartition(".")[2]))
        except UNREADABLE as error:
            # Wagtail asks for the size of pictures that end before it is told.
            raise ValidationError(damaged(), code="invalid_image") from error
        except PictureError as error:
            raise ValidationError(str(error), code="invalid_image") from error
        return file


class PublicationImageForm(BaseImageForm):
    """The form behind every upload of a picture: single, several at once, in a chooser."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if field := self.fields.get("file"):
            self.fields["file"] = PictureField(
                label=field.label, required=field.required, widget=field.widget, max_length=field.max_length
            )


def replace(file: UploadedFile[Any], content: bytes) -> None:
    """Put `content` into the upload itself, wherever it waits.

    Wagtail stores the request's own file when another field of the form has an error, so it isn't enough to hand a
    cleaned copy on.
    """
    waiting: Any = file.file
    waiting.seek(0)
    waiting.truncate()
    waiting.write(content)
    waiting.flush()
    waiting.seek(0)
    file.size = len(content)
