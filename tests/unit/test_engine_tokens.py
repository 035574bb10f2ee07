"""Tokens, return paths and Message-IDs: what opens them, and all that does not."""

import base64
import hmac
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.engine.message_id import message_id
from newsletter.engine.tokens import (
    AddressClaim,
    End,
    ExpiredTokenError,
    KeyRing,
    Purpose,
    ReaderClaim,
    TokenError,
    address_token,
    confirm_token,
    mailbox_token,
    read_address_token,
    read_confirm_token,
    read_mailbox_token,
    read_reader_token,
    reader_token,
    seal,
    unseal,
)
from newsletter.engine.verp import read_return_path, return_path
from newsletter.models.keys import key_ring

NOW = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
SOON = NOW + timedelta(hours=1)
RING = KeyRing.of(["a secret of the site"])
OTHER = KeyRing.of(["another secret"])
ROTATED = KeyRing.of(["a new secret", "a secret of the site"])
IDS = st.integers(min_value=0, max_value=2**63 - 1)
CLAIM = ReaderClaim(delivery_id=7, subscriber_id=8, newsletter_id=9)
MOVE = AddressClaim(change_id=7, end=End.NEW)


@given(IDS, IDS, IDS)
def test_a_reader_token_gives_back_its_claim_and_needs_no_escaping_in_a_url(one: int, two: int, three: int) -> None:
    claim = ReaderClaim(delivery_id=one, subscriber_id=two, newsletter_id=three)
    token = reader_token(claim, ring=RING)
    assert read_reader_token(token, ring=RING) == claim
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_tokens_of_two_readers_share_nothing_but_the_key_id() -> None:
    sealed = [seal(number.to_bytes(8, "big"), purpose=Purpose.READER, ring=RING) for number in (1, 2)]
    assert sealed[0][:4] == sealed[1][:4]
    assert sum(a == b for a, b in zip(sealed[0][4:], sealed[1][4:], strict=True)) < 6


def test_a_confirm_token_opens_until_it_expires() -> None:
    token = confirm_token(5, expires_at=SOON, ring=RING)
    assert read_confirm_token(token, now=NOW, ring=RING) == 5
    assert read_confirm_token(token, now=SOON - timedelta(seconds=1), ring=RING) == 5
    with pytest.raises(TokenError, match="expired"):
        read_confirm_token(token, now=SOON, ring=RING)


@given(IDS, st.text(max_size=60))
def test_a_mailbox_token_proves_the_address_it_was_made_for_and_no_other(number: int, address: str) -> None:
    claim = read_mailbox_token(mailbox_token(number, address, expires_at=SOON, ring=RING), now=NOW, ring=ROTATED)
    assert claim.subscriber_id == number
    assert claim.proves(address)
    assert not claim.proves(address + "x")


@given(IDS, st.sampled_from(End))
def test_an_address_token_gives_back_its_change_and_its_end(number: int, end: End) -> None:
    claim = AddressClaim(change_id=number, end=end)
    assert read_address_token(address_token(claim, expires_at=SOON, ring=RING), now=NOW, ring=ROTATED) == claim


def test_what_proves_a_mailbox_expires() -> None:
    mailbox = mailbox_token(5, "ada@example.com", expires_at=SOON, ring=RING)
    address = address_token(MOVE, expires_at=SOON, ring=RING)
    for read in (partial(read_mailbox_token, mailbox, ring=RING), partial(read_address_token, address, ring=RING)):
        read(now=SOON - timedelta(seconds=1))
        with pytest.raises(ExpiredTokenError):
            read(now=SOON)


def test_a_sealed_end_that_there_is_not_and_a_number_no_database_has_are_refused() -> None:
    for numbers in ((7, 2, 2**40), (2**64 - 1, 0, 2**40)):
        payload = b"".join(number.to_bytes(8, "big") for number in numbers)
        sealed = seal(payload, purpose=Purpose.ADDRESS, ring=RING)
        with pytest.raises(TokenError):
            read_address_token(base64.urlsafe_b64encode(sealed).rstrip(b"=").decode(), now=NOW, ring=RING)


def test_every_altered_character_is_refused() -> None:
    cases: list[tuple[str, Callable[[str], object]]] = [
        (reader_token(CLAIM, ring=RING), partial(read_reader_token, ring=RING)),
        (confirm_token(5, expires_at=SOON, ring=RING), partial(read_confirm_token, now=NOW, ring=RING)),
        (
            mailbox_token(5, "ada@example.com", expires_at=SOON, ring=RING),
            partial(read_mailbox_token, now=NOW, ring=RING),
        ),
        (address_token(MOVE, expires_at=SOON, ring=RING), partial(read_address_token, now=NOW, ring=RING)),
    ]
    for token, read in cases:
        for place, character in enumerate(token):
            for other in "A_9" + chr(ord(character) ^ 1):
                if other != character:
                    with pytest.raises(TokenError):
                        read(token[:place] + other + token[place + 1 :])


