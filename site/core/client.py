"""Where a request comes from: the client's address behind trusted proxies, and its network."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from ipaddress import IPv4Network

    from django.http import HttpRequest

Address = IPv4Address | IPv6Address


def client_ip(request: HttpRequest) -> str:
    """The nearest address that is not one of our own proxies; empty where there is none (a Unix socket).

    X-Forwarded-For is read from its end, where our proxies write, and only as far as they wrote it: what stands before
    the first untrusted address is whatever the client claims (security case 4).
    """
    hops = [request.META.get("REMOTE_ADDR", "")]
    hops += reversed(request.headers.get("X-Forwarded-For", "").split(","))
    nearest = ""
    for hop in hops:
        try:
            address = _plain(ip_address(hop.strip()))
        except ValueError:
            break
        nearest = str(address)
        if not _is_trusted(address):
            break
    return nearest


def network(ip: str) -> str:
    """The network that one household or company shares: /24 for IPv4, /64 for IPv6; empty for no address."""
    if not ip:
        return ""
    bits = 24 if ip_address(ip).version == 4 else 64
    return str(ip_network(f"{ip}/{bits}", strict=False))


def _plain(address: Address) -> Address:
    """An IPv4 address that came in IPv6 clothes (`::ffff:192.0.2.1`), undressed; the rest without its zone."""
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped or IPv6Address(int(address))
    return address


def _is_trusted(address: Address) -> bool:
    return any(
        address.version == proxies.version and address in proxies
        for proxies in _proxies(tuple(settings.TRUSTED_PROXIES))
    )


@lru_cache(maxsize=4)
def _proxies(names: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(name, strict=False) for name in names)
    except ValueError as error:
        raise ImproperlyConfigured(
            f"TRUSTED_PROXIES takes addresses and networks such as 10.0.0.0/8: {error}"
        ) from error
