"""What may stand as a story's audio version: files that every browser plays."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from django.utils.translation import gettext as _

#: By ending: the type that browsers are told.
AUDIO_TYPES = {
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".aac": "audio/aac",
    ".ogg": "audio/ogg",
    ".oga": "audio/ogg",
    ".opus": "audio/ogg",
    ".wav": "audio/wav",
    ".flac": "audio/flac",
}
#: How such files begin; `ftyp` stands after four bytes of length.
SIGNATURES = (b"ID3", b"OggS", b"RIFF", b"fLaC")
MP3_OR_AAC_SYNC = 0xE0


class AudioError(Exception):
    """This file is no audio that browsers play; the text says what to upload."""


def audio_type(filename: str) -> str:
    """The media type, such as `audio/mpeg`; empty for a file that is no audio."""
    return AUDIO_TYPES.get(PurePath(filename).suffix.lower(), "")


def check_audio(document: Any) -> None:
    """
    Raises:
        AudioError: its ending or its first bytes are not those of an audio file, or it can't be read.
    """
    if not audio_type(document.filename):
        raise AudioError(
            _("“%(name)s” is not an audio file. Choose an MP3, M4A, OGG or WAV file.") % {"name": document.filename}
        )
    try:
        with document.open_file() as file:
            start = file.read(12)
    except OSError:
        raise AudioError(
            _("“%(name)s” can't be read any more. Upload it again.") % {"name": document.filename}
        ) from None
    if not _sounds(start):
        raise AudioError(
            _("“%(name)s” is named like an audio file, but it holds something else. Export it as MP3 and try again.")
            % {"name": document.filename}
        )


def _sounds(start: bytes) -> bool:
    if start.startswith(SIGNATURES) or start[4:8] == b"ftyp":
        return True
    return len(start) > 1 and start[0] == 0xFF and start[1] & MP3_OR_AAC_SYNC == MP3_OR_AAC_SYNC
