"""The SMTP backend: several plain connections to one relay."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable
from pathlib import Path

from newsletter.backends.base import (
    BackendConfigurationError,
    BackendDownError,
    Book,
    Capabilities,
    Envelope,
    Outcome,
    Result,
)
from newsletter.backends.lanes import send_over_lanes
from newsletter.backends.replies import kept_reply
from newsletter.backends.smtp.session import ClosedBeforeHandOverError, Server, Session

TLS_MODES = ("starttls", "implicit", "none")
MOST_CONNECTIONS = 100


class SmtpBackend:
    """Hands messages to a relay over up to `connections` connections at once.

    Args:
        tls: `starttls`, `implicit` or `none`; certificates are always verified.
        timeout: seconds for one reply, in total.
        message_timeout: seconds for one whole message. The wait for the last answer is part of it: shorter saves a
            hung connection, longer saves an uncertain delivery (RFC 5321 section 4.5.3.2.6 advises 10 minutes).
        ca_file: a PEM file of authorities to trust instead of the system's.

    Raises:
        BackendConfigurationError: an option is out of range; the text names it.
    """

    def __init__(
        self,
        *,
        host: str,
        port: int = 587,
        user: str = "",
        password: str = "",
        tls: str = "starttls",
        connections: int = 10,
        timeout: float = 30,
        message_timeout: float = 120,
        ca_file: str = "",
    ) -> None:
        if tls not in TLS_MODES:
            raise BackendConfigurationError(f"tls must be one of {', '.join(TLS_MODES)}, not {tls!r}")
        if not isinstance(host, str) or not host:
            raise BackendConfigurationError("host must name the mail server")
        _in_range("port", port, 1, 65535)
        _in_range("connections", connections, 1, MOST_CONNECTIONS)
        _in_range("timeout", timeout, 0.1, 600)
        _in_range("message_timeout", message_timeout, 0.1, 1800)
        self.connections = connections
        self.server = Server(
            host=host,
            port=port,
            user=user,
            password=password,
            tls=tls,
            context=None if tls == "none" else _context(ca_file),
            timeout=timeout,
            message_timeout=message_timeout,
        )

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(in_flight=self.connections)

    def send(self, envelopes: Iterable[Envelope], *, book: Book) -> None:
        """As `MessageBackend.send` says."""
        send_over_lanes(envelopes, open_carrier=lambda: _Connection(self.server), count=self.connections, book=book)


class _Connection:
    """A carrier that connects when it has something to carry, and once more when the server closed in between."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._session: Session | None = None

    def carry(self, envelope: Envelope, *, may_hand_over: Callable[[], bool]) -> Outcome:
        try:
            return self._send(envelope, may_hand_over)
        except ClosedBeforeHandOverError:
            # A server ends a long or idle session with 421 or just hangs up: nothing was handed over, connect anew.
            try:
                return self._send(envelope, may_hand_over)
            except ClosedBeforeHandOverError as error:
                return self._give_up(envelope, error)

    def close(self) -> None:
        if self._session is not None:
            self._session.quit()
            self._session = None

    def _send(self, envelope: Envelope, may_hand_over: Callable[[], bool]) -> Outcome:
        if self._session is None:
            self._session = Session(self._server)
        try:
            outcome = self._session.send(envelope, may_hand_over=may_hand_over)
        except (ClosedBeforeHandOverError, BackendDownError):
            self._session.quit()
            self._session = None
            raise
        if not self._session.is_open:
            self._session = None
        return outcome

    def _give_up(self, envelope: Envelope, error: ClosedBeforeHandOverError) -> Outcome:
        """Two fresh connections ended on this message: at RCPT it is the recipient's turn, before that the server's."""
        if not error.at_recipient:
            raise BackendDownError(f"The mail server {self._server} closed the connection: {error.words[:300]}")
        reply = kept_reply(error.words, recipient=envelope.recipient)
        return Outcome(key=envelope.key, result=Result.DEFERRED, reply=reply)


def _context(ca_file: str) -> ssl.SSLContext:
    """Verifies the chain and the host's name; TLS 1.2 at least."""
    if ca_file and not Path(ca_file).is_file():
        raise BackendConfigurationError(f"ca_file: there is no file {ca_file}")
    try:
        context = ssl.create_default_context(cafile=ca_file or None)
    except ssl.SSLError:
        raise BackendConfigurationError(f"ca_file: {ca_file} holds no certificates in PEM form") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _in_range(name: str, value: object, low: float, high: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise BackendConfigurationError(f"{name} must be a number from {low:g} to {high:g}, not {value!r}")
