"""Asking addresses that people typed in: never into a private network, never for long (security case 43)."""

from __future__ import annotations

import contextlib
import http.client
import re
import ssl
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from django.utils.translation import gettext as _

from core.connecting import Resolve, UnreachableError, Watch, connect, default_tls, look_up

#: For everything together: looking the name up, connecting, the handshake, the answer.
DEADLINE = 10.0
#: Of an answer no more is read.
MOST_READ = 64 * 1024
PORTS = frozenset({443, 8443})

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
#: The last label begins with a letter: what ends in a number is an IPv4 address in some spelling, such as `0x7f.1`.
_NAME = re.compile(rf"(?:{_LABEL}\.)*(?=[a-z]){_LABEL}")
_NOT_IN_A_URL = re.compile(r"[^!-~]|\\")

_GLOBAL_UNICAST = IPv6Network("2000::/3")  # RFC 4291 section 2.4 and IANA: all that is assigned
#: Lead to an IPv4 address inside them, or are for documentation; Python 3.11 calls them global.
_NOT_PUBLIC_6 = (IPv6Network("2001::/23"), IPv6Network("2002::/16"), IPv6Network("3fff::/20"))
_NOT_PUBLIC_4 = (IPv4Network("192.0.0.0/24"), IPv4Network("192.88.99.0/24"))
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052 section 2.1: the last 32 bits are an IPv4 address


class TargetError(ValueError):
    """An address that nothing is posted to. The text says why and what would do; it never holds the address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    scheme: str
    host: str
    port: int
    #: With the query.
    path: str
    #: The operator named this host and port: it may be a private address, without TLS.
    named: bool

    @property
    def host_header(self) -> str:
        host = _written(self.host)
        return host if self.port == _usual_port(self.scheme) else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    #: The beginning of its body, as text.
    start: str


def read_target(url: str, *, named: Collection[str] = ()) -> Target:
    """Take an address apart and say whether one may post to it at all; looks nothing up.

    Args:
        named: `host:port` of what the operator of this site allows although it is private.

    Raises:
        TargetError: no https, a port of another service, a login in it, or not an address.
    """
    parts, port = _split(url)
    host = parts.hostname or ""
    if "@" in parts.netloc:
        raise TargetError(_("The address holds a login. Leave it out: the signature says who is calling."))
    is_named = f"{_written(host)}:{port}" in named
    if not is_named:
        if parts.scheme != "https":
            raise TargetError(_("The address has to begin with https://, so that nobody reads along."))
        if port not in PORTS:
            raise TargetError(_("Only the ports 443 and 8443 are posted to. Please use one of them."))
        _check_host(host)
    query = f"?{parts.query}" if parts.query else ""
    return Target(
        scheme=parts.scheme,
        host=host,
        port=port,
        path=f"{parts.path or '/'}{query}",
        named=is_named,
    )


def post(
    url: str,
    body: bytes,
    *,
    headers: Mapping[str, str],
    named: Collection[str] = (),
    deadline: float = DEADLINE,
    resolve: Resolve | None = None,
    tls: ssl.SSLContext | None = None,
) -> Answer:
    """Post and read the beginning of the answer. A redirect is an answer like any other: it is not followed.

    The name is looked up once, every address it has must be public, and the connection goes to one of those: a name
    that answers differently the second time (DNS rebinding) gains nothing. No proxy of the environment is asked.

    Raises:
        TargetError: see `read_target`, or the name leads into a private network.
        UnreachableError: no answer in time.
    """
    target = read_target(url, named=named)
    return _ask("POST", target, body, headers=headers, deadline=deadline, resolve=resolve, tls=tls)


def look(
    url: str,
    *,
    method: Literal["HEAD", "GET"],
    headers: Mapping[str, str],
    named: Collection[str] = (),
    deadline: float = DEADLINE,
    resolve: Resolve | None = None,
    tls: ssl.SSLContext | None = None,
) -> Answer:
    """Ask whether an address answers, under the same rules as `post`: a redirect is an answer, too.

    Raises:
        TargetError: see `read_target`, or the name leads into a private network.
        UnreachableError: no answer in time.
    """
    target = read_target(url, named=named)
    return _ask(method, target, None, headers=headers, deadline=deadline, resolve=resolve, tls=tls)


def _ask(
    method: str,
    target: Target,
    body: bytes | None,
    *,
    headers: Mapping[str, str],
    deadline: float,
    resolve: Resolve | None,
    tls: ssl.SSLContext | None,
) -> Answer:
    watch = Watch(deadline)
    addresses = _addresses(target, resolve or look_up, watch)
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.auto_open = 0  # it never looks the name up by itself
    context = (tls or default_tls()) if target.scheme == "https" else None
    with watch, contextlib.closing(connection):
        try:
            connection.sock = connect(addresses, target.port, watch, tls=context, name=target.host)
            connection.request(method, target.path, body, {**headers, "Host": target.host_header})
            response = connection.getresponse()
            start = response.read(MOST_READ)
        # ValueError: what the ssl module says of a connection that was cut in the middle.
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise UnreachableError(watch.reason(error)) from error
    if watch.is_over:  # cut off in the middle, which can look like an end
        raise UnreachableError(watch.too_late())
    return Answer(status=response.status, start=start.decode("utf-8", "replace"))


def is_public(address: str) -> bool:
    """Whether this numeric address is one of the open internet, in whatever clothes it comes."""
    number = ip_address(address)
    if isinstance(number, IPv4Address):
        return _is_public_4(number)
    if number.ipv4_mapped is not None:
        return _is_public_4(number.ipv4_mapped)
    if number in _NAT64:
        return _is_public_4(IPv4Address(int(number) & 0xFFFFFFFF))
    return (
        number.scope_id is None
        and number in _GLOBAL_UNICAST
        and number.is_global
        and not any(number in network for network in _NOT_PUBLIC_6)
    )


def _is_public_4(number: IPv4Address) -> bool:
    return (
        number.is_global
        and not number.is_multicast
        and not number.is_reserved
        and not any(number in network for network in _NOT_PUBLIC_4)
    )


def _split(url: str) -> tuple[SplitResult, int]:
    example = _("This is not an address to post to. It should look like https://example.org/webhooks")
    if _NOT_IN_A_URL.search(url) or "#" in url:
        raise TargetError(example)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise TargetError(example) from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise TargetError(example)
    return parts, port or _usual_port(parts.scheme)


def _written(host: str) -> str:
    """As a URL has it: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host


def _usual_port(scheme: str) -> int:
    return 443 if scheme == "https" else 80


def _check_host(host: str) -> None:
    private = _("This address leads into a private network. It has to be reachable from the internet.")
    try:
        literal = str(ip_address(host))
    except ValueError:
        if len(host) > 253 or not _NAME.fullmatch(host):
            raise TargetError(_("The name of the host is not one of the internet, like example.org.")) from None
        if "." not in host:
            raise TargetError(private) from None
        return
    if not is_public(literal):
        raise TargetError(private)


def _addresses(target: Target, resolve: Resolve, watch: Watch) -> Sequence[str]:
    try:
        return [str(ip_address(target.host))]
    except ValueError:
        found = watch.within(lambda: resolve(target.host, target.port))
    if not found:
        raise UnreachableError(_("the host's name has no address"))
    if not target.named and not all(is_public(address) for address in found):
        raise TargetError(_("This address leads into a private network. It has to be reachable from the internet."))
    return found
