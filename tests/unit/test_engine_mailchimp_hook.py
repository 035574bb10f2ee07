"""What Mailchimp posts: genuine or not, readable or not."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from newsletter.engine.mailchimp_hook import (
    MOST_FIELDS,
    WINDOW,
    FormError,
    Kind,
    SignatureError,
    check_signature,
    read_notice,
)

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
SECRET, BODY = b"the secret of a webhook", b"type=unsubscribe&data%5Bid%5D=1"
FORM = {
    "type": "unsubscribe",
    "fired_at": "2026-11-23 09:59:58",
    "data[id]": "8a25ff1d98",
    "data[list_id]": "a6b5da1054",
    "data[email]": "ada@example.com",
    "data[reason]": "manual",
    "data[action]": "unsub",
    "data[merges][EMAIL]": "ada@example.com",
    "data[merges][GROUPINGS][0][groups]": "a, b",
}


def signed(body: bytes = BODY, *, secret: bytes = SECRET, at: datetime = NOW) -> str:
    stamp = str(int(at.timestamp()))
    return f"t={stamp},v1={hmac.digest(secret, stamp.encode() + b'.' + body, hashlib.sha256).hex()}"


def form(**other: str) -> bytes:
    return urlencode({**FORM, **other}).encode()


@pytest.mark.parametrize("seconds", [0, 299, -299, 300, -300])
def test_what_is_signed_within_five_minutes_is_genuine(seconds: int) -> None:
    check_signature(signed(at=NOW + timedelta(seconds=seconds)), BODY, secret=SECRET, now=NOW)


@pytest.mark.parametrize("seconds", [301, -301, 86_400, -(10**9)])
def test_what_was_signed_long_ago_or_ahead_is_not(seconds: int) -> None:
    with pytest.raises(SignatureError):
        check_signature(signed(at=NOW + timedelta(seconds=seconds)), BODY, secret=SECRET, now=NOW)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=,v1=",
        "v1=" + "0" * 64,
        signed().partition(",")[0],
        signed(secret=b"another"),
        signed(body=BODY + b"&"),
        signed().replace("v1=", "v0="),
        signed().upper(),
        f"t=0,{signed()}",
        signed().replace("t=", "t=-"),
        signed().replace("t=", "t=1_"),
        signed().replace("t=", "t=\u0661"),
        signed()[:-1],
        "t=" + "9" * 400,
    ],
)
def test_any_other_header_is_refused(header: str) -> None:
    with pytest.raises(SignatureError):
        check_signature(header, BODY, secret=SECRET, now=NOW)


def test_one_of_two_signatures_is_enough() -> None:
    stamp, genuine = signed().split(",")
    check_signature(f"{stamp}, v1={'0' * 64}, {genuine}", BODY, secret=SECRET, now=NOW)


@given(st.binary(max_size=200), st.binary(min_size=1, max_size=60), st.integers(0, 2**31))
def test_every_body_is_genuine_under_its_own_secret_only(body: bytes, secret: bytes, moment: int) -> None:
    at = datetime.fromtimestamp(moment, tz=UTC)
    check_signature(signed(body, secret=secret, at=at), body, secret=secret, now=at)
    # HMAC fills a short key up with zeros.
    assume(secret.rstrip(b"\0") != SECRET)
    with pytest.raises(SignatureError):
        check_signature(signed(body, secret=secret, at=at), body, secret=SECRET, now=at)


@given(st.data())
def test_a_flipped_bit_of_the_body_is_noticed(data: st.DataObject) -> None:
    bit = data.draw(st.integers(0, len(BODY) * 8 - 1))
    altered = bytearray(BODY)
    altered[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SignatureError):
        check_signature(signed(), bytes(altered), secret=SECRET, now=NOW)


@given(st.text(max_size=200))
def test_no_text_is_a_signature(header: str) -> None:
    with pytest.raises(SignatureError):
        check_signature(header, BODY, secret=SECRET, now=NOW)


def test_the_form_is_read_into_what_is_used_of_it() -> None:
    notice = read_notice(form())

    assert (notice.kind, notice.id, notice.list_id) == (Kind.UNSUBSCRIBE, "8a25ff1d98", "a6b5da1054")
    assert (notice.address, notice.is_abuse, notice.is_removal) == ("ada@example.com", False, False)
    assert notice.fired_at == NOW - timedelta(seconds=2)


def test_complaints_removals_moves_and_campaigns_are_told_apart() -> None:
    assert read_notice(form(**{"data[reason]": "abuse"})).is_abuse
    assert read_notice(form(**{"data[action]": "delete"})).is_removal
    moved = read_notice(form(type="upemail", **{"data[new_id]": "n", "data[old_email]": "old@example.com"}))
    assert (moved.kind, moved.id, moved.address) == (Kind.UPEMAIL, "n", "old@example.com")
    assert read_notice(form(type="campaign")).address == ""
    new = read_notice(form(type="something_new"))
    assert (new.kind, new.type, new.address) == (None, "something_new", "")


def test_a_second_one_is_known_by_type_id_and_instant() -> None:
    first = read_notice(form()).digest
    assert read_notice(form(**{"data[merges][X]": "1"})).digest == first
    for other in ({"type": "cleaned"}, {"data[id]": "other"}, {"fired_at": "2026-11-23 09:59:59"}):
        assert read_notice(form(**other)).digest != first


def cleaned(address: str, **other: str) -> bytes:
    """As Mailchimp's guide to webhooks shows it: of all kinds the one without `data[id]`."""
    fields = {
        "type": "cleaned",
        "fired_at": "2026-11-23 09:59:58",
        "data[list_id]": "a6b5da1054",
        "data[campaign_id]": "4fjk2ma9xd",
        "data[reason]": "hard",
        "data[email]": address,
    }
    return urlencode({**fields, **other}).encode()


