"""The message of a campaign: compiled once, read back by Python's own parser for every recipient."""

from __future__ import annotations

import email
import json
from collections.abc import Callable
from dataclasses import replace
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
    headers_problems,
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


def confirmation(**changes: object) -> bytes:
    given: dict[str, object] = {
        "sender_name": "Rounds",
        "sender_email": "editor@rounds.example",
        "to": "ada@example.com",
        "name": "Zoë Łukasiewicz",
        "subject": "Please confirm – one click is missing",
        "text": "Press the button on this page:\n\nhttps://rounds.example/confirm/a-token_of-48/\n",
        "html": '<p>Press the button on <a href="https://rounds.example/confirm/a-token_of-48/">this page</a>.</p>',
        "message_id": "<c.1@rounds.example>",
        "date": DATE,
        "auto_submitted": True,
    }
    return single_message(**{**given, **changes})  # type: ignore[arg-type]


def test_the_bytes_of_a_campaign_are_those_of_the_golden_file(golden: Callable[[str, bytes], None]) -> None:
    golden("campaign.eml", compiled().splice(ADA, date=DATE))
    zoe = replace(ADA, name='Zoë "From" Łukasiewicz-Константинопольская, MD & \U0001f469\U0001f3fd\u200d\u2695\ufe0f')
    golden("campaign_to_a_long_name.eml", compiled().splice(zoe, date=DATE))
    golden(
        "campaign_to_a_reader_without_a_name.eml", compiled(nameless="reader").splice(replace(ADA, name=""), date=DATE)
    )


def test_the_bytes_of_a_single_mail_are_those_of_the_golden_file(golden: Callable[[str, bytes], None]) -> None:
    golden("confirmation.eml", confirmation())


def test_a_single_mail_has_a_correct_set_of_headers_and_no_list_headers() -> None:
    assert headers_problems(confirmation(), campaign=False) == []
    message = parsed(confirmation())
    assert message["Auto-Submitted"] == "auto-generated"
    assert "List-Unsubscribe" not in message
    assert message.get_content_type() == "multipart/alternative"


def test_a_single_mail_of_plain_text_has_one_part() -> None:
    message = parsed(confirmation(html=None, text="Zeile für Zeile", auto_submitted=False))
    assert message.get_content_type() == "text/plain"
    assert body(message, "plain") == "Zeile für Zeile\n"
    assert "Auto-Submitted" not in message


def test_a_single_mail_that_goes_on_can_be_stopped_by_one_click() -> None:
    message = parsed(confirmation(unsubscribe_url="https://rounds.example/unsubscribe/t/"))
    assert message["List-Unsubscribe"] == "<https://rounds.example/unsubscribe/t/>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_readers_without_a_name_are_greeted_by_the_fallback() -> None:
    message = parsed(compiled(nameless="dear reader").splice(replace(ADA, name="  "), date=DATE))
    assert message["To"] == "ada@example.com"
    assert body(message, "plain").startswith("Dear dear reader,\n")


INJECTIONS = ["a\r\nBcc: x@example.com", "a\nb", "a\rb", "a\x00b", "a\x0bb", "a\x1cb", "a\x85b", "a\u2028b", "a\ud800b"]


@pytest.mark.parametrize(
    "field", ["subject", "sender_name", "sender_email", "reply_to", "list_id", "list_name", "feedback_id"]
)
@pytest.mark.parametrize("injection", INJECTIONS)
def test_no_header_of_a_campaign_takes_a_line_break_or_control_character(field: str, injection: str) -> None:
    given = injection if field in {"subject", "sender_name", "list_name"} else f"{injection}@example.com"
    with pytest.raises(MessageError):
        compiled(headers=replace(HEADERS, **{field: given}))


