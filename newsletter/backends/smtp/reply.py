"""One reply of a server: whole, or still being put together from its lines (RFC 5321 section 4.2)."""

from __future__ import annotations

from typing import NamedTuple

#: RFC 5321 section 4.5.3.1.5 allows 512 octets a line; real servers write more.
LONGEST_LINE = 8192
MOST_LINES = 200
NOT_SMTP = "the server's answer is not SMTP"

OK, GO_ON, CLOSES = b"250", b"354", b"421"


class BrokenError(Exception):
    """The other side ended the session or broke the protocol. `words` says how, without a recipient's address."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class DownError(Exception):
    """The server takes nothing now. The text is for the editor, and holds neither password nor recipient."""


class Reply(NamedTuple):
    """`lines` without codes and line ends."""

    code: int
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join((str(self.code), *self.lines))

    @classmethod
    def of(cls, code: bytes, text: bytes) -> Reply:
        """From what a conversation hands to its parts: the whole text, its first line still with the code."""
        first, *others = text.split(b"\n")
        return cls(int(code), tuple(words(line) for line in (first[4:], *others)))


class ManyLines:
    """The lines of a reply that is not whole yet."""

    __slots__ = ("_lines",)

    def __init__(self) -> None:
        self._lines: list[bytes] = []

    def add(self, line: bytes) -> bytes | None:
        """The whole reply with its code in front when this line was its last; None before.

        Raises:
            BrokenError: this is no SMTP, or it goes on for too long.
        """
        code, mark = line[:3], line[3:4]
        lines = self._lines
        if mark not in {b" ", b"-", b"", b"\r"} or not is_code(code) or len(lines) >= MOST_LINES:
            raise BrokenError(NOT_SMTP)
        if lines and lines[0][:3] != code:
            raise BrokenError(NOT_SMTP)
        lines.append(line[4:] if lines else line)
        if mark == b"-":
            return None
        whole = b"\n".join(lines)
        lines.clear()
        return whole

    def __bool__(self) -> bool:
        return bool(self._lines)


def is_code(code: bytes) -> bool:
    """Three digits, the first one from 2 to 5 (RFC 5321 section 4.2.1)."""
    return len(code) == 3 and code.isdigit() and b"2" <= code[:1] <= b"5"


def words(text: bytes) -> str:
    """A reply's text as we keep it: whatever the server's letters are, it can be read."""
    return text.decode("utf-8", "replace").strip()
