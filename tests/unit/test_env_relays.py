"""Where mail is handed over: what is read of it, and the one line that names the variable where it can't."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import env, relays
from config.settings.base import newsletter_backends
from tests.unit.variables import SECRET, read, refused


def test_an_smtp_url_is_read_with_its_escapes() -> None:
    address = read(relays.smtp_address, "smtp://ada%40example.org:p%2Fw%3A@mail.example.org:2587?tls=starttls")
    assert address == relays.SmtpAddress(
        host="mail.example.org", port=2587, user="ada@example.org", password="p/w:", tls="starttls"
    )


@pytest.mark.parametrize(("tls", "port"), [("starttls", 587), ("implicit", 465), ("none", 25)])
def test_the_kind_of_tls_decides_the_port_where_none_is_given(tls: str, port: int) -> None:
    assert read(relays.smtp_address, f"smtp://mail.example.org?tls={tls}").port == port


def test_mail_is_encrypted_unless_told_otherwise() -> None:
    assert read(relays.smtp_address, "smtp://mail.example.org").tls == "starttls"


def test_an_smtp_url_may_hold_several_relays_with_their_weights() -> None:
    address = read(
        relays.smtp_address,
        "smtp://a:b@one.example.org?weight=3  smtp://two.example.org:25?tls=none smtp://spare.example.org?weight=0",
    )
    assert (address.host, address.weight) == ("one.example.org", 3)
    assert [(one.host, one.port, one.tls, one.weight) for one in address.others] == [
        ("two.example.org", 25, "none", 1),
        ("spare.example.org", 587, "starttls", 0),
    ]


def test_a_password_is_not_shown_with_its_address() -> None:
    address = read(relays.smtp_address, f"smtp://a:{SECRET}@one.example.org smtp://a:{SECRET}@two.example.org")
    assert SECRET not in repr(address)
    assert (address.password, address.others[0].password) == (SECRET, SECRET)


def test_several_relays_become_the_relays_of_the_default_backend() -> None:
    several = read(relays.smtp_address, "smtp://one.example.org?weight=3 smtp://two.example.org")
    options = newsletter_backends(several)["default"]["OPTIONS"]
    assert isinstance(options, dict)
    assert [(relay["host"], relay["weight"]) for relay in options["relays"]] == [
        ("one.example.org", 3),
        ("two.example.org", 1),
    ]
    one = newsletter_backends(read(relays.smtp_address, "smtp://one.example.org"))["default"]["OPTIONS"]
    assert isinstance(one, dict)
    assert (one["host"], "relays" in one) == ("one.example.org", False)


@pytest.mark.parametrize(
    "value",
    [
        "mail.example.org",
        f"smtp://mail.example.org smtp://ada:{SECRET}@two.example.org?tls=maybe",
        f"smtp://ada:{SECRET}@mail.example.org, smtp://two.example.org",
        f"smtp://ada:{SECRET}@mail.example.org?weight=-1",
        f"smtp://ada:{SECRET}@mail.example.org?weight=1.5",
        f"smtp://ada:{SECRET}@mail.example.org\tsmtp://two.example.org",
        "http://mail.example.org",
        "smtp://",
        "smtp://:25",
        f"smtp://ada:{SECRET}@mail.example.org/inbox",
        f"smtp://ada:{SECRET}@mail.example.org:smtp",
        f"smtp://ada:{SECRET}@mail.example.org:0",
        f"smtp://ada:{SECRET}@mail.example.org:70000",
        f"smtp://ada:{SECRET}@[mail.example.org",
        f"smtp://ada:{SECRET}@mail.example.org?tls=maybe",
        f"smtp://ada:{SECRET}@mail.example.org?ssl=1",
        f"smtp://ada:{SECRET}/x@mail.example.org",
        f"smtp://ada:?{SECRET}@mail.example.org",
        f"smtp://ada:pw?tls={SECRET}@mail.example.org",
        f"smtp://ada:{SECRET}@mail.example.org:587\r\nX: y",
        f"smtp://ada: {SECRET}@mail.example.org",
    ],
)
def test_a_malformed_smtp_url_is_refused_without_its_password(value: str) -> None:
    refused(relays.smtp_address, value)


@given(st.text(max_size=60))
def test_an_smtp_url_is_read_or_refused_and_nothing_else_happens(text: str) -> None:
    with contextlib.suppress(env.EnvironmentValueError):
        assert relays.smtp_address(f"smtp://{text}").tls in relays.TLS_MODES
