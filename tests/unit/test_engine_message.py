"""The message of a campaign: compiled once, read back by Python's own parser for every recipient."""

from __future__ import annotations

import email
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default

import pytest

from newsletter.engine.message import (
    CompiledMessage,
    Headers,
    Markers,
    MessageError,
    Recipient,
    Slot,
    compile_message,
    markers,
    single_message,
)

DATE = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
SEED = b"sixteen random bytes and more"
HEADERS = Headers(
    subject="What helps when nothing helped",
    sender_name="Rounds",
    sender_email="editor@rounds.example",
    reply_to="replies@rounds.example",
    list_id="rounds.rounds.example",
    list_name="Rounds",
    feedback_id="issue-7:rounds:newsletter:rounds-example",
)
ADA = Recipient(
    address="ada@example.com",
    name="Ada Quist",
    message_id="<0f0f.7@rounds.example>",
    unsubscribe_url="https://rounds.example/unsubscribe/a-token_of-59/",
    preferences_url="https://rounds.example/preferences/a-token_of-59/",
)


def html_of(marks: Markers) -> str:
    return (
        f"<!doctype html><html><body><p>Dear {marks.html(Slot.NAME)},</p><p>Fürs Erste.</p>"
        f'<p><a href="{marks.url(Slot.UNSUBSCRIBE_URL)}">Unsubscribe</a> or'
        f' <a title="For {marks.html(Slot.NAME)}" href="{marks.url(Slot.PREFERENCES_URL)}">change</a></p></body></html>'
    )


def text_of(marks: Markers) -> str:
    return (
        f"Dear {marks.text(Slot.NAME)},\n\nFrom here on\n.a dot\ntrailing space \n"
        f"Unsubscribe: {marks.text(Slot.UNSUBSCRIBE_URL)}\nChange: {marks.text(Slot.PREFERENCES_URL)}"
    )


def compiled(**changes: object) -> CompiledMessage:
    marks = markers(SEED)
    given: dict[str, object] = {"headers": HEADERS, "html": html_of(marks), "text": text_of(marks), "markers": marks}
    return compile_message(**{**given, **changes})  # type: ignore[arg-type]


def parsed(message: bytes) -> EmailMessage:
    return email.message_from_bytes(message, policy=default)  # type: ignore[return-value]


def body(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    assert part is not None
    text: str = part.get_content()
    return text.replace("\r\n", "\n")


def test_every_slot_is_filled_in_headers_and_both_bodies() -> None:
    message = parsed(compiled().splice(ADA, date=DATE))
    assert message["To"].addresses[0].display_name == "Ada Quist"
    assert message["To"].addresses[0].addr_spec == "ada@example.com"
    assert message["Message-ID"] == ADA.message_id
    assert message["Date"].datetime == DATE
    assert message["List-Unsubscribe"] == f"<{ADA.unsubscribe_url}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text = body(message, "plain")
    assert text.startswith("Dear Ada Quist,\n\nFrom here on\n.a dot\ntrailing space \n")
    assert text.endswith(f"Unsubscribe: {ADA.unsubscribe_url}\nChange: {ADA.preferences_url}\n")
    html = body(message, "html")
    assert "<p>Dear Ada Quist,</p><p>Fürs Erste.</p>" in html
    assert f'<a href="{ADA.unsubscribe_url}">' in html
    assert f'<a title="For Ada Quist" href="{ADA.preferences_url}">' in html


def test_a_dump_loads_as_the_same_message() -> None:
    message = compiled(nameless="reader")
    loaded = CompiledMessage.load(memoryview(message.dump()))
    assert loaded == message
    assert loaded.splice(ADA, date=DATE) == message.splice(ADA, date=DATE)


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]\n", b"\x80", b'{"version":1,"holes":[],"lengths":[9],"nameless":""}\nab']
)
def test_what_is_no_dump_is_refused(data: bytes) -> None:
    with pytest.raises(MessageError):
        CompiledMessage.load(data)


def test_a_single_mail_says_what_made_it() -> None:
    message = parsed(
        single_message(
            sender_name="Rounds",
            sender_email="editor@rounds.example",
            to="ada@example.com",
            subject="Please confirm",
            text="Press the button.\n",
            html="<p>Press the button.</p>",
            message_id="<c.1@rounds.example>",
            date=DATE,
            auto_submitted=True,
        )
    )
    assert message["Auto-Submitted"] == "auto-generated"
    assert body(message, "plain") == "Press the button.\n"
    assert body(message, "html") == "<p>Press the button.</p>\n"
