"""One SMTP conversation: greet, encrypt, log in, then hand messages over one by one (RFC 5321)."""

from __future__ import annotations

import base64
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from newsletter.backends.base import BackendDownError, Envelope, Outcome, Result
from newsletter.backends.replies import kept_reply
from newsletter.backends.smtp.wire import LostError, Reply, Wire

#: Replies to RCPT that speak about us and not about the recipient: authentication is missing or too weak (RFC 4954).
_NOT_ABOUT_THE_RECIPIENT = frozenset({530, 534, 535, 538})
_SERVICE_CLOSES = 421


class ClosedBeforeHandOverError(Exception):
    """The connection ended before this message's content: it can be tried again at once on a new one."""

    def __init__(self, words: str, *, at_recipient: bool) -> None:
        super().__init__(words)
        self.words = words
        self.at_recipient = at_recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where to connect and how. `tls` is `starttls`, `implicit` or `none`.

    `timeout` bounds each reply, `message_timeout` a whole message, both in seconds and in total: a server that sends
    one byte a second gains nothing.
    """

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    tls: str
    context: ssl.SSLContext | None
    timeout: float
    message_timeout: float

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class Session:
    """A greeted and, where told so, encrypted and authenticated connection."""

    def __init__(self, server: Server) -> None:
        """Connect.

        Raises:
            BackendDownError: refused, unreachable, no TLS, no such login; says which and holds no password.
        """
        self._server = server
        self.is_open = True
        try:
            self._wire = Wire.connect(server.host, server.port, deadline=self._deadline())
        except LostError as error:
            raise BackendDownError(f"The mail server {server} can't be reached: {error}.") from None
        try:
            self._extensions = self._open()
        except LostError as error:
            self._wire.close()
            raise BackendDownError(f"The mail server {server} failed before any mail was sent: {error}.") from None
        except BackendDownError:
            self.quit()
            raise

    def send(self, envelope: Envelope, *, may_hand_over: Callable[[], bool]) -> Outcome:
        """Send one message. `may_hand_over` is asked when the recipient was accepted, before DATA.

        Raises:
            BackendDownError: MAIL was refused.
            ClosedBeforeHandOverError: the connection ended; nothing of the message was handed over.
        """
        deadline = time.monotonic() + self._server.message_timeout
        refusal = self._address(envelope, deadline)
        if refusal is not None:
            return refusal
        if not may_hand_over():
            self._reset(deadline)
            return Outcome(key=envelope.key, result=Result.WITHDRAWN, reply="")
        # Waiting for the books is our time, not the server's.
        deadline = time.monotonic() + self._server.message_timeout
        return self._content(envelope, deadline)

    def quit(self) -> None:
        """QUIT and close; never raises."""
        try:
            end = time.monotonic() + min(2.0, self._server.timeout)
            self._wire.write(b"QUIT\r\n", deadline=end)
            self._wire.read_reply(deadline=end)
        except LostError:
            pass
        self.close()

    def close(self) -> None:
        """Close without a word: the other side is gone or does not keep to the protocol."""
        self.is_open = False
        self._wire.close()

    def _open(self) -> frozenset[str]:
        server = self._server
        if server.tls == "implicit":
            self._encrypt()
        self._expect(self._wire.read_reply(deadline=self._deadline()), "does not take connections now")
        extensions = self._ehlo()
        if server.tls == "starttls":
            if "STARTTLS" not in extensions:
                raise BackendDownError(
                    f"The mail server {server} does not offer encryption (STARTTLS), and without it nothing is sent. "
                    "If this is right, say tls=none in SMTP_URL."
                )
            self._expect(self._say("STARTTLS"), "refused to encrypt")
            self._encrypt()
            extensions = self._ehlo()  # what was offered in the clear counts no more (RFC 3207 section 4.2)
        if server.user:
            self._log_in(extensions)
        return frozenset(line.partition(" ")[0] for line in extensions)

    def _encrypt(self) -> None:
        context = self._server.context
        assert context is not None  # noqa: S101 - the backend gives one for both kinds of TLS
        self._wire.encrypt(context, host=self._server.host, deadline=self._deadline())

    def _ehlo(self) -> frozenset[str]:
        reply = self._say(f"EHLO {_own_name()}")
        self._expect(reply, "refused our greeting (EHLO)")
        return frozenset(line.upper() for line in reply.text.split("\n")[1:])

    def _log_in(self, extensions: frozenset[str]) -> None:
        """AUTH PLAIN (RFC 4616), else LOGIN, which some servers know alone."""
        server = self._server
        offered = {
            word for line in extensions if line.startswith("AUTH") for word in line.replace("=", " ").split()[1:]
        }
        if "PLAIN" in offered:
            reply = self._say(f"AUTH PLAIN {_base64(chr(0) + server.user + chr(0) + server.password)}")
        elif "LOGIN" in offered:
            reply = self._say("AUTH LOGIN")
            for word in (server.user, server.password):
                if reply.code == 334:
                    reply = self._say(_base64(word))
        else:
            raise BackendDownError(
                f"The mail server {server} offers no way to log in that we know (AUTH PLAIN or LOGIN). "
                "Does it want encryption first? See tls= in SMTP_URL."
            )
        if reply.code != 235:
            raise BackendDownError(
                f"The mail server {server} refused our login: {kept_reply(str(reply), recipient='')}"
            )

    def _address(self, envelope: Envelope, deadline: float) -> Outcome | None:
        """MAIL and RCPT; the outcome when the recipient was refused."""
        refusal = _unsayable(envelope, self._extensions)
        if refusal is not None:
            return refusal
        parameters = "" if envelope.recipient.isascii() else " SMTPUTF8"
        reply = self._command(f"MAIL FROM:<{envelope.sender}>{parameters}", deadline, at_recipient=False)
        self._expect(reply, "refused our sender address (MAIL)")
        reply = self._command(f"RCPT TO:<{envelope.recipient}>", deadline, at_recipient=True)
        if reply.code in _NOT_ABOUT_THE_RECIPIENT:
            self._expect(reply, "wants a login")
        if reply.is_ok:
            return None
        self._reset(deadline)
        return _answer(envelope, reply)

    def _command(self, line: str, deadline: float, *, at_recipient: bool) -> Reply:
        try:
            reply = self._say(line, deadline)
        except LostError as error:
            raise ClosedBeforeHandOverError(str(error), at_recipient=at_recipient) from None
        if reply.code == _SERVICE_CLOSES:
            raise ClosedBeforeHandOverError(str(reply), at_recipient=at_recipient)
        return reply

    def _content(self, envelope: Envelope, deadline: float) -> Outcome:
        """DATA and the message. From its first byte on a lost answer is UNKNOWN, before it is certain."""
        try:
            reply = self._say("DATA", deadline)
        except LostError as error:
            self.close()
            return _outcome(envelope, Result.DEFERRED, f"{error} (before the message)")
        if reply.code != 354:
            return self._refused_data(envelope, reply, deadline)
        try:
            self._wire.write(_stuffed(envelope.content), deadline=deadline)
            reply = self._wire.read_reply(deadline=deadline)
        except LostError as error:
            self.close()
            return _outcome(envelope, Result.UNKNOWN, f"{error} (after the message)")
        if reply.code == _SERVICE_CLOSES:
            self.close()
        return _answer(envelope, reply)

    def _refused_data(self, envelope: Envelope, reply: Reply, deadline: float) -> Outcome:
        """The server takes no content now; nothing of it was written."""
        if reply.is_ok:  # an answer that makes no sense here: what the server does next is anybody's guess
            self.close()
            return _outcome(envelope, Result.DEFERRED, f"{reply} (instead of 354)")
        if reply.code == _SERVICE_CLOSES:
            self.close()
        else:
            self._reset(deadline)  # some servers keep the recipient after a refused DATA
        return _answer(envelope, reply)

    def _reset(self, deadline: float) -> None:
        """Forget the sender, so that the next MAIL is legal (RFC 5321 section 4.1.1.5)."""
        try:
            self._say("RSET", deadline)
        except LostError:
            self.close()

    def _say(self, line: str, deadline: float | None = None) -> Reply:
        own = self._deadline()
        until = own if deadline is None else min(own, deadline)
        self._wire.write(f"{line}\r\n".encode(), deadline=until)
        return self._wire.read_reply(deadline=until)

    def _expect(self, reply: Reply, trouble: str) -> None:
        if not reply.is_ok:
            raise BackendDownError(
                f"The mail server {self._server} {trouble}: {kept_reply(str(reply), recipient='')[:300]}"
            )

    def _deadline(self) -> float:
        return time.monotonic() + self._server.timeout


def _answer(envelope: Envelope, reply: Reply) -> Outcome:
    result = Result.ACCEPTED if reply.is_ok else Result.DEFERRED if reply.is_for_now else Result.REFUSED
    return _outcome(envelope, result, str(reply))


def _outcome(envelope: Envelope, result: Result, words: str) -> Outcome:
    return Outcome(key=envelope.key, result=result, reply=kept_reply(words, recipient=envelope.recipient))


def _unsayable(envelope: Envelope, extensions: frozenset[str]) -> Outcome | None:
    """An address that can't stand in a command must neither break it nor stop the others."""
    for address in (envelope.sender, envelope.recipient):
        if any(letter <= " " or letter in "<>\x7f" for letter in address) or "@" not in address:
            return _outcome(envelope, Result.REFUSED, "the address is malformed; it was not tried")
    if not envelope.recipient.isascii() and "SMTPUTF8" not in extensions:
        return _outcome(envelope, Result.REFUSED, "the mail server takes no such letters in an address (SMTPUTF8)")
    return None


def _stuffed(content: bytes) -> bytes:
    """The message with dots doubled at line starts and its final dot (RFC 5321 section 4.5.2)."""
    body = content.replace(b"\r\n.", b"\r\n..")
    if body.startswith(b"."):
        body = b"." + body
    return body + (b".\r\n" if body.endswith(b"\r\n") else b"\r\n.\r\n")


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def _own_name() -> str:
    """What we call ourselves in EHLO: a host name, or the address literal that section 4.1.4 wants without one."""
    name = socket.gethostname()
    return name if "." in name and name.isascii() else "[127.0.0.1]"
