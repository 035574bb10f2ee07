"""Asking addresses that people typed in: never into a private network, never for long (security case 43)."""

from __future__ import annotations

import contextlib
import http.client
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address
from typing import TYPE_CHECKING, Literal
from urllib.parse import SplitResult, urlsplit

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from types import TracebackType

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

#: From a host's name and a port to its addresses.
Resolve = Callable[[str, int], Sequence[str]]


class TargetError(ValueError):
    """An address that nothing is posted to. The text says why and what would do; it never holds the address."""


class UnreachableError(Exception):
    """Nobody answered, or not in time. The text is short enough for a log of deliveries."""


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
    watch = _Watch(deadline)
    addresses = _addresses(target, resolve or look_up, watch)
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.auto_open = 0  # it never looks the name up by itself
    with watch, contextlib.closing(connection):
        try:
            connection.sock = _connect(target, addresses, watch, tls or _default_tls())
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


def look_up(host: str, port: int) -> Sequence[str]:
    """All addresses of a name, in the order of the system's resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


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


def _addresses(target: Target, resolve: Resolve, watch: _Watch) -> Sequence[str]:
    try:
        return [str(ip_address(target.host))]
    except ValueError:
        found = watch.within(lambda: resolve(target.host, target.port))
    if not found:
        raise UnreachableError("the host's name has no address")
    if not target.named and not all(is_public(address) for address in found):
        raise TargetError(_("This address leads into a private network. It has to be reachable from the internet."))
    return found


def _connect(target: Target, addresses: Sequence[str], watch: _Watch, tls: ssl.SSLContext) -> socket.socket:
    """A connection to the first of the addresses that takes one; TLS is for the name, wherever it leads."""
    failed: OSError | None = None
    for address in addresses:
        try:
            plain = socket.create_connection((address, target.port), timeout=watch.left())
        except OSError as error:
            failed = error
            continue
        watch.guard(plain)
        if target.scheme == "http":
            return plain
        secure = tls.wrap_socket(plain, server_hostname=target.host, do_handshake_on_connect=False)
        watch.guard(secure)
        try:
            secure.do_handshake()
        except BaseException:
            secure.close()
            raise
        return secure
    raise failed or OSError("no address")


@lru_cache(maxsize=1)
def _default_tls() -> ssl.SSLContext:
    return ssl.create_default_context()


class _Watch:
    """Cuts a connection when the time is over: a timeout of a socket starts anew with every byte that drips in."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._guarded: socket.socket | None = None
        self.is_over = False
        self._timer: threading.Timer | None = None

    def __enter__(self) -> None:
        self._timer = threading.Timer(self.left(), self._cut)
        self._timer.daemon = True
        self._timer.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer:
            self._timer.cancel()

    def left(self) -> float:
        """Seconds, never none: a socket would take that for "do not wait"."""
        return max(self._end - time.monotonic(), 0.001)

    def guard(self, connection: socket.socket) -> None:
        with self._lock:
            self._guarded = connection
            is_over = self.is_over
        if is_over:
            self._shut(connection)

    def within(self, step: Callable[[], Sequence[str]]) -> Sequence[str]:
        """The answer of a step that knows no timeout (the system's resolver); it goes on alone when time is over."""
        answers: list[Sequence[str] | Exception] = []

        def run() -> None:
            try:
                answers.append(step())
            except Exception as error:  # noqa: BLE001 - handed to the thread that waits
                answers.append(error)

        thread = threading.Thread(target=run, daemon=True, name="look-up")
        thread.start()
        thread.join(self.left())
        if not answers:
            raise UnreachableError(self.too_late())
        if isinstance(answers[0], Exception):
            raise UnreachableError("the host's name is not known") from answers[0]
        return answers[0]

    def reason(self, error: Exception) -> str:
        if self.is_over or isinstance(error, TimeoutError):
            return self.too_late()
        if isinstance(error, ssl.SSLCertVerificationError):
            return f"its certificate is not good: {error.verify_message}"
        return f"{type(error).__name__}: {error}"[:200]

    def too_late(self) -> str:
        """What to say when the time was over."""
        return f"no answer within {self._seconds:g} seconds"

    def _cut(self) -> None:
        with self._lock:
            self.is_over = True
            guarded = self._guarded
        if guarded is not None:
            self._shut(guarded)

    @staticmethod
    def _shut(connection: socket.socket) -> None:
        # The base class's: SSLSocket.shutdown would pull the session away from under the thread that reads.
        with contextlib.suppress(OSError):
            socket.socket.shutdown(connection, socket.SHUT_RDWR)
