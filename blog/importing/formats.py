"""Which formats there are, which of them are read, and how a file's own is told.

A format that is read is a module with `parse(source) -> Document`, named in `READERS`. Everything behind `parse`
(finding the author, making the draft, the report) is the same for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from django.utils.translation import gettext as _

from blog.importing import plain_text
from blog.importing.document import Document
from blog.importing.errors import FormatError
from blog.importing.source import Source

AUTO = "auto"
READERS: Mapping[str, Callable[[Source], Document]] = MappingProxyType({"text": plain_text.parse})
#: Formats with a name of their own that have no reader yet.
NOT_READ_YET = ("markdown", "docx", "wxr", "ghost", "substack")

#: Endings that say what a file is although it might pass for text.
FOREIGN_ENDINGS = MappingProxyType(
    {
        ".md": "Markdown",
        ".markdown": "Markdown",
        ".docx": "Word",
        ".doc": "Word",
        ".odt": "OpenDocument",
        ".rtf": "RTF",
        ".pdf": "PDF",
        ".html": "HTML",
        ".htm": "HTML",
        ".xml": "WordPress (WXR)",
        ".json": "Ghost (JSON)",
        ".zip": "Substack (zip)",
    }
)
FOREIGN_BEGINNINGS = (
    (b"PK\x03\x04", "Word or zip"),
    (b"%PDF-", "PDF"),
    (b"{\\rtf", "RTF"),
    (b"\xd0\xcf\x11\xe0", "Word"),
)


def choose(source: Source, fmt: str) -> str:
    """The format to read a file in: the given one, or for `auto` the one it seems to have.

    Raises:
        FormatError: there is no reader for it.
    """
    found = detect(source) if fmt == AUTO else fmt
    if found not in READERS:
        raise FormatError(not_read(source.label, found))
    return found


def detect(source: Source) -> str:
    """The name of the format; text is what is left.

    Raises:
        FormatError: it looks like a format without a reader.
    """
    foreign = next((name for mark, name in FOREIGN_BEGINNINGS if source.data.startswith(mark)), None)
    foreign = foreign or FOREIGN_ENDINGS.get(source.path.suffix.lower())
    if foreign:
        raise FormatError(not_read(source.label, foreign))
    return "text"


def not_read(label: str, name: str) -> str:
    return _(
        "%(file)s: the format %(format)s is not read yet; plain text in UTF-8 is (--format text). "
        "Save the story as a .txt file and import that."
    ) % {"file": label, "format": name}
