"""Parts of a sound file on request: without them Safari plays nothing and nobody can jump to the middle.

Wagtail's view hands out whole files only. A store that serves its files itself (a bucket) knows ranges already.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.cache import get_conditional_response

from blog.models.audio import audio_type

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase
    from wagtail.documents.models import AbstractDocument

#: One range, as every player asks (RFC 9110 section 14.1.2); several at once are answered with the whole file.
RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)
CHUNK = 64 * 1024


def serve_audio(document: AbstractDocument, request: HttpRequest) -> HttpResponseBase | None:
    """Hooked in before Wagtail serves a document; None leaves everything but our own sound files to Wagtail."""
    media_type = audio_type(document.filename)
    if not media_type or request.method not in {"GET", "HEAD"}:
        return None
    try:
        path = Path(document.file.path)
        size = path.stat().st_size
    except (NotImplementedError, OSError):
        return None
    etag = f'"{document.get_file_hash()}"'
    response = _answer(path, size, request, etag=etag)
    headers = {
        "Content-Type": media_type,
        "Accept-Ranges": "bytes",
        "ETag": etag,
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'",
    }
    for name, value in headers.items():
        response[name] = value
    # 304 for a player that has this very file.
    return get_conditional_response(request, etag=etag, response=response)  # type: ignore[arg-type]


def _answer(path: Path, size: int, request: HttpRequest, *, etag: str) -> HttpResponseBase:
    """200 with everything, 206 with a part, or 416 for a part that doesn't exist."""
    asked = RANGE.fullmatch(request.headers.get("Range", "").strip())
    # A part of another version would not fit what the player has.
    if asked is None or asked[0] == "bytes=-" or request.headers.get("If-Range", etag) != etag:
        return _stream(path, 0, size)
    first, last = asked.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last), size - 1) if first and last else size - 1
    if start > end or (not first and not int(last)):
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    response = _stream(path, start, end - start + 1, status=206)
    response.headers["Content-Range"] = f"bytes {start}-{end}/{size}"
    return response


def _stream(path: Path, start: int, length: int, *, status: int = 200) -> StreamingHttpResponse:
    return StreamingHttpResponse(_read(path, start, length), status=status, headers={"Content-Length": str(length)})


def _read(path: Path, start: int, length: int) -> Iterator[bytes]:
    """Opened with the first byte that is asked for: an answer to HEAD opens nothing."""
    with path.open("rb") as file:
        file.seek(start)
        while length > 0 and (part := file.read(min(CHUNK, length))):
            length -= len(part)
            yield part
