"""Reading a file that somebody names: every way in which that goes wrong has its own message."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from blog.importing.errors import StoryImportError

#: A long article has 30,000 characters; anything near this is not a story.
MAX_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file's bytes and the path it was named by."""

    path: Path
    data: bytes

    @property
    def label(self) -> str:
        """The path as the user wrote it; bytes of a name that are not text are shown escaped."""
        return printable(self.path)

    def text(self) -> str:
        """The file as text, line ends normalised, without a byte order mark.

        Raises:
            StoryImportError: binary, not UTF-8, or nothing in it.
        """
        if self.data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise StoryImportError(
                _("%(file)s is UTF-16, not UTF-8 (see the byte at offset 0). Save it as UTF-8 and import it again.")
                % {"file": self.label}
            )
        if b"\0" in self.data:
            raise StoryImportError(
                _("%(file)s is a binary file (a NUL byte at offset %(offset)d). Save the story as plain text.")
                % {"file": self.label, "offset": self.data.index(b"\0")}
            )
        try:
            text = self.data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            # utf-8-sig counts from behind the mark
            offset = error.start + (len(codecs.BOM_UTF8) if self.data.startswith(codecs.BOM_UTF8) else 0)
            raise StoryImportError(
                _(
                    "%(file)s is not UTF-8: byte 0x%(byte)02x at offset %(offset)d. "
                    "Open it in an editor, save it with the encoding UTF-8, and import it again."
                )
                % {"file": self.label, "byte": self.data[offset], "offset": offset}
            ) from None
        if not text.strip():
            raise StoryImportError(_("%(file)s is empty: there is no story in it.") % {"file": self.label})
        return text.replace("\r\n", "\n").replace("\r", "\n")


def read_source(path: Path) -> Source:
    """The file at a path.

    Raises:
        StoryImportError: missing, a folder, unreadable, or larger than `MAX_BYTES`.
    """
    label = printable(path)
    try:
        if path.is_dir():
            raise StoryImportError(_("%(file)s is a folder. Name the files in it.") % {"file": label})
        if not path.exists():
            raise StoryImportError(_("%(file)s doesn't exist. Check the path.") % {"file": label})
        if not path.is_file():
            raise StoryImportError(_("%(file)s is not a regular file.") % {"file": label})
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise StoryImportError(
            _("%(file)s can't be read: %(reason)s.") % {"file": label, "reason": error.strerror or error}
        ) from None
    except ValueError:  # a NUL in the name
        raise StoryImportError(_("%(file)s is not a path.") % {"file": repr(label)}) from None
    if len(data) > MAX_BYTES:
        raise StoryImportError(
            _("%(file)s is larger than 2 MB, which no story is. Is it the right file?") % {"file": label}
        )
    return Source(path=path, data=data)


def printable(path: Path) -> str:
    return str(path).encode("utf-8", "backslashreplace").decode("utf-8")
