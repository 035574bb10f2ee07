"""Whatever readers are called and editors write: Python's own email parser reads it back, byte for byte in order."""

from __future__ import annotations

import email
import email.header
import email.utils
import html
import re
import sys
from datetime import UTC, datetime, timedelta, timezone
from email.message import EmailMessage
from email.policy import default

from hypothesis import example, given
from hypothesis import strategies as st

from newsletter.engine.addresses import AddressError, normalise
from newsletter.engine.message import (
    CompiledMessage,
    Headers,
    Recipient,
    Slot,
    compile_message,
    headers_problems,
    markers,
    single_message,
)

DATE = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
MARKS = markers(b"a seed of the property tests")
HEADERS = Headers(
    subject="Subject",
    sender_name="Rounds",
    sender_email="editor@rounds.example",
    list_id="rounds.rounds.example",
    feedback_id="issue-7:rounds:newsletter:rounds",
)
#: The name stands at a line start, in a line, at its end, in an attribute, and beside what escaping could trip over.
HTML = (
    f'{MARKS.html(Slot.NAME)}=<b title="{MARKS.html(Slot.NAME)}">{MARKS.html(Slot.NAME)}</b> {MARKS.html(Slot.NAME)}\n'
    f'<a href="{MARKS.url(Slot.UNSUBSCRIBE_URL)}">.</a>From here\n'
)
TEXT = (
    f"{MARKS.text(Slot.NAME)}\nFrom {MARKS.text(Slot.NAME)}.{MARKS.text(Slot.NAME)} \n"
    f"{MARKS.text(Slot.UNSUBSCRIBE_URL)}\n.{MARKS.text(Slot.PREFERENCES_URL)}.\n"
)

