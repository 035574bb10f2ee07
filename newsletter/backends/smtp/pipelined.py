"""PIPELINING (RFC 2920): a message's content and the next one's commands in one write, one round trip a message."""

from __future__ import annotations

from newsletter.backends.base import Envelope, Outcome, Result
from newsletter.backends.smtp.commands import stuffed
from newsletter.backends.smtp.exchange import Exchange, Handler, Link
from newsletter.backends.smtp.extensions import Extensions
from newsletter.backends.smtp.reply import CLOSES, GO_ON, OK, BrokenError, words
from newsletter.backends.smtp.terms import Terms


class Pipelined(Exchange):
    """At most one content is unanswered; the next message's commands wait behind it."""

    __slots__ = ("_content", "_group", "_next", "_on_dot_", "_sent")

    def __init__(self, terms: Terms, extensions: Extensions, link: Link) -> None:
        super().__init__(terms, extensions, link)
        self._next: Envelope | None = None  # its commands were written; None also once it was refused
        self._content = b""  # of `_next`
        self._sent: Envelope | None = None  # its content was written and is unanswered
        self._group: tuple[Handler, ...] = (self._on_mail, self._on_rcpt, self._on_data)
        self._on_dot_: Handler = self._on_dot

    def begin(self) -> bool:
        taken = self._take()
        if taken is None:
            return False
        self._next, (mail, rcpt, self._content) = taken
        self.out.append(b"%b\r\n%b\r\nDATA\r\n" % (mail, rcpt))
        self.due.extend(self._group)
        return True

    def awaits_content_reply(self) -> bool:
        return self._sent is not None

    def abandon(self, trouble: str, *, is_down: bool) -> None:
        sent, envelope = self._sent, self._next
        self._sent = self._next = None
        if sent is not None:
            self._unknown(sent, f"{trouble} (after the message)")
        if envelope is None:
            return
        if is_down:
            self._work.give_back(envelope)
        else:
            self.link.carry = envelope

    def _on_mail(self, code: bytes, text: bytes) -> None:
        if code != OK and self._next is not None and not self._mail_answered(self._next, code, text):
            self._next = None

    def _on_rcpt(self, code: bytes, text: bytes) -> None:
        if code != OK and self._next is not None and not self._rcpt_answered(self._next, code, text):
            self._next = None

    def _on_data(self, code: bytes, text: bytes) -> None:
        envelope = self._next
        if code != GO_ON or envelope is None:
            self._no_content(envelope, code, text)
            return
        link = self.link
        if link.more_follows or not link.hands_over:
            raise BrokenError("the server speaks out of turn")
        self._next = None
        if not self._work.may_hand_over(envelope):
            # The server waits for content, and a dot would deliver an empty mail: only hanging up takes it back.
            raise BrokenError("the message was withdrawn")
        self._sent = envelope
        content = self._content
        if not envelope.is_stuffed:
            content = stuffed(content, is_stuffed=False)
        self.out.append(content)
        self.out.append(b".\r\n" if content[-2:] == b"\r\n" else b"\r\n.\r\n")
        self.due.append(self._on_dot_)
        self.begin()

    def _no_content(self, envelope: Envelope | None, code: bytes, text: bytes) -> None:
        """DATA was refused, or is not needed any more."""
        if code[:1] == b"2":  # what the server does next is anybody's guess
            raise BrokenError(f"{words(text)} (instead of 354)")
        if code == CLOSES:
            raise BrokenError(words(text))
        if envelope is not None:
            self._next = None
            self._answer(envelope, code, text)
        if code == GO_ON:  # for no recipient (RFC 2920 section 3.1): its answer counts for nothing
            self.out.append(b".\r\n")
            self.due.append(self._on_lone_dot)
        else:
            self.out.append(b"RSET\r\n")
            self.due.append(self._on_reset)
        self.begin()

    def _on_dot(self, code: bytes, text: bytes) -> None:
        envelope, self._sent = self._sent, None
        assert envelope is not None  # noqa: S101 - only content makes this due
        if code == OK and not self._work.keeps_replies:
            self.link.accepted += 1
            self._work.settle(Outcome(envelope.key, Result.ACCEPTED, ""))
        else:
            self._content_answered(envelope, code, text)
        self._go_on()

    def _on_lone_dot(self, code: bytes, text: bytes) -> None:
        self._check_end(code, text)
        self._go_on()

    def _on_reset(self, code: bytes, text: bytes) -> None:
        self._reset_answered(code, text)
        self._go_on()

    def _go_on(self) -> None:
        """Begin the next message when none was there at the time."""
        if len(self.due) == 1:
            self.begin()
