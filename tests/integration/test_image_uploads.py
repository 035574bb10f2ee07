"""What editors upload: bounded, stored without what the camera knows, refused with the remedy."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image as Picture
from PIL import ImageCms
from wagtail.documents.models import Document
from wagtail.images.models import Image
from wagtail.models import Collection

pytestmark = pytest.mark.slow

SECRET = b"SecretCamera"
SCRIPT = b"<script>alert(1)</script>"
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

Upload = Callable[[Client, SimpleUploadedFile], str]


@pytest.fixture(autouse=True)
def editor(client: Client, db: None) -> User:
    Collection.objects.exists() or Collection.add_root(name="Root")
    user = User.objects.create_superuser("editor", "editor@example.com", "a long password for tests")
    client.force_login(user)
    return user


def one(client: Client, file: SimpleUploadedFile) -> str:
    """The form for one picture; what it answers to a refusal, empty for success."""
    response = client.post("/admin/images/add/", {"title": "A picture", "file": file})
    return "" if response.status_code == 302 else " ".join(response.context["form"].errors["file"])


def several(client: Client, file: SimpleUploadedFile) -> str:
    """The page on which several pictures are dropped at once."""
    response = client.post("/admin/images/multiple/add/", {"title": "A picture", "files[]": file})
    return str(response.json().get("error_message", ""))


def chooser(client: Client, file: SimpleUploadedFile) -> str:
    """The dialog in which a picture is chosen for a story."""
    fields = {"image-chooser-upload-title": "A picture", "image-chooser-upload-file": file}
    answer = client.post("/admin/images/chooser/create/", fields).json()
    if answer["step"] == "chosen":
        return ""
    assert answer["step"] == "reshow_creation_form"
    return str(answer["htmlFragment"])


ROADS = [one, several, chooser]


def picture(form: str = "JPEG", size: tuple[int, int] = (64, 48), **options: Any) -> bytes:
    written = BytesIO()
    Picture.effect_noise(size, 40).convert("RGB").save(written, form, **options)
    return written.getvalue()


def exif(orientation: int = 6) -> bytes:
    """A camera's name, a position north of the equator, and a turned sensor."""
    made = Picture.Exif()
    made[0x0112], made[0x010F] = orientation, SECRET.decode()
    made.get_ifd(0x8825).update({1: "N", 2: (48.0, 51.0, 29.0)})
    return made.tobytes()