def test_a_cleaned_address_comes_without_an_id_and_is_known_by_itself() -> None:
    notice = read_notice(cleaned("ada@example.com"))
    assert (notice.kind, notice.id, notice.address) == (Kind.CLEANED, "", "ada@example.com")
    assert read_notice(cleaned("Ada@Example.com")).digest == notice.digest
    for other in (cleaned("ben@example.com"), cleaned("ada@example.com", fired_at="2026-11-23 09:59:59")):
        assert read_notice(other).digest != notice.digest


@pytest.mark.parametrize(
    "body",
    [
        b"nothing",
        b"type=unsubscribe",
        b"=&=",
        b"\xff\xfe=1",
        b"type=%ff",
        form(type="Un Subscribe"),
        form(fired_at="yesterday"),
        form(fired_at="2026-11-23T09:59:58Z"),
        form(**{"data[list_id]": " "}),
        form(**{"data[email]": ""}),
        form(**{"data[email]": "ada@example.com\r\nBcc: eve@example.com"}),
        form(**{"data[email]": "a" * 401}),
        form(**{"data[email][0]": "eve@example.com"}),
        form(**{"type[x]": "unsubscribe"}),
        form(**{"data[list_id][a][b]": "x"}),
        form(**{"data" + "[a]" * 6: "x"}),
        form(**{"data" + "[a]" * 5000: "x"}),
        form(**{"data[a": "x"}),
        form(**{"__proto__[x].y": "x"}),
        form() + b"&type=cleaned",
        form() + b"&data%5Bemail%5D=eve%40example.com",
        form(**{f"data[merges][F{number}]": "x" for number in range(MOST_FIELDS)}),
    ],
)
def test_what_is_no_such_form_is_refused(body: bytes) -> None:
    with pytest.raises(FormError):
        read_notice(body)


@given(st.binary(max_size=300))
def test_no_bytes_do_more_than_be_refused(body: bytes) -> None:
    with pytest.raises(FormError):
        read_notice(body)


def test_the_window_is_the_one_that_mailchimp_names() -> None:
    assert timedelta(minutes=5) == WINDOW
