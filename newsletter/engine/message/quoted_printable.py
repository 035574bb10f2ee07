r"""Quoted-printable (RFC 2045 section 6.7) for text that is cut at slots and joined again.

Every piece and every value starts a line of its own, behind a soft break. So each is encoded without knowing its
neighbours, and joined bytes need no second look: no line starts with "." (which SMTP would double, RFC 5321 section
4.5.2) or with "F" (which mailbox files take for "From "), none is longer than 76.
"""

import re

SOFT_BREAK = b"=\r\n"

#: Characters before the "=" of a soft break; 76 with it.
_ROOM = 75
_EQUALS = ord("=")
#: Bytes that are written as an escape, besides the equals sign.
_OTHERS = re.compile(rb"[^\t !-~]")
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_NEVER_FIRST = {b".": b"=2E", b"F": b"=46"}
_NEVER_LAST = {b" ": b"=20", b"\t": b"=09"}


def encode(text: str) -> bytes:
    """`text` with each of its line breaks as CRLF. Must be put at a line start, and ends inside a line."""
    return b"\r\n".join(encode_line(line) for line in _LINE_BREAK.split(text))


def encode_line(line: str) -> bytes:
    """One line (no line break in it), softly broken where it is long. Must be put at a line start."""
    quoted = _OTHERS.sub(_escape, line.encode().replace(b"=", b"=3D"))  # most of what HTML needs is the first
    last = _NEVER_LAST.get(quoted[-1:])
    return _wrap(quoted[:-1] + last if last else quoted)


def _escape(found: re.Match[bytes]) -> bytes:
    return b"=%02X" % found[0][0]


def _wrap(quoted: bytes) -> bytes:
    if len(quoted) <= _ROOM - 2 and quoted[:1] not in _NEVER_FIRST:
        return quoted
    lines = []
    start = 0
    while True:
        first = _NEVER_FIRST.get(quoted[start : start + 1], b"")
        begin = start + 1 if first else start
        end = begin + _ROOM - len(first)
        if end >= len(quoted):
            lines.append(first + quoted[begin:])
            return SOFT_BREAK.join(lines)
        end = _before_escape(quoted, end)
        lines.append(first + quoted[begin:end])
        start = end


def _before_escape(quoted: bytes, end: int) -> int:
    """The nearest place up to `end` that doesn't cut an "=3D" in two."""
    if quoted[end - 1] == _EQUALS:
        return end - 1
    if quoted[end - 2] == _EQUALS:
        return end - 2
    return end