TRICKY = st.text(
    st.sampled_from(" .F=,;:<>()[]@\"'\\&%#?_-\tAzßéŁ\u0301\u202e\u200d\u00a0\u05d0\u0627\U0001f469\U0001f3fd\u4f8b0"),
    max_size=100,
).map(lambda text: text.replace("\t", " "))
ONE_LINE = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=100)
NAMES = (
    ONE_LINE
    | TRICKY
    | st.sampled_from([MARKS.html(Slot.NAME), MARKS.stem, "=?utf-8?q?x?=", "From me", ". ", "{{ x }}", "%s"])
)
LOCAL_PARTS = st.from_regex(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,20}(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,20})?", fullmatch=True)
ADDRESSES = st.builds(
    "{}@{}".format, LOCAL_PARTS, st.sampled_from(["example.com", "xn--bcher-kva.example", "a.b.c.example"])
)
TOKENS = st.from_regex(r"[A-Za-z0-9_-]{59}", fullmatch=True)
DATES = st.datetimes(
    min_value=datetime(1990, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    timezones=st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)


@st.composite
def recipients(draw: st.DrawFn) -> Recipient:
    token = draw(TOKENS)
    return Recipient(
        address=draw(ADDRESSES),
        name=draw(NAMES),
        message_id="<0f0f.7@rounds.example>",
        unsubscribe_url=f"https://rounds.example/unsubscribe/{token}/",
        preferences_url=f"https://rounds.example/preferences/{token}/?a=1&b=2",
    )


MESSAGE = compile_message(headers=HEADERS, html=HTML, text=TEXT, markers=MARKS, nameless="reader & co")


def modern(message: bytes) -> EmailMessage:
    return email.message_from_bytes(message, _class=EmailMessage, policy=default)


def body(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    assert part is not None
    text: str = part.get_content()
    return text.replace("\r\n", "\n")


def by_compat32(message: bytes, header: str) -> str:
    """How programs read a header that split it first and decode its words then."""
    return str(email.header.make_header(email.header.decode_header(email.message_from_bytes(message)[header])))


def shown(name: str) -> str:
    """A name as a header can show it: runs of spaces are one, spaces around it none."""
    return " ".join(name.split())


def without_spaces_added(parsed: str, content: bytes, header: str) -> str:
    """Python before 3.13.2 shows a space between two encoded words of a name, against RFC 2047 section 6.2.

    What its older parser reads is exact in all versions; see python/cpython#128110.
    """
    raw = str(email.message_from_bytes(content)[header])
    if sys.version_info >= (3, 13, 2) or raw.count("=?utf-8?b?") < 2:
        return parsed
    assert parsed.replace(" ", "") == by_compat32(content, header).rpartition(" <")[0].replace(" ", "")
    return by_compat32(content, header).rpartition(" <")[0]


def assert_bytes_are_in_order(message: bytes) -> None:
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)|[^\x09\x0a\x0d\x20-\x7e]", message)
    lines = message.split(b"\r\n")
    assert max(map(len, lines)) <= 200
    assert not [line for line in lines if line.startswith((b".", b"From "))]
    assert not [line for line in lines if line.endswith((b" ", b"\t"))]
    bodies = message.partition(b"\r\n\r\n")[2].split(b"\r\n")
    assert max(map(len, bodies)) <= 76
    assert headers_problems(message) == []


@given(recipients(), DATES)
@example(
    Recipient(
        address="a@example.com",
        name='F. "Q" \\, <b>&amp; =?utf-8?q?x?= ',
        message_id="<1@rounds.example>",
        unsubscribe_url="https://rounds.example/u/",
        preferences_url="https://rounds.example/p/",
    ),
    DATE,
)
def test_every_recipient_is_read_back_as_he_was_given(recipient: Recipient, date: datetime) -> None:
    content = MESSAGE.splice(recipient, date=date)
    assert_bytes_are_in_order(content)
    message = modern(content)
    (to,) = message["To"].addresses
    assert to.addr_spec == recipient.address
    assert without_spaces_added(to.display_name, content, "To") == shown(recipient.name)
    assert message["Date"].datetime == date.replace(microsecond=0)
    assert message["List-Unsubscribe"] == f"<{recipient.unsubscribe_url}>"
    name = recipient.name.strip() or "reader & co"
    in_html = html.escape(name)
    assert body(message, "html") == (
        f'{in_html}=<b title="{in_html}">{in_html}</b> {in_html}\n'
        f'<a href="{recipient.unsubscribe_url}">.</a>From here\n'
    )
    assert body(message, "plain") == (
        f"{name}\nFrom {name}.{name} \n{recipient.unsubscribe_url}\n.{recipient.preferences_url}.\n"
    )


@given(recipients())
def test_an_older_parser_reads_the_same_recipient(recipient: Recipient) -> None:
    content = MESSAGE.splice(recipient, date=DATE)
    raw = email.message_from_bytes(content)["To"].replace("\r\n", "")
    name, address = email.utils.parseaddr(raw)
    assert address == recipient.address
    assert str(email.header.make_header(email.header.decode_header(name))) == shown(recipient.name)
    parts = [part.get_payload(decode=True) for part in email.message_from_bytes(content).walk()][1:]
    assert [part.decode().replace("\r\n", "\n") for part in parts if isinstance(part, bytes)] == [
        body(modern(content), "plain"),
        body(modern(content), "html"),
    ]


@given(NAMES.filter(str.strip), NAMES, NAMES)
def test_every_subject_and_sender_is_read_back_as_it_was_written(subject: str, sender: str, list_name: str) -> None:
    headers = Headers(
        subject=subject,
        sender_name=sender,
        sender_email="Editor@Bücher.example",
        reply_to="replies@rounds.example",
        list_id="rounds.rounds.example",
        list_name=list_name,
        feedback_id="issue-7:rounds",
    )
    fresh = markers(b"another seed, so that names that look like markers are but text")
    html_body, text_body = f"<p>{fresh.html(Slot.NAME)}</p>", fresh.text(Slot.NAME)
    compiled = compile_message(headers=headers, html=html_body, text=text_body, markers=fresh)
    content = compiled.splice(recipients_example(), date=DATE)
    assert_bytes_are_in_order(content)
    message = modern(content)
    assert message["Subject"] == subject
    assert by_compat32(content, "Subject") == subject
    (from_,) = message["From"].addresses
    assert without_spaces_added(from_.display_name, content, "From") == shown(sender)
    assert from_.addr_spec == "editor@xn--bcher-kva.example"


def recipients_example() -> Recipient:
    return Recipient(
        address="ada@example.com",
        name="Ada",
        message_id="<1.7@rounds.example>",
        unsubscribe_url="https://rounds.example/unsubscribe/t/",
        preferences_url="https://rounds.example/preferences/t/",
    )


BODIES = st.lists(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r\n"), max_size=200)
    | st.text(st.sampled_from(".F =\té\U0001f469"), min_size=60, max_size=400),
    min_size=1,
    max_size=6,
).map("\n".join)


@given(BODIES.filter(str.strip), BODIES.filter(str.strip))
def test_every_body_is_read_back_as_it_was_written(text: str, html_body: str) -> None:
    content = single_message(
        sender_name="",
        sender_email="editor@rounds.example",
        to="ada@example.com",
        subject="S",
        text=text,
        html=html_body,
        message_id="<1@rounds.example>",
        date=DATE,
        auto_submitted=True,
    )
    assert headers_problems(content, campaign=False) == []
    assert max(map(len, content.split(b"\r\n"))) <= 76
    message = modern(content)
    assert body(message, "plain") == (text if text.endswith("\n") else text + "\n")
    assert body(message, "html") == (html_body if html_body.endswith("\n") else html_body + "\n")


@given(recipients())
def test_a_loaded_message_splices_the_same_bytes(recipient: Recipient) -> None:
    assert CompiledMessage.load(MESSAGE.dump()).splice(recipient, date=DATE) == MESSAGE.splice(recipient, date=DATE)


@given(ADDRESSES)
def test_what_the_engine_takes_for_an_address_fits_into_a_header(address: str) -> None:
    try:
        assert normalise(address) == address
    except AddressError as error:
        raise AssertionError(address) from error
