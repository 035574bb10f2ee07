"""The press gives the bytes of a splice, whatever the recipient and wherever a link is broken."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.engine.message import CompiledMessage, Link, MessageError, Press, Recipient, Slot, markers
from newsletter.engine.message.compilation import Headers, compile_message
from newsletter.engine.message_id import MessageIds, message_id
from newsletter.engine.tokens import KeyRing, ReaderClaim, ReaderTokens, reader_token
from newsletter.engine.verp import ReturnPaths, return_path

RING = KeyRing.of(["new key", "old key"])
DATE = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def compiled(nameless: str = "dear reader & friend") -> CompiledMessage:
    slots = markers(b"sixteen bytes or more")
    name = f'<p title="{slots.html(Slot.NAME)}">Dear {slots.html(Slot.NAME)},</p>'
    links = "".join(f'<a href="{slots.url(slot)}">{slots.html(slot)}</a>' for slot in LINKS)
    headers = Headers(
        subject="Rounds", sender_name="Rounds", sender_email="a@rounds.example", list_id="a.b", feedback_id="a"
    )
    return compile_message(
        headers=headers,
        html=f"<html><body>{name}{links}</body></html>",
        text=f"Dear {slots.text(Slot.NAME)},\n" + "".join(f"{slots.text(slot)}\n" for slot in LINKS),
        markers=slots,
        nameless=nameless,
    )


LINKS = (Slot.UNSUBSCRIBE_URL, Slot.PREFERENCES_URL)
MESSAGE = compiled()
HOSTS = st.sampled_from(["r.example", "rounds.example", "a" * 40 + ".example", "b" * 60 + "." + "c" * 60 + ".example"])
LINK_TEXTS = st.builds(
    lambda host, path, after: Link(before=f"https://{host}/{'p' * path}/", after=after),
    HOSTS,
    st.integers(1, 120),
    st.sampled_from(["/", "", "/?a=1&b=2"]),
)
NAMES = st.one_of(
    st.sampled_from(
        ["", "Ann", "Felix", "F", ".", "Ann  Lee", " Ann", "Ann & Bob", "=?utf-8?b?QQ==?=", 'A "B" \\ C', "x" * 90]
    ),
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=60),
)


@given(
    links=st.tuples(LINK_TEXTS, LINK_TEXTS),
    name=NAMES,
    user=st.from_regex(r"[a-z0-9_+-]{1,60}", fullmatch=True),
    token=st.text(ALPHABET, min_size=ReaderTokens.LENGTH, max_size=ReaderTokens.LENGTH),
)
def test_a_copy_is_what_splicing_gives(links: tuple[Link, Link], name: str, user: str, token: str) -> None:
    unsubscribe, preferences = links
    press = Press(MESSAGE, unsubscribe=unsubscribe, preferences=preferences, token_length=ReaderTokens.LENGTH)
    given_values = {"address": f"{user}@example.com", "name": name, "message_id": "<a.7@rounds.example>"}
    recipient = Recipient(**given_values, unsubscribe_url=unsubscribe.of(token), preferences_url=preferences.of(token))
    assert press.copy(**given_values, token=token.encode(), date=DATE) == MESSAGE.splice(recipient, date=DATE)


@pytest.mark.parametrize("value", [{"name": "Ana\r\nBcc: all@example.com"}, {"address": "no address"}])
def test_what_can_not_stand_in_a_message_is_refused_as_by_splicing(value: dict[str, str]) -> None:
    link = Link(before="https://rounds.example/", after="/")
    press = Press(MESSAGE, unsubscribe=link, preferences=link, token_length=5)
    given_values = {"address": "a@example.com", "name": "Ana", "message_id": "<a.7@rounds.example>", **value}
    with pytest.raises(MessageError):
        press.copy(**given_values, token=b"AAAAA", date=DATE)


def test_a_link_that_can_not_stand_in_a_message_is_refused_at_once() -> None:
    good, bad = Link(before="https://rounds.example/", after="/"), Link(before="javascript:", after="")
    with pytest.raises(MessageError, match="personal link"):
        Press(MESSAGE, unsubscribe=good, preferences=bad, token_length=5)


@given(delivery=st.integers(0, 2**63 - 1), subscriber=st.integers(0, 2**63 - 1))
def test_what_is_made_for_many_is_what_is_made_for_one(delivery: int, subscriber: int) -> None:
    claim = ReaderClaim(delivery_id=delivery, subscriber_id=subscriber, newsletter_id=3)
    assert ReaderTokens(3, ring=RING).token(delivery, subscriber).decode() == reader_token(claim, ring=RING)
    assert ReturnPaths(domain="a.example", ring=RING).of(delivery) == return_path(
        delivery, domain="a.example", ring=RING
    )
    made = MessageIds(7, domain="a.example", ring=RING).of(delivery)
    assert made == message_id(7, delivery, domain="a.example", ring=RING)
