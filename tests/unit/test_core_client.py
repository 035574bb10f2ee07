"""Where a request comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import RequestFactory

from core.client import client_ip, network

if TYPE_CHECKING:
    from pytest_django import Settings


def seen(remote: str, forwarded: str | None = None) -> str:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return client_ip(RequestFactory(headers=headers).get("/", REMOTE_ADDR=remote))


@pytest.fixture(autouse=True)
def _proxies(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8", "::1", "2001:db8:1::/48"]


@pytest.mark.parametrize(
    ("remote", "forwarded", "expected"),
    [
        ("192.0.2.1", None, "192.0.2.1"),
        ("192.0.2.1", "203.0.113.5", "192.0.2.1"),
        ("10.0.0.1", "203.0.113.5", "203.0.113.5"),
        ("10.0.0.1", "198.51.100.1, 203.0.113.5", "203.0.113.5"),
        ("10.0.0.1", "198.51.100.1, 203.0.113.5, 10.9.9.9", "203.0.113.5"),
        ("10.0.0.1", "10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.5, nonsense", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("::1", "2001:db8::7", "2001:db8::7"),
        ("::ffff:10.0.0.1", "203.0.113.5", "203.0.113.5"),
        ("fe80::1%eth0", None, "fe80::1"),
        ("", "203.0.113.5", ""),
    ],
)
def test_only_what_trusted_proxies_wrote_counts(remote: str, forwarded: str | None, expected: str) -> None:
    """Security case 4."""
    assert seen(remote, forwarded) == expected


@pytest.mark.parametrize(
    ("ip", "expected"),
    [("203.0.113.77", "203.0.113.0/24"), ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"), ("", "")],
)
def test_a_network_is_what_one_household_shares(ip: str, expected: str) -> None:
    assert network(ip) == expected


def test_a_wrong_proxy_is_named(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = ["proxy.example"]

    with pytest.raises(ImproperlyConfigured, match="TRUSTED_PROXIES"):
        seen("192.0.2.1")
