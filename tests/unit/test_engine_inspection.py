"""Inspection: every kind of damage to a good message is named."""

from __future__ import annotations

import re

import pytest

from newsletter.engine.message import headers_problems
from tests.unit.test_engine_message import ADA, DATE, compiled

GOOD = compiled().splice(ADA, date=DATE)


def without(header: str) -> bytes:
    return re.sub(rb"(?m)^%s:.*\r\n( .*\r\n)*" % header.encode(), b"", GOOD)


def twice(header: str) -> bytes:
    found = re.search(rb"(?m)^%s:.*\r\n( .*\r\n)*" % header.encode(), GOOD)
    assert found
    return found[0] + GOOD


def test_a_good_message_has_no_problems() -> None:
    assert headers_problems(GOOD) == []


@pytest.mark.parametrize("header", ["From", "To", "Date", "Message-ID", "Subject", "MIME-Version"])
def test_a_header_that_must_stand_once_is_missed_and_counted(header: str) -> None:
    assert f"{header} occurs 0 times instead of once." in headers_problems(without(header))
    assert f"{header} occurs 2 times instead of once." in headers_problems(twice(header))


@pytest.mark.parametrize("header", ["List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "Feedback-ID"])
def test_a_list_header_is_missed_in_an_issue_and_never_stands_twice(header: str) -> None:
    assert headers_problems(without(header)) == [f"{header} is missing."]
    assert headers_problems(without(header), campaign=False) == []
    assert headers_problems(twice(header)) == [f"{header} occurs 2 times; once is the most."]


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        (b"\r\nTo:", b"\nTo:", "A line end is not CRLF."),
        (b"\r\nTo:", b"\rTo:", "A line end is not CRLF."),
        (b"Dear", b"D\xc3\xa9ar", "The message holds a NUL or a byte that is not ASCII."),
        (b"Dear", b"D\x00ar", "The message holds a NUL or a byte that is not ASCII."),
        (b"Dear=20=\r\n", b"D" * 1000 + b"\r\n", "A line has 1000 bytes; 998 are allowed."),
        (b"\r\n=2Ea dot", b"\r\n.a dot", "A line starts with a dot or with 'From ', which some servers alter."),
        (b"\r\n=46rom ", b"\r\nFrom ", "A line starts with a dot or with 'From ', which some servers alter."),
        (b"<ada@example.com>", b"<ada@example.com>, b@example.com", "To does not name exactly one address."),
        (b"From: ", b"From: a@example.com, ", "From does not name exactly one address."),
        (b"Mon, 23 Nov", b"Mon, 99 Nov", "Date is no date with a time zone."),
        (b"Subject: What helps when nothing helped", b"Subject: ", "Subject is empty."),
        (b"<0f0f.7@rounds.example>", b"<0f0f.7>", "Message-ID is malformed."),
        (
            b"List-Unsubscribe: <https",
            b"List-Unsubscribe: <mailto:x@example.com>, <https",
            "List-Unsubscribe is not one web address in angle brackets (RFC 8058).",
        ),
        (b"=One-Click", b"=Two-Clicks", "List-Unsubscribe-Post is not List-Unsubscribe=One-Click (RFC 8058)."),
        (
            b"MIME-Version",
            b"Auto-Submitted: auto-generated\r\nMIME-Version",
            "Auto-Submitted belongs on single mails only, not on an issue.",
        ),
        (
            b"text/html",
            b"text/calendar",
            "The message is made of multipart/alternative, text/plain, text/calendar instead of plain text and HTML.",
        ),
        (b'boundary="', b'boundary="x', "multipart/alternative: StartBoundaryNotFoundDefect"),
    ],
)
def test_damage_is_named(before: bytes, after: bytes, problem: str) -> None:
    assert before in GOOD
    assert problem in headers_problems(GOOD.replace(before, after, 1))


def test_a_message_that_breaks_off_is_found_out() -> None:
    assert "The message does not end with a line end." in headers_problems(GOOD[:-2])
    assert "multipart/alternative: CloseBoundaryNotFoundDefect" in headers_problems(GOOD[:-100])


@pytest.mark.parametrize(
    "content", [b"", b"\r\n", b"\x00", b"From: =?\r\nTo: <\r\nDate: ;\r\nSubject: =?x?q??=\r\n\r\n"]
)
def test_what_is_no_message_at_all_is_described_and_never_crashes(content: bytes) -> None:
    assert len(headers_problems(content)) > 5