def test_a_tag_is_believed_only_after_a_comparison_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its time says nothing about how much of a guess was right: no other comparison of the tag takes part."""
    compared: list[tuple[bytes, bytes]] = []

    def never_equal(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return False

    sealed = seal(b"12345678", purpose=Purpose.READER, ring=RING)
    monkeypatch.setattr(hmac, "compare_digest", never_equal)

    with pytest.raises(TokenError):
        unseal(sealed, purpose=Purpose.READER, ring=RING)

    ((given_tag, own_tag),) = compared
    assert given_tag == own_tag == sealed[4:20]


@given(st.text(max_size=80) | st.binary(max_size=60).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(TokenError):
        read_reader_token(text, ring=RING)
    with pytest.raises(TokenError):
        read_confirm_token(text, now=NOW, ring=RING)
    with pytest.raises(TokenError):
        read_mailbox_token(text, now=NOW, ring=RING)
    with pytest.raises(TokenError):
        read_address_token(text, now=NOW, ring=RING)
    with pytest.raises(TokenError):
        read_return_path(text, ring=RING)


@pytest.mark.parametrize("addition", ["=", "==", "\n", " ", "A", "é"])
def test_a_token_has_one_spelling(addition: str) -> None:
    token = reader_token(CLAIM, ring=RING)
    for altered in (token + addition, addition + token):
        with pytest.raises(TokenError):
            read_reader_token(altered, ring=RING)


def test_a_token_of_one_purpose_opens_nothing_else() -> None:
    for made_for in Purpose:
        sealed = seal(b"12345678", purpose=made_for, ring=RING)
        for read_as in set(Purpose) - {made_for}:
            with pytest.raises(TokenError):
                unseal(sealed, purpose=read_as, ring=RING)
    with pytest.raises(TokenError):
        read_confirm_token(reader_token(CLAIM, ring=RING), now=NOW, ring=RING)
    with pytest.raises(TokenError):
        read_reader_token(confirm_token(5, expires_at=SOON, ring=RING), ring=RING)


def test_old_tokens_survive_a_key_rotation_and_die_with_their_key() -> None:
    token = reader_token(CLAIM, ring=RING)
    assert read_reader_token(token, ring=ROTATED) == CLAIM
    assert reader_token(CLAIM, ring=ROTATED) != token
    with pytest.raises(TokenError):
        read_reader_token(token, ring=OTHER)


def test_a_sealed_nothing_is_refused() -> None:
    with pytest.raises(TokenError):
        unseal(b"", purpose=Purpose.READER, ring=RING)
    with pytest.raises(TokenError):
        unseal(seal(b"1", purpose=Purpose.READER, ring=RING)[:20], purpose=Purpose.READER, ring=RING)


def test_a_ring_without_keys_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="at least one"):
        KeyRing.of([])


def test_keys_are_named_newest_first_and_the_names_stay() -> None:
    (old, _), (new, _) = next(RING.named()), next(ROTATED.named())
    assert [name for name, _ in ROTATED.named()] == [new, old]
    assert len(old) == 8


@given(IDS)
def test_a_return_path_gives_back_its_delivery_in_any_case(delivery_id: int) -> None:
    address = return_path(delivery_id, domain="bounce.example", ring=RING)
    assert read_return_path(address, ring=RING) == delivery_id
    assert read_return_path(f"<{address.upper()}>", ring=ROTATED) == delivery_id
    assert len(address.split("@")[0]) <= 64
    assert address == return_path(delivery_id, domain="bounce.example", ring=RING)


def test_a_forged_return_path_is_refused() -> None:
    address = return_path(7, domain="bounce.example", ring=RING)
    with pytest.raises(TokenError):
        read_return_path(address, ring=OTHER)
    for place in range(len("bounces+"), len("bounces+") + 32):
        altered = address[:place] + ("a" if address[place] != "a" else "b") + address[place + 1 :]
        with pytest.raises(TokenError):
            read_return_path(altered, ring=RING)


def test_a_message_id_is_the_same_for_a_resend_and_for_no_other_delivery() -> None:
    first = message_id(3, 7, domain="rounds.example", ring=RING)
    assert first == message_id(3, 7, domain="rounds.example", ring=RING)
    assert first == message_id(3, 7, domain="rounds.example", ring=ROTATED)  # a key added in the middle of a campaign
    others = {message_id(c, d, domain="rounds.example", ring=RING) for c, d in [(3, 8), (37, 7), (4, 7)]}
    assert first not in others
    assert first.startswith("<")
    assert first.endswith(".3@rounds.example>")


def test_the_key_ring_of_the_site_opens_what_its_fallbacks_sealed(settings: object) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "old", []  # type: ignore[attr-defined]
    token = reader_token(CLAIM, ring=key_ring())
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new", ["old"]  # type: ignore[attr-defined]
    assert read_reader_token(token, ring=key_ring()) == CLAIM