def huge_png() -> bytes:
    """50,000 x 50,000 by its header, in a hundred bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 64)) + chunk(b"IEND", b"")
    )


def moving(form: str, frames: int = 3) -> bytes:
    written = BytesIO()
    first, *others = [Picture.new("RGB", (8, 8), (index % 256, index // 256, 0)) for index in range(frames)]
    first.save(written, form, save_all=True, append_images=others, duration=20, loop=0)
    return written.getvalue()


def stored_files() -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def stored() -> bytes:
    with Image.objects.get().file.open("rb") as file:
        content: bytes = file.read()
        return content


SVG = b'<svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT + b"</svg>"
BAD = {
    "50,000 x 50,000": ("huge.png", huge_png(), "too many pixels"),
    "animated GIF": ("bomb.gif", moving("GIF", 2_000), "This picture moves"),
    "animated PNG": ("bomb.png", moving("PNG", 2_000), "not one that can be used here"),
    "animated WebP": ("bomb.webp", moving("WEBP", 300), "This picture moves"),
    "SVG": ("a.svg", SVG, "Not a supported image format"),
    "SVG called PNG": (
        "a.png",
        b'<svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT + b"</svg>",
        "Not a valid .png image",
    ),
    "HTML called JPEG": ("a.jpg", b"<!doctype html>" + SCRIPT, "not a picture"),
    "script in a GIF": ("a.gif", b"GIF89a/*" + SCRIPT + b"*/=1;", "damaged or not all there"),
    "PDF called JPEG": ("a.jpg", b"%PDF-1.7\n" + SCRIPT, "not a picture"),
    "JPEG called PNG": ("a.png", picture(), "Not a valid .png image"),
    "truncated JPEG": ("a.jpg", picture(size=(200, 200))[:2_000], "damaged or not all there"),
    "truncated PNG": ("a.png", picture("PNG")[:3_000], "damaged or not all there"),
    "truncated WebP": ("a.webp", picture("WEBP")[:500], "damaged or not all there"),
    "nothing but a header": ("a.jpg", b"\xff\xd8\xff\xe0", "damaged or not all there"),
    "empty": ("a.jpg", b"", "empty"),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("upload", ROADS)
def test_a_bad_file_is_refused_in_words_and_nothing_is_stored(client: Client, upload: Upload, name: str) -> None:
    filename, content, words = BAD[name]
    before = stored_files()
    answer = upload(client, SimpleUploadedFile(filename, content))
    assert words.casefold() in answer.casefold()
    assert not Image.objects.exists()
    assert stored_files() == before


@pytest.mark.parametrize("upload", ROADS)
def test_a_file_above_the_limit_is_refused_with_the_limit(client: Client, upload: Upload) -> None:
    content = picture() + b"\0" * settings.WAGTAILIMAGES_MAX_UPLOAD_SIZE
    answer = upload(client, SimpleUploadedFile("big.jpg", content))
    assert "This file is too big (20.0\xa0MB). Maximum filesize 20.0\xa0MB." in answer
    assert not Image.objects.exists()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("upload", ROADS)
def test_a_picture_is_stored_upright_without_its_position(client: Client, upload: Upload, form: str) -> None:
    content = picture(form, exif=exif(), icc_profile=PROFILE, xmp=b"<x>" + SECRET + b"</x>")
    assert SECRET in content
    assert upload(client, SimpleUploadedFile(f"a.{form.lower()}", content)) == ""
    kept = stored()
    assert SECRET not in kept
    with Picture.open(BytesIO(kept)) as opened:
        assert opened.size == (48, 64), "turned as the camera was"
        assert not opened.getexif()
        assert opened.info["icc_profile"] == PROFILE
    saved = Image.objects.get()
    assert (saved.width, saved.height, saved.file_size) == (48, 64, len(kept))


def test_an_upload_that_waits_on_disk_is_cleaned_there(client: Client, settings: Any) -> None:
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 100
    assert one(client, SimpleUploadedFile("a.jpg", picture(exif=exif()))) == ""
    assert SECRET not in stored()


def test_a_file_that_waits_for_a_title_is_clean_already(client: Client) -> None:
    """Wagtail keeps it in the media folder until the form is complete."""
    file = SimpleUploadedFile("a.jpg", picture(exif=exif()))
    client.post("/admin/images/multiple/add/", {"title": "x" * 300, "files[]": file})
    waiting = [path for path in stored_files() if SECRET in path.read_bytes()]
    assert waiting == []


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF"])
def test_what_hides_behind_a_picture_is_not_stored(client: Client, form: str) -> None:
    content = picture(form) + SCRIPT + b"PK\x03\x04" + SECRET
    assert one(client, SimpleUploadedFile(f"a.{form.lower()}", content)) == ""
    assert SCRIPT not in stored()
    assert SECRET not in stored()


def test_comments_and_texts_in_a_picture_are_not_stored(client: Client) -> None:
    assert one(client, SimpleUploadedFile("a.jpg", picture(comment=SECRET))) == ""
    assert SECRET not in stored()


def test_a_jpeg_that_stands_upright_keeps_its_quality(client: Client) -> None:
    content = picture(quality=71)
    assert one(client, SimpleUploadedFile("a.jpg", content)) == ""
    with Picture.open(BytesIO(content)) as given, Picture.open(BytesIO(stored())) as kept:
        assert kept.quantization == given.quantization  # type: ignore[attr-defined]


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "1", "I;16"])
def test_transparency_and_depth_of_a_png_are_kept(client: Client, mode: str) -> None:
    written = BytesIO()
    drawn = Picture.new("RGBA", (8, 8), (10, 20, 30, 40))
    (drawn if mode == "RGBA" else drawn.convert("L" if mode == "I;16" else mode)).convert(mode).save(written, "PNG")
    assert one(client, SimpleUploadedFile("a.png", written.getvalue())) == ""
    with Picture.open(written) as given, Picture.open(BytesIO(stored())) as kept:
        assert kept.mode == given.mode
        assert kept.tobytes() == given.tobytes()


def test_replacing_the_file_of_a_picture_cleans_the_new_one(client: Client) -> None:
    one(client, SimpleUploadedFile("a.jpg", picture()))
    image = Image.objects.get()
    form = {"title": "Another", "file": SimpleUploadedFile("b.jpg", picture(exif=exif()))}
    assert client.post(f"/admin/images/{image.pk}/", form).status_code == 302
    assert SECRET not in stored()


def test_a_new_title_leaves_the_file_alone(client: Client) -> None:
    one(client, SimpleUploadedFile("a.jpg", picture()))
    before, name = stored(), Image.objects.get().file.name
    assert client.post(f"/admin/images/{Image.objects.get().pk}/", {"title": "Another"}).status_code == 302
    assert Image.objects.get().title == "Another"
    assert (stored(), Image.objects.get().file.name) == (before, name)


@pytest.mark.parametrize("name", ["page.html", "page.htm", "a.svg", "a.js", "a.xml", "a.exe", "a.php", "noending"])
@pytest.mark.parametrize("road", ["one", "several"])
def test_a_document_that_a_browser_would_run_is_refused(client: Client, road: str, name: str) -> None:
    file = SimpleUploadedFile(name, SCRIPT)
    if road == "one":
        response = client.post("/admin/documents/add/", {"title": "A file", "file": file})
        answer = " ".join(response.context["form"].errors["file"])
    else:
        response = client.post("/admin/documents/multiple/add/", {"title": "A file", "files[]": file})
        answer = response.json()["error_message"]
    assert "not allowed" in answer
    assert not Document.objects.exists()


@pytest.mark.parametrize(
    ("name", "kind", "shown"),
    [
        ("a.mp3", "audio/mpeg", True),
        ("a.m4a", "audio/mp4", True),
        ("a.ogg", "audio/ogg", True),
        ("a.pdf", "application/pdf", True),
        ("a.txt", "text/plain", False),
        ("a.csv", "text/csv", False),
    ],
)
def test_a_document_is_served_as_what_it_is_and_never_guessed(
    client: Client, name: str, kind: str, *, shown: bool
) -> None:
    client.post("/admin/documents/add/", {"title": "A file", "file": SimpleUploadedFile(name, SCRIPT)})
    document = Document.objects.get()
    response = Client().get(document.url)
    assert b"".join(response.streaming_content) == SCRIPT  # type: ignore[attr-defined]
    assert response.headers["Content-Type"].startswith(kind)
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert ("attachment" in response.headers.get("Content-Disposition", "inline")) is not shown
    default_storage.delete(document.file.name)


def test_a_document_above_the_limit_is_refused(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.documents.LARGEST", 10)
    response = client.post("/admin/documents/add/", {"title": "A", "file": SimpleUploadedFile("a.mp3", b"ID3" * 10)})
    assert "This file is too big (30\xa0bytes)" in response.context["form"].errors["file"][0]
    assert not Document.objects.exists()
