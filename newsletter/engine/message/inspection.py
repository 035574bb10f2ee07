"""Reading a finished message back: what a receiving server, or Python's own parser, would find wrong with it."""

import email
import re
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import default

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
    problems = [*_line_problems(message), *_count_problems(parsed), *_defects(parsed), *_value_problems(parsed)]
    if campaign:
        problems += _campaign_problems(parsed)
    return problems


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


def _count_problems(message: EmailMessage) -> Iterator[str]:
    for name in _EXACTLY_ONE:
        if (count := len(message.get_all(name, []))) != 1:
            yield f"{name} occurs {count} times instead of once."
    for name in _AT_MOST_ONE:
        if (count := len(message.get_all(name, []))) > 1:
            yield f"{name} occurs {count} times; once is the most."


def _defects(message: EmailMessage) -> Iterator[str]:
    """`policy.strict` raises for none of these: every header and every part has to be asked."""
    for part in message.walk():
        for name, value in part.items():
            yield from (f"{name}: {defect}" for defect in getattr(value, "defects", ()))
        if not part.is_multipart():
            part.get_payload(decode=True)  # finds what is wrong with the encoding of the body
        yield from (f"{part.get_content_type()}: {type(defect).__name__}" for defect in part.defects)


def _value_problems(message: EmailMessage) -> Iterator[str]:
    for name in ("From", "To"):
        for value in message.get_all(name, []):
            if len(value.addresses) != 1 or not value.addresses[0].domain:
                yield f"{name} does not name exactly one address."
    for value in message.get_all("Date", []):
        if value.datetime is None or value.datetime.tzinfo is None:
            yield "Date is no date with a time zone."
    for value in message.get_all("Subject", []):
        if not value.strip():
            yield "Subject is empty."
    for value in message.get_all("Message-ID", []):
        if not re.fullmatch(r"<[^\s<>@]+@[^\s<>@]+>", value):
            yield "Message-ID is malformed."


def _campaign_problems(message: EmailMessage) -> Iterator[str]:
    for name in _ONCE_IN_CAMPAIGNS:
        if name not in message:
            yield f"{name} is missing."
    if "List-Unsubscribe" in message and not _ONE_ADDRESS.fullmatch(message["List-Unsubscribe"]):
        yield "List-Unsubscribe is not one web address in angle brackets (RFC 8058)."
    if message.get("List-Unsubscribe-Post", "List-Unsubscribe=One-Click") != "List-Unsubscribe=One-Click":
        yield "List-Unsubscribe-Post is not List-Unsubscribe=One-Click (RFC 8058)."
    if "Auto-Submitted" in message:
        yield "Auto-Submitted belongs on single mails only, not on an issue."
    parts = [part.get_content_type() for part in message.walk()]
    if parts != ["multipart/alternative", "text/plain", "text/html"]:
        yield f"The message is made of {', '.join(parts)} instead of plain text and HTML."
