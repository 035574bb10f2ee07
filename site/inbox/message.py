"""One received message, read for showing. Whatever is wrong with it, its source can be shown."""

from __future__ import annotations

import email.policy
from dataclasses import dataclass
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesHeaderParser, BytesParser

#: What Python's parser raises on input that is no mail, besides its own errors.
PARSER_ERRORS = (MessageError, ValueError, LookupError, AttributeError, TypeError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A line of the list."""

    subject: str
    sender: str
    recipient: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """The parts that are shown. `html` and `text` are None where the message has no such part.

    `problem` says why the message could not be read; then only the source is there.
    """

    summary: Summary
    headers: tuple[tuple[str, str], ...] = ()
    html: str | None = None
    text: str | None = None
    source: str
    problem: str = ""


def source_of(content: bytes) -> str:
    """The message as text: a byte that is no UTF-8 is shown as such (`\\xe9`)."""
    return content.decode(errors="backslashreplace").replace("\r\n", "\n")


def summarise(content: bytes) -> Summary:
    """Subject, sender and recipient, from the header alone."""
    try:
        return _summary(BytesHeaderParser(policy=email.policy.default).parsebytes(content))
    except PARSER_ERRORS:
        return Summary(subject="", sender="", recipient="")


def read(content: bytes) -> Message:
    """Take a message apart.

    Never raises for what is in a message: one that can't be read has a `problem` and its source.
    """
    try:
        parsed = BytesParser(policy=email.policy.default).parsebytes(content)
        return Message(
            summary=_summary(parsed),
            headers=tuple((name, str(value)) for name, value in parsed.items()),
            html=_body(parsed, "html"),
            text=_body(parsed, "plain"),
            source=source_of(content),
        )
    except PARSER_ERRORS as error:
        return Message(
            summary=summarise(content), source=source_of(content), problem=f"{type(error).__name__}: {error}"
        )


def _summary(parsed: EmailMessage) -> Summary:
    def header(name: str) -> str:
        return str(parsed.get(name, "")).strip()

    return Summary(subject=header("Subject"), sender=header("From"), recipient=header("Delivered-To") or header("To"))


def _body(parsed: EmailMessage, kind: str) -> str | None:
    part = parsed.get_body(preferencelist=(kind,))
    if part is None:
        return None
    try:
        return str(part.get_content())
    except LookupError:  # a charset that Python doesn't know: the letters are right, the accents show as bytes
        payload = part.get_payload(decode=True)
        return payload.decode(errors="backslashreplace") if isinstance(payload, bytes) else ""
