"""One command at a time: for servers without PIPELINING, and for a message at which a connection ended before."""

from __future__ import annotations

from django.utils.translation import gettext as _

from newsletter.backends.base import Envelope, Result
from newsletter.backends.smtp.commands import Commands, stuffed
from newsletter.backends.smtp.exchange import Exchange, Link
from newsletter.backends.smtp.extensions import Extensions
from newsletter.backends.smtp.reply import CLOSES, GO_ON, OK, BrokenError, words
from newsletter.backends.smtp.terms import Terms


def ending(content: bytes) -> bytes:
    """The final dot on a line of its own, which content without a last line end still has to begin."""
    return b".\r\n" if content.endswith(b"\r\n") else b"\r\n.\r\n"


class Stepwise(Exchange):
    """MAIL, RCPT, DATA and content, each after the answer to the one before."""

    __slots__ = ("_commands", "_handlers", "_is_permitted", "_next", "_sent")

    def __init__(self, terms: Terms, extensions: Extensions, link: Link) -> None:
        super().__init__(terms, extensions, link)
        self._next: Envelope | None = None  # commands are being said; no content yet
        self._commands: Commands | None = None
        self._is_permitted = False  # `may_hand_over` said yes for `_next`
        self._sent: Envelope | None = None  # its content was written and is unanswered

    def begin(self) -> bool:
        taken = self._take()
        if taken is None:
            return False
        self._next, self._commands = taken
        self.out.append(self._commands[0] + b"\r\n")
        self.due.append(self._on_mail)
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
        if self._is_permitted:
            self._settle(envelope, Result.DEFERRED, f"{trouble} (before the message)")
        elif is_down:
            self._work.give_back(envelope)
        else:
            self._interrupted(envelope, trouble)

    def _interrupted(self, envelope: Envelope, trouble: str) -> None:
        """The connection ended while a message was under way that was not handed over."""
        self.link.carry = envelope

    def _on_mail(self, code: bytes, text: bytes) -> None:
        envelope, commands = self._current()
        if code != OK and not self._mail_answered(envelope, code, text):
            self._next = None
            self.begin()
            return
        self.out.append(commands[1] + b"\r\n")
        self.due.append(self._on_rcpt)

    def _on_rcpt(self, code: bytes, text: bytes) -> None:
        envelope, _ = self._current()
        if code != OK and not self._rcpt_answered(envelope, code, text):
            self._next = None
            self._reset()
            return
        if self.link.more_follows or not self.link.hands_over:
            raise BrokenError("the server speaks out of turn")
        # Here a no costs little: after DATA it would cost the connection.
        if not self._work.may_hand_over(envelope):
            self._next = None
            self._reset()
            return
        self._is_permitted = True
        self.out.append(b"DATA\r\n")
        self.due.append(self._on_data)

    def _on_data(self, code: bytes, text: bytes) -> None:
        envelope, commands = self._current()
        if code == GO_ON and self.link.hands_over and not self.link.more_follows:
            self._is_permitted, self._next, self._sent = False, None, envelope
            content = stuffed(commands[2], is_stuffed=envelope.is_stuffed)
            self.out += (content, ending(content))
            self.due.append(self._on_dot)
            return
        if code[:1] not in {b"4", b"5"}:  # what the server does next is anybody's guess
            raise BrokenError(f"{words(text)} (instead of 354)")
        self._is_permitted, self._next = False, None
        self._answer(envelope, code, text)
        if code == CLOSES:
            raise BrokenError(words(text))
        self._reset()  # some servers keep the recipient after a refused DATA

    def _on_dot(self, code: bytes, text: bytes) -> None:
        envelope, self._sent = self._sent, None
        assert envelope is not None  # noqa: S101 - only content makes this due
        self._content_answered(envelope, code, text)
        self.begin()

    def _reset(self) -> None:
        """Forget the sender, so that the next MAIL is legal (RFC 5321 section 4.1.1.5)."""
        self.out.append(b"RSET\r\n")
        self.due.append(self._on_reset)

    def _on_reset(self, code: bytes, text: bytes) -> None:
        self._reset_answered(code, text)
        self.begin()

    def _current(self) -> tuple[Envelope, Commands]:
        assert self._next is not None  # noqa: S101 - only its commands make replies due
        assert self._commands is not None  # noqa: S101 - as above
        return self._next, self._commands


class Suspected(Stepwise):
    """Only `link.first`, at which another connection ended before: now it is seen whether it is to blame."""

    __slots__ = ()

    def begin(self) -> bool:
        return self.link.first is not None and super().begin()

    def _interrupted(self, envelope: Envelope, trouble: str) -> None:
        if self.due[0] == self._on_mail:  # nothing was said about this recipient: it is the server
            failure = _("The mail server %(server)s closed the connection: %(reply)s")
            self.link.failure = failure % {"server": self._terms.server, "reply": trouble[:300]}
            self._work.give_back(envelope)
        else:
            self._settle(envelope, Result.DEFERRED, trouble)
