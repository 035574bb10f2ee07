"""Reading a finished message back: what a receiving server, or Python's own parser, would find wrong with it."""

import email
import re
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.message import EmailMessage
from email.policy import default
from typing import Any

_LONGEST_LINE = 998  #: without its CRLF (RFC 5322 section 2.1.1)
_EXACTLY_ONE = ("From", "To", "Date", "Message-ID", "Subject", "MIME-Version", "Content-Type")
_AT_MOST_ONE = ("Reply-To", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "Feedback-ID", "Auto-Submitted")
_ONCE_IN_CAMPAIGNS = ("List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "Feedback-ID")
_ONE_ADDRESS = re.compile(r"<https?://[^\s<>]+>")


def headers_problems(message: bytes, *, campaign: bool = True) -> list[str]:
    """What is wrong with a finished message, as sentences; empty when nothing is.

    Whether links use https and whether the bodies say what they must is the preflight's to judge.

    Args:
        campaign: also ask for what only an issue has: the list headers, one-click unsubscribing, both parts.
    """
    parsed = email.message_from_bytes(message, _class=EmailMessage, policy=default)
    headers = _Headers(parsed)
    problems = [*_line_problems(message), *headers.problems, *_count_problems(headers), *_value_problems(headers)]
    problems += _part_problems(parsed)
    if campaign:
        problems += _campaign_problems(headers)
        problems += _structure_problems(parsed)
    return problems


class _Headers:
    """The headers of a message, parsed; `policy.strict` raises for no defect, so every one is asked."""

    def __init__(self, message: EmailMessage) -> None:
        self.problems: list[str] = []
        self._values: dict[str, list[Any]] = {}
        for name, raw in message.raw_items():
            try:
                value = default.header_fetch_parse(name, raw)
            except (HeaderParseError, IndexError, ValueError, AttributeError):  # the parser's own faults
                self.problems.append(f"{name} can't be read.")
                continue
            self.problems += [f"{name}: {defect}" for defect in value.defects]
            self._values.setdefault(name.lower(), []).append(value)

    def all(self, name: str) -> list[Any]:
        return self._values.get(name.lower(), [])

    def texts(self, name: str) -> list[str]:
        return [str(value) for value in self.all(name)]


def _line_problems(message: bytes) -> Iterator[str]:
    if not message.endswith(b"\r\n"):
        yield "The message does not end with a line end."
    if re.search(rb"(?<!\r)\n|\r(?!\n)", message):
        yield "A line end is not CRLF."
    if re.search(rb"[\x00\x80-\xff]", message):
        yield "The message holds a NUL or a byte that is not ASCII."
    lines = message.split(b"\r\n")
    if (longest := max(map(len, lines))) > _LONGEST_LINE:
        yield f"A line has {longest} bytes; {_LONGEST_LINE} are allowed."
    if any(line.startswith((b".", b"From ")) for line in lines):
        yield "A line starts with a dot or with 'From ', which some servers alter."


def _count_problems(headers: _Headers) -> Iterator[str]:
    for name in _EXACTLY_ONE:
        if (count := len(headers.all(name))) != 1:
            yield f"{name} occurs {count} times instead of once."
    for name in _AT_MOST_ONE:
        if (count := len(headers.all(name))) > 1:
            yield f"{name} occurs {count} times; once is the most."


def _value_problems(headers: _Headers) -> Iterator[str]:
    for name in ("From", "To"):
        for value in headers.all(name):
            if len(value.addresses) != 1 or not value.addresses[0].domain:
                yield f"{name} does not name exactly one address."
    if any(value.datetime is None or value.datetime.tzinfo is None for value in headers.all("Date")):
        yield "Date is no date with a time zone."
    if any(not subject.strip() for subject in headers.texts("Subject")):
        yield "Subject is empty."
    if any(not re.fullmatch(r"<[^\s<>@]+@[^\s<>@]+>", identifier) for identifier in headers.texts("Message-ID")):
        yield "Message-ID is malformed."


def _part_problems(message: EmailMessage) -> Iterator[str]:
    for part in message.walk():
        if not part.is_multipart():
            part.get_payload(decode=True)  # finds what is wrong with the encoding of the body
        yield from (f"{part.get_content_type()}: {type(defect).__name__}" for defect in part.defects)


def _campaign_problems(headers: _Headers) -> Iterator[str]:
    for name in _ONCE_IN_CAMPAIGNS:
        if not headers.all(name):
            yield f"{name} is missing."
    if any(not _ONE_ADDRESS.fullmatch(value) for value in headers.texts("List-Unsubscribe")):
        yield "List-Unsubscribe is not one web address in angle brackets (RFC 8058)."
    if any(value != "List-Unsubscribe=One-Click" for value in headers.texts("List-Unsubscribe-Post")):
        yield "List-Unsubscribe-Post is not List-Unsubscribe=One-Click (RFC 8058)."
    if headers.all("Auto-Submitted"):
        yield "Auto-Submitted belongs on single mails only, not on an issue."


def _structure_problems(message: EmailMessage) -> Iterator[str]:
    parts = [part.get_content_type() for part in message.walk()]
    if parts != ["multipart/alternative", "text/plain", "text/html"]:
        yield f"The message is made of {', '.join(parts)} instead of plain text and HTML."
