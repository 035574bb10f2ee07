"""One connection: carries the bytes of one conversation over asyncio, in the clear or in TLS, with total deadlines."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Coroutine
from dataclasses import replace
from typing import Protocol, cast

from django.utils.translation import gettext as _

from newsletter.backends.base import Envelope, Work
from newsletter.backends.smtp.conversation import Conversation
from newsletter.backends.smtp.server import Server
from newsletter.backends.smtp.states import State

#: Replies are short: more than this at once is none. One buffer for the connection's whole life.
_BUFFER = 16 * 1024

_NO_ANSWER = "no answer in time"


class Shell(Protocol):
    """Who runs the loop."""

    loop: asyncio.AbstractEventLoop
    work: Work

    def speak_soon(self, lane: Lane) -> None:
        """It has something to write: all that have are let write one after the other, when each has heard its server.

        A write wakes the server up where it waits on the same machine, and the first of several does so for all.
        """

    def heed(self) -> None:
        """Something has changed that the loop can't deal with by itself."""

    def fail(self, error: BaseException) -> None:
        """The work raised; the sending ends."""


class Lane(asyncio.BufferedProtocol):
    """From the first packet to the last. `first` was taken for it, since it is opened only for a message."""

    def __init__(self, shell: Shell, server: Server, *, first: Envelope, is_suspect: bool = False) -> None:
        terms = server.terms
        self._shell, self._server, self._work = shell, server, shell.work
        self._view = memoryview(bytearray(_BUFFER))
        self._transport: asyncio.Transport | None = None
        self._task: asyncio.Task[None] | None = None
        self._failure = ""
        self._is_clogged = self._is_leaving = False
        self._unsent = b""
        self.is_open = False  #: whether the server has taken a sender, or there was nothing to send
        self._opened_at: int | None = None  # the step
        self._since = shell.loop.time()
        self._seen = 0
        if server.access_token is not None:
            try:
                terms = replace(terms, access_token=server.access_token())
            except Exception as error:  # noqa: BLE001 - whatever the operator's function raises, nobody can log in now
                self._failure = _("There is no access token for the mail server %(server)s: %(error)s was raised.") % {
                    "server": terms.server,
                    "error": type(error).__name__,
                }
        self.conversation = Conversation(terms, shell.work, first=first, is_suspect=is_suspect)
        if self._failure:
            self.conversation.lost("no access token")
        else:
            self._start(self._connect())

    @property
    def failure(self) -> str:
        """Why this connection takes nothing, for the editor; empty unless it is the server's or the way's fault."""
        return self._failure or self.conversation.failure

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of its conversation."""
        return self.conversation.state is State.OVER

    @property
    def is_gone(self) -> bool:
        """Whether nothing of it is left in the loop."""
        return self.is_over and self._transport is None and self._task is None

    @property
    def is_ready(self) -> bool:
        """Whether it could begin a message, and may."""
        return self.conversation.state is State.READY and not self._is_clogged and not self._is_leaving

    def wake(self) -> bool:
        """Look for messages; False when there were none."""
        self._since = self._shell.loop.time()
        self._say(self.conversation.wake())
        return self.conversation.state is State.BUSY

    def speak(self) -> None:
        """Write what is to be said."""
        data, self._unsent = self._unsent, b""
        if data and self._transport is not None:
            self._transport.write(data)

    def leave(self) -> None:
        """Take nothing more; say goodbye as soon as nothing is unanswered."""
        self._is_leaving = True
        self._let()
        if self.conversation.state is State.READY:
            self._since = self._shell.loop.time()
            self._say(self.conversation.quit())

    def break_off(self) -> bool:
        """Hand over nothing more. False: nothing is unanswered that was handed over, and it is closed."""
        self._is_leaving = True
        self.conversation.let(take=False, hand_over=False)
        if self.conversation.awaits_content_reply:
            return True
        self.drop("the sending was broken off")
        return False

    def check(self, now: float) -> None:
        """Enforce the deadlines: only whole replies count as progress."""
        conversation = self.conversation
        if conversation.step != self._seen:
            self._seen, self._since = conversation.step, now
            return
        patience = conversation.patience
        if patience is not None and now - self._since > patience:
            if self._transport is None:
                self._failure = self._unreachable(_NO_ANSWER)
            self.drop(_NO_ANSWER)

    def drop(self, trouble: str) -> None:
        """Close without a word."""
        if not self.is_over:
            self.conversation.lost(trouble)
        if self._task is not None:
            self._task.cancel()
        if self._transport is not None:
            self._transport.abort()
        self._shell.heed()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._since = self._shell.loop.time()
        if self.is_over:
            self._transport.abort()

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._view

    def buffer_updated(self, nbytes: int) -> None:
        conversation = self.conversation
        try:
            data = conversation.feed(self._view[:nbytes])
        except BaseException as error:  # noqa: BLE001 - asyncio would log it and go on
            self._shell.fail(error)
            return
        if data:
            self._say(data)
        if conversation.state is not State.BUSY or self._work.wants_books or not self.is_open:
            self._turned(has_written=bool(data))

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        if not self.is_over:
            self._lost(_words(error) if error else "the server closed the connection")
        self._shell.heed()

    def pause_writing(self) -> None:
        self._is_clogged = True
        self._let()

    def resume_writing(self) -> None:
        self._is_clogged = False
        self._let()
        if self.conversation.state in {State.READY, State.BUSY}:
            try:
                self._say(self.conversation.wake())
            except BaseException as error:  # noqa: BLE001 - asyncio would log it and go on
                self._shell.fail(error)

    # Its own.

    def _turned(self, *, has_written: bool) -> None:
        """The conversation is not simply going on."""
        state = self.conversation.state
        if not self.is_open and state in {State.READY, State.BUSY}:
            self._opened_at = self.conversation.step if self._opened_at is None else self._opened_at
            self.is_open = state is State.READY or self.conversation.step > self._opened_at
        if state is State.ENCRYPTING and self._task is None:
            assert self._transport is not None  # noqa: S101 - it has just given us bytes
            self._transport.pause_reading()
            self._start(self._encrypt(self._transport))
        elif state is State.READY and self._is_leaving:
            self.leave()
        elif state is State.OVER and self._transport is not None:
            self.speak()
            # Where something was said last it is to arrive; otherwise what is still to be written is not.
            self._transport.close() if has_written or self._is_leaving else self._transport.abort()
        self._shell.heed()

    def _let(self) -> None:
        self.conversation.let(take=not (self._is_clogged or self._is_leaving))

    def _say(self, data: bytes) -> None:
        if data:
            if not self._unsent:
                self._shell.speak_soon(self)
            self._unsent += data

    def _lost(self, trouble: str) -> None:
        try:
            self.conversation.lost(trouble)
        except BaseException as error:  # noqa: BLE001 - asyncio would log it and go on
            self._shell.fail(error)

    def _start(self, coroutine: Coroutine[None, None, None]) -> None:
        def done(task: asyncio.Task[None]) -> None:
            self._task = None
            if not task.cancelled() and (error := task.exception()) is not None:
                self._shell.fail(error)
            self._shell.heed()

        self._task = self._shell.loop.create_task(coroutine)  # type: ignore[arg-type]
        self._task.add_done_callback(done)

    async def _connect(self) -> None:
        server, name = self._server, None
        context = server.context if server.terms.tls == "implicit" else None
        if context is not None:
            name = server.host
        try:
            await self._shell.loop.create_connection(
                lambda: self, server.host, server.port, ssl=context, server_hostname=name
            )
        except (OSError, ValueError) as error:
            if not self.is_over:
                if not _is_about_tls(error):
                    self._failure = self._unreachable(_words(error))
                self._lost(_words(error))

    async def _encrypt(self, transport: asyncio.Transport) -> None:
        context = self._server.context
        assert context is not None  # noqa: S101 - terms that want encryption come with one
        try:
            encrypted = await self._shell.loop.start_tls(transport, self, context, server_hostname=self._server.host)
            if encrypted is None:
                raise ConnectionResetError("the server closed the connection")
        except (OSError, ValueError) as error:
            if not self.is_over:
                self._lost(_words(error))
            transport.abort()
            return
        self._transport = encrypted
        self._since = self._shell.loop.time()
        self._say(self.conversation.tls_established())

    def _unreachable(self, trouble: str) -> str:
        text = _("The mail server %(server)s can't be reached: %(why)s.")
        return text % {"server": self._server.terms.server, "why": trouble}


def _is_about_tls(error: Exception) -> bool:
    return isinstance(error, ssl.SSLError | ssl.CertificateError | ValueError)


def _words(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid: {error.verify_message}"
    if isinstance(error, TimeoutError):
        return _NO_ANSWER
    words = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
    return f"encryption failed: {words}" if _is_about_tls(error) else words
