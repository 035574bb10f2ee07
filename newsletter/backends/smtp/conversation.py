"""One SMTP conversation without input, output or a clock: bytes come in, bytes to write come out (RFC 5321).

Whoever drives it writes what `feed`, `wake`, `tls_established` and `quit` return, gives the bytes that come back to
`feed`, and enforces `patience`. It takes messages from the work by itself, as soon as the server is ready for one.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from newsletter.backends.base import Envelope, Work
from newsletter.backends.smtp.chunked import Chunked
from newsletter.backends.smtp.exchange import Exchange, Link
from newsletter.backends.smtp.extensions import Extensions
from newsletter.backends.smtp.opening import ENCRYPT, ENCRYPTED, opening
from newsletter.backends.smtp.pipelined import Pipelined
from newsletter.backends.smtp.reply import (
    CLOSES,
    GO_ON,
    LONGEST_LINE,
    NOT_SMTP,
    OK,
    BrokenError,
    DownError,
    ManyLines,
    Reply,
    words,
)
from newsletter.backends.smtp.states import State, Step, after
from newsletter.backends.smtp.stepwise import Stepwise, Suspected
from newsletter.backends.smtp.terms import Terms

#: What a server is given to say goodbye, in seconds.
GOODBYE = 2.0

#: Otherwise we would take for an encrypted answer what anybody on the way can say (CVE-2011-0411).
_TOO_EARLY = "the server sent data before encryption began"


class Conversation:
    """From the greeting to the goodbye.

    Args:
        first: a message that was taken before the connection was there; sent first.
        is_suspect: a connection ended while `first` was under way. It is sent step by step, and is deferred when this
            connection ends at it too: a message that kills connections must not kill them for ever.
    """

    __slots__ = (
        "_exchange",
        "_has_begun",
        "_is_within",
        "_lines",
        "_link",
        "_main",
        "_opening",
        "_rest",
        "_terms",
        "state",
        "step",
    )

    def __init__(self, terms: Terms, work: Work, *, first: Envelope | None = None, is_suspect: bool = False) -> None:
        self.state = State.OPENING
        #: Grows with each whole reply: bytes alone are no progress.
        self.step = 0
        self._terms = terms
        self._link = Link(work, first=first, is_suspect=is_suspect)
        self._opening = opening(terms)
        self._exchange: Exchange | None = None
        self._main: Exchange | None = None  # follows when the suspect is dealt with
        self._has_begun = False
        self._rest = b""
        self._lines = ManyLines()
        self._is_within = False  # a reply of several lines
        next(self._opening)
        self._link.due.append(self._on_opening)

    @property
    def failure(self) -> str:
        """Why the server takes nothing, for the editor; empty when the conversation did not fail."""
        return self._link.failure

    @property
    def carry(self) -> Envelope | None:
        """Once it is over: the message that was under way and not handed over. It is the caller's now."""
        return self._link.carry

    @property
    def accepted(self) -> int:
        return self._link.accepted

    @property
    def unknown(self) -> int:
        """Messages whose answer was lost."""
        return self._link.unknown

    @property
    def throttled(self) -> int:
        """How often the server told us to slow down."""
        return self._link.throttled

    @property
    def awaits_content_reply(self) -> bool:
        """Whether a message was handed over and its answer is due next."""
        return self._exchange is not None and self.state is State.BUSY and self._exchange.awaits_content_reply()

    @property
    def patience(self) -> float | None:
        """Seconds that the present wait may last in total, counted from the last change of `step`; None: for ever."""
        if self.state in {State.READY, State.OVER}:
            return None
        if self.state is State.LEAVING:
            return min(GOODBYE, self._terms.timeout)
        return self._terms.message_timeout if self.awaits_content_reply else self._terms.timeout

    def let(self, *, take: bool, hand_over: bool = True) -> None:
        """Say whether new messages may be begun, and whether content may be written for those that were."""
        self._link.takes, self._link.hands_over = take, hand_over

    def feed(self, data: bytes | bytearray | memoryview) -> bytes:
        """Hear the server, however its bytes are split; returns what to write.

        Nothing that comes in can raise: it is settled, and the conversation is over where it makes no sense.
        """
        state, link = self.state, self._link
        if state is State.OVER:
            return b""
        if state is State.ENCRYPTING:
            self._break(_TOO_EARLY)
            return b""
        try:
            self._hear(self._rest + data)
            if not link.due:
                self._nothing_due()
        except BrokenError as error:
            self._break(error.words)
        except DownError as error:
            return self._fail(str(error))
        return self._written()

    def wake(self) -> bytes:
        """Look for messages; returns what to write.

        Raises:
            IllegalStepError: not ready.
        """
        if self.state is State.BUSY and self._exchange is not None:
            self._exchange.top_up()
        else:
            self._begin()
        return self._written()

    def tls_established(self) -> bytes:
        """The handshake is through; returns what to write.

        Raises:
            IllegalStepError: no handshake was agreed upon.
        """
        self.state = after(self.state, Step.ENCRYPTED)
        self._say(self._opening.send(ENCRYPTED))
        return self._written()

    def quit(self) -> bytes:
        """Say goodbye; a message that was taken and not begun is given back.

        Raises:
            IllegalStepError: something is unanswered.
        """
        self.state = after(self.state, Step.LEFT)
        link = self._link
        if link.first is not None:
            link.work.give_back(link.first)
            link.first = None
        link.due.append(self._on_goodbye)
        return b"QUIT\r\n"

    def lost(self, trouble: str) -> None:
        """The connection is gone; `trouble` says why in a few words.

        Raises:
            IllegalStepError: the conversation was over before.
        """
        after(self.state, Step.ENDED)
        self._break(trouble)

    def _hear(self, data: bytes) -> None:
        """Hand each whole reply to whom it is due.

        A reply that was there before its command was written answers nothing: no more are heard than were due.
        """
        is_long = len(data) > LONGEST_LINE
        lines = data.split(b"\n")
        self._rest = rest = lines.pop()
        link = self._link
        due = link.due
        budget, left = len(due), len(lines)
        link.more_follows = True
        for line in lines:
            left -= 1
            if is_long and len(line) > LONGEST_LINE:
                raise BrokenError(NOT_SMTP)
            text, head = line, line[:4]
            # What nearly every reply is goes first: this loop is run four times a message.
            if head == b"250 " and not self._is_within:
                code = OK
            elif head == b"354 " and not self._is_within:
                code = GO_ON
            else:
                whole = self._whole(line)
                if whole is None:
                    continue
                code, text = line[:3], whole
            if not budget:
                self._unasked(text)
            budget -= 1
            if not left:
                link.more_follows = rest != b""
            due[0](code, text)
            due.popleft()
            self.step += 1
        if is_long and len(rest) > LONGEST_LINE:
            raise BrokenError(NOT_SMTP)

    def _whole(self, line: bytes) -> bytes | None:
        whole = self._lines.add(line)
        self._is_within = whole is None
        return whole

    def _unasked(self, text: bytes) -> None:
        if text[:3] == CLOSES:  # a session that was idle for too long
            self._link.was_closed = True
            raise BrokenError(words(text))
        raise BrokenError("the server gave an answer that nobody asked for")

    def _on_opening(self, code: bytes, text: bytes) -> None:
        try:
            line = self._opening.send(Reply.of(code, text))
        except StopIteration as opened:
            self._opened(opened.value)
        else:
            self._say(line)

    def _say(self, line: str | None) -> None:
        if line is ENCRYPT:
            if self._link.more_follows:
                raise BrokenError(_TOO_EARLY)
            self.state = after(self.state, Step.ENCRYPTION_AGREED)
        else:
            self._link.out.append(f"{line}\r\n".encode())
            self._link.due.append(self._on_opening)

    def _opened(self, extensions: Extensions) -> None:
        self.state = after(self.state, Step.OPENED)
        link = self._link
        self._exchange = way(self._terms, extensions)(self._terms, extensions, link)
        if link.is_suspect:
            self._main, self._exchange = self._exchange, Suspected(self._terms, extensions, link)

    def _nothing_due(self) -> None:
        """Everything is answered: go on with what there is, or be ready."""
        if self.state is State.BUSY:
            self.state = after(self.state, Step.SETTLED)
            if self._main is None:
                return
            self._exchange, self._main = self._main, None
        elif self.state is not State.READY or self._has_begun:
            return
        self._has_begun = True
        self._begin()

    def _begin(self) -> None:
        state = after(self.state, Step.BEGAN)
        if self._exchange is not None and self._exchange.begin():
            self.state = state

    def _on_goodbye(self, code: bytes, text: bytes) -> None:
        raise BrokenError("goodbye")

    def _break(self, trouble: str) -> None:
        """The end, with nobody to say goodbye to."""
        link = self._link
        if self.state in {State.OPENING, State.ENCRYPTING}:
            failure = _("The mail server %(server)s failed before any mail was sent: %(why)s.")
            link.failure = failure % {"server": self._terms.server, "why": trouble}
        self._end(trouble, is_down=False)

    def _fail(self, failure: str) -> bytes:
        """The server takes nothing; it hears a goodbye where that can't be taken for content."""
        self._link.failure = failure
        is_clear = len(self._link.due) == 1
        self._end(failure, is_down=True)
        return b"QUIT\r\n" if is_clear else b""

    def _end(self, trouble: str, *, is_down: bool) -> None:
        link = self._link
        self.state = State.OVER
        link.out.clear()
        if self._exchange is not None:
            self._exchange.abandon(trouble, is_down=is_down)
        if link.first is not None:
            link.work.give_back(link.first)
            link.first = None
        link.due.clear()

    def _written(self) -> bytes:
        out = self._link.out
        if not out:
            return b""
        data = out[0] if len(out) == 1 else b"".join(out)
        out.clear()
        return data


def way(terms: Terms, extensions: Extensions) -> type[Exchange]:
    """The fastest way of sending that both sides are ready for."""
    if not extensions.pipelining:
        return Stepwise
    return Chunked if terms.window and extensions.chunking else Pipelined
