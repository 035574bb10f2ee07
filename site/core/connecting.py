"""Connections that are cut when their time is over, however slowly the other side answers."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from types import TracebackType

#: From a host's name and a port to its addresses.
Resolve = Callable[[str, int], Sequence[str]]


class UnreachableError(Exception):
    """Nobody answered, or not in time. The text is short enough for a log of deliveries."""


def look_up(host: str, port: int) -> Sequence[str]:
    """All addresses of a name, in the order of the system's resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def connect(
    addresses: Sequence[str], port: int, watch: Watch, *, tls: ssl.SSLContext | None, name: str
) -> socket.socket:
    """A connection to the first of the addresses that takes one; TLS, if any, is for the name, wherever it leads.

    Each address gets its share of the time left: one that swallows everything (IPv6 that leads nowhere) must not use up
    that of the others.
    """
    failed: OSError | None = None
    for number, address in enumerate(addresses):
        try:
            plain = socket.create_connection((address, port), timeout=watch.left() / (len(addresses) - number))
        except OSError as error:
            failed = error
            continue
        plain.settimeout(watch.left())
        watch.guard(plain)
        if tls is None:
            return plain
        secure = tls.wrap_socket(plain, server_hostname=name, do_handshake_on_connect=False)
        watch.guard(secure)
        try:
            secure.do_handshake()
        except BaseException:
            secure.close()
            raise
        return secure
    raise failed or OSError("no address")


@lru_cache(maxsize=1)
def default_tls() -> ssl.SSLContext:
    """Checks certificates and names, as browsers do."""
    return ssl.create_default_context()


class Watch:
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
            raise UnreachableError(_("the host's name is not known")) from answers[0]
        return answers[0]

    def reason(self, error: Exception) -> str:
        if self.is_over or isinstance(error, TimeoutError):
            return self.too_late()
        if isinstance(error, ssl.SSLCertVerificationError):
            return _("its certificate is not good: %(why)s") % {"why": error.verify_message}
        return f"{type(error).__name__}: {error}"[:200]

    def too_late(self) -> str:
        """What to say when the time was over."""
        return _("no answer within %(seconds)s seconds") % {"seconds": f"{self._seconds:.3g}"}

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