@pytest.mark.parametrize("field", ["address", "name", "message_id", "unsubscribe_url", "preferences_url"])
@pytest.mark.parametrize("injection", INJECTIONS)
def test_no_value_of_a_recipient_takes_a_line_break_or_control_character(field: str, injection: str) -> None:
    good = {"address": "ada@example.com", "message_id": "<a@b.c>"}.get(field, "https://rounds.example/")
    message = compiled()
    for value in (injection, good + injection[1:], good + "\n"):
        with pytest.raises(MessageError):
            message.splice(replace(ADA, **{field: value}), date=DATE)


@pytest.mark.parametrize(
    "field", ["sender_name", "sender_email", "to", "name", "subject", "reply_to", "message_id", "unsubscribe_url"]
)
@pytest.mark.parametrize("injection", INJECTIONS)
def test_no_header_of_a_single_mail_takes_a_line_break_or_control_character(field: str, injection: str) -> None:
    with pytest.raises(MessageError):
        confirmation(**{field: injection})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("address", "ada"),
        ("address", "ada@example.com, b@example.com"),
        ("address", "<ada@example.com>"),
        ("address", "ädä@example.com"),
        ("address", "a" * 260 + "@example.com"),
        ("message_id", "a@b"),
        ("message_id", "<a@b> <c@d>"),
        ("unsubscribe_url", "mailto:a@example.com"),
        ("unsubscribe_url", "javascript:alert(1)"),
        ("unsubscribe_url", "https://rounds.example/>,<mailto:a@example.com"),
        ("unsubscribe_url", "https://rounds.example/" + "a" * 900),
        ("preferences_url", 'https://rounds.example/"onclick="x'),
        ("preferences_url", ""),
    ],
)
def test_a_malformed_value_of_one_recipient_is_refused(field: str, value: str) -> None:
    with pytest.raises(MessageError) as refusal:
        compiled().splice(replace(ADA, **{field: value}), date=DATE)
    assert not value or value not in str(refusal.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"headers": replace(HEADERS, subject=" ")},
        {"headers": replace(HEADERS, sender_email="")},
        {"headers": replace(HEADERS, sender_email="editor")},
        {"headers": replace(HEADERS, list_id="rounds")},
        {"headers": replace(HEADERS, feedback_id="a:b:c:d:e")},
        {"html": " \n"},
        {"text": ""},
        {"html": "a\x00b"},
        {"text": "half a \ud800 character"},
        {"nameless": "a\nb"},
    ],
)
def test_what_makes_no_message_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(MessageError):
        compiled(**changes)


def test_a_date_without_a_zone_is_refused() -> None:
    with pytest.raises(MessageError, match="time zone"):
        compiled().splice(ADA, date=DATE.replace(tzinfo=None))


def test_template_syntax_in_words_stays_text() -> None:
    odd = "{{ settings.SECRET_KEY }} {% include 'x' %} *|EMAIL|* %s {0} $name"
    message = parsed(
        compiled(headers=replace(HEADERS, subject=odd), html=f"<p>{odd}</p>", text=odd).splice(ADA, date=DATE)
    )
    assert message["Subject"] == odd
    assert body(message, "plain") == odd + "\n"


def test_a_long_html_line_is_one_line_for_the_reader() -> None:
    marks = markers(SEED)
    long = "<p>" + "Fáde. " * 20_000 + "</p>"
    message = parsed(compiled(html=long + html_of(marks)).splice(ADA, date=DATE))
    assert body(message, "html").startswith(long)


def test_a_dump_is_stable() -> None:
    head, _, pieces = compiled().dump().partition(b"\n")
    assert json.loads(head)["version"] == 1
    assert json.loads(head)["holes"][0] == ["to", "header"]
    assert pieces.startswith(b'From: "Rounds" <editor@rounds.example>\r\nTo: \r\nReply-To: ')


def test_a_dump_of_a_later_version_is_refused_by_its_number() -> None:
    later = compiled().dump().replace(b'{"version":1', b'{"version":3', 1)
    with pytest.raises(MessageError, match="another version"):
        CompiledMessage.load(later)
