"""The results of a batch: a compressed archive of JSON files, read as a stream and never unpacked to disk."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime

from django.utils.translation import gettext as _

from newsletter.backends.mailchimp import reading
from newsletter.backends.mailchimp.answers import Member, OperationResult
from newsletter.backends.mailchimp.errors import MailchimpError
from newsletter.backends.mailchimp.judging import judge, unexpected
from newsletter.backends.mailchimp.wire import Answer, Asked, Json, Lost

#: Unpacked, in bytes, with everything: a thousand answers have about 3 million.
MOST_UNPACKED = 128 * 1024 * 1024
#: Of one file in it.
MOST_OF_A_FILE = 32 * 1024 * 1024

_BROKEN = (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, ValueError, RecursionError, OSError)


def read_results(came: Answer | Lost) -> Iterator[OperationResult]:
    """Each answer judged as that of a single call.

    Raises:
        MailchimpError: there is no archive, or it is none, or too large.
    """
    if isinstance(came, Lost) or came.status != 200:
        judge(came, Asked(again=True), now=datetime.now(UTC))
        raise unexpected(_("no results"))
    return _results(came.body)


def _results(packed: bytes) -> Iterator[OperationResult]:
    for content in _files(packed):
        try:
            listed = json.loads(content)
        except (ValueError, RecursionError):
            listed = None
        if not isinstance(listed, list):
            raise unexpected(_("results that are no list"))
        for entry in listed:
            yield _result(entry if isinstance(entry, dict) else {})


def _files(packed: bytes) -> Iterator[bytes]:
    """The JSON files of the archive; what else is in it, and wherever it wants to go, is passed over."""
    try:
        with (
            gzip.GzipFile(fileobj=io.BytesIO(packed)) as unpacked,
            tarfile.open(fileobj=_Capped(unpacked), mode="r|") as archive,
        ):
            for entry in archive:
                if not entry.isreg() or entry.issparse() or not entry.name.endswith(".json"):
                    continue
                file = archive.extractfile(entry)
                if file is None or entry.size > MOST_OF_A_FILE:
                    raise unexpected(_("results that are too large"))
                yield file.read(MOST_OF_A_FILE)
    except _BROKEN as error:
        raise unexpected(_("results that can’t be unpacked")) from error


def _result(found: Json) -> OperationResult:
    status, response = reading.number(found, "status_code"), reading.text(found, "response")
    answer = Answer(status=status, headers={}, body=response.encode())
    key = reading.needed(found, "operation_id")
    try:
        return OperationResult(key=key, status=status, member=_judged(answer))
    except MailchimpError as error:
        return OperationResult(key=key, status=status, error=error)


def _judged(answer: Answer) -> Member | None:
    found = judge(answer, Asked(again=True, body=False), now=datetime.now(UTC))
    return reading.member(found) if found else None


class _Capped(io.RawIOBase):
    """Hands on what is unpacked up to a limit: a few kilobytes can unpack to gigabytes."""

    def __init__(self, source: gzip.GzipFile) -> None:
        self._source = source
        self._left = MOST_UNPACKED

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        piece = self._source.read(min(size, self._left + 1) if size >= 0 else self._left + 1)
        self._left -= len(piece)
        if self._left < 0:
            raise ValueError("too large")
        return piece
