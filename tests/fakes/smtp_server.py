"""A mail server inside the test's process (aiosmtpd): real SMTP on loopback, with faults and a record."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

#: In place of a reply: hang up without a word.
DROP = "drop"

#: Answers a command: a reply, DROP, or None for the usual one. Gets the command's argument and how often it came.
Fault = Callable[[str, int], str | None]


def always(reply: str) -> Fault:
    return lambda argument, count: reply


def once(reply: str, *, at: int = 1) -> Fault:
    return lambda argument, count: reply if count == at else None


def for_address(address: str, reply: str) -> Fault:
    return lambda argument, count: reply if argument == address else None


@dataclass(frozen=True, slots=True)
class Received:
    sender: str
    recipient: str
    content: bytes


@dataclass
class FakeSmtpServer:
    """Faults by command: `connect`, `ehlo`, `mail`, `rcpt`, `data` (before 354), `dot` (when the message is through).

    With a fault `dot` that drops, the message counts as received: the sender never hears of it.
    """

    faults: dict[str, Fault] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None
    password: str = ""
    #: Also said in answer to EHLO; aiosmtpd can be pipelined although it does not say so.
    extensions: tuple[str, ...] = ()
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    most_connections: int = 0
    quits: int = 0
    port: int = 0
    _open: int = 0
    _is_ready: bool = False
    _counts: dict[str, int] = field(default_factory=dict)

    @property
    def recipients(self) -> list[str]:
        return [one.recipient for one in self.received]

    def fault(self, command: str, argument: str) -> str | None:
        if not self._is_ready:
            return None
        self._counts[command] = self._counts.get(command, 0) + 1
        rule = self.faults.get(command)
        return rule(argument, self._counts[command]) if rule else None

    @contextmanager
    def running(self) -> Iterator[FakeSmtpServer]:
        controller = _Controller(self)
        controller.start()
        self.port = controller.port
        self._is_ready = True  # the first connection was aiosmtpd's own probe
        try:
            yield self
        finally:
            controller.stop()


class _Protocol(SMTP):
    """aiosmtpd's server with faults where it has no hook of its own."""

    fake: FakeSmtpServer
    is_counted = False

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if self.fake._is_ready and not self.is_counted:
            self.is_counted = True  # STARTTLS makes the connection a second time
            self.fake.connections += 1
            self.fake._open += 1
            self.fake.most_connections = max(self.fake.most_connections, self.fake._open)

    def connection_lost(self, error: Exception | None) -> None:
        self.fake._open -= self.is_counted
        super().connection_lost(error)

    async def push(self, status: Any) -> None:
        text = status if isinstance(status, str) else status.decode()
        if text.startswith("220") and not self.session.host_name and "Ready to start TLS" not in text:
            text = self.fake.fault("connect", "") or text
        if text == DROP:
            self.transport.abort()
            return
        await super().push(text)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        reply = self.fake.fault("data", "")
        if reply is None:
            await super().smtp_DATA(arg)
        else:
            await self.push(reply)

    async def smtp_QUIT(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        self.fake.quits += 1
        await super().smtp_QUIT(arg)


class _Handler:
    def __init__(self, fake: FakeSmtpServer) -> None:
        self._fake = fake

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        reply = self._fake.fault("ehlo", hostname)
        if reply is not None:
            return [reply]
        return [responses[0], *(f"250-{one}" for one in self._fake.extensions), *responses[1:]]

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self._fake.fault("mail", address) or "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = self._fake.fault("rcpt", address)
        if reply is None:
            envelope.rcpt_tos.append(address)
        return reply or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
        recipient = envelope.rcpt_tos[0]
        reply = self._fake.fault("dot", recipient)
        if reply is None or reply == DROP:
            assert isinstance(envelope.original_content, bytes)
            assert envelope.mail_from is not None
            self._fake.received.append(Received(envelope.mail_from, recipient, envelope.original_content))
        return reply or f"250 2.0.0 <{recipient}> queued"


class _Controller(Controller):
    def __init__(self, fake: FakeSmtpServer) -> None:
        self._fake = fake
        super().__init__(_Handler(fake), hostname="127.0.0.1", port=0)

    def factory(self) -> SMTP:
        fake = self._fake
        protocol = type("Protocol", (_Protocol,), {"fake": fake})
        if not fake.password:
            return protocol(self.handler, tls_context=fake.tls, enable_SMTPUTF8=True)  # type: ignore[no-any-return]

        def authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
            right = isinstance(data, LoginPassword) and data.password == fake.password.encode()
            return AuthResult(success=right, handled=right)

        return protocol(  # type: ignore[no-any-return]
            self.handler,
            tls_context=fake.tls,
            authenticator=authenticate,
            enable_SMTPUTF8=True,
            auth_required=True,
            auth_require_tls=fake.tls is not None,
        )

    def _trigger_server(self) -> None:
        """aiosmtpd connects once to see that it listens: tell it which port the system gave."""
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()
