"""Documents as Wagtail serves them, and parts of them on request.

Wagtail hands out whole files only; without parts Safari plays no recording and nobody can jump to the middle of one. A
store that serves its files itself (a bucket) knows ranges already.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, cast

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from wagtail.documents.views.serve import serve

from blog.models.audio import audio_type

#: One range, as every player asks (RFC 9110 section 14.1.2); several at once are answered with the whole file.
RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)
CHUNK = 64 * 1024


def serve_document(request: HttpRequest, document_id: int, document_filename: str) -> HttpResponseBase:
    """Wagtail decides whether this reader may have it, and whether she has it already; what is left is the part."""
    response: HttpResponseBase = serve(request, document_id, document_filename)
    if not isinstance(response, FileResponse) or response.status_code != 200:
        return response
    if media_type := audio_type(document_filename):
        response["Content-Type"] = media_type  # the system's own table doesn't know all of them
    response["Accept-Ranges"] = "bytes"
    return _part(request, response)


def _part(request: HttpRequest, response: FileResponse) -> HttpResponseBase:
    """200 with everything, 206 with a part, or 416 for a part that doesn't exist."""
    asked = RANGE.fullmatch(request.headers.get("Range", "").strip())
    etag, size = response.headers.get("ETag", ""), int(response["Content-Length"])
    # A part of another version would not fit what the player has.
    if request.method != "GET" or not asked or asked[0] == "bytes=-" or request.headers.get("If-Range", etag) != etag:
        return response
    first, last = asked.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last), size - 1) if first and last else size - 1
    if start > end:
        response.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    file = cast("BinaryIO", response.file_to_stream)
    file.seek(start)
    # The response still closes the file. Not set as a file again: a server might send all of that by itself.
    response.streaming_content = _read(file, end - start + 1)
    response.status_code = 206
    response["Content-Length"] = str(end - start + 1)
    response["Content-Range"] = f"bytes {start}-{end}/{size}"
    return response


def _read(file: BinaryIO, length: int) -> Iterator[bytes]:
    while length > 0 and (part := file.read(min(CHUNK, length))):
        length -= len(part)
        yield part
