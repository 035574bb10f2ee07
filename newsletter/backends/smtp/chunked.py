"""BDAT (RFC 3030): several whole messages under way at once, their commands and contents in one stream."""

from __future__ import annotations

from collections import deque

from django.utils.translation import gettext as _

from newsletter.backends.base import Envelope, Outcome, Result
from newsletter.backends.smtp.exchange import Exchange, Handler, Link
from newsletter.backends.smtp.extensions import Extensions
from newsletter.backends.smtp.reply import OK, BrokenError, DownError, words
from newsletter.backends.smtp.terms import Terms

#: The first one open: the server still holds a transaction that we took for over.
_OUT_OF_ORDER = b"503"


class Chunked(Exchange):
    """Up to `terms.window` contents are unanswered, and as many become uncertain when the connection is lost."""

    __slots__ = ("_failure", "_group", "_is_given_back", "_is_settled", "_may_hang", "_must_reset", "_window")

    def __init__(self, terms: Terms, extensions: Extensions, link: Link) -> None:
        super().__init__(terms, extensions, link)
        self._window: deque[Envelope] = deque()
        self._group: tuple[Handler, ...] = (self._on_mail, self._on_rcpt, self._on_chunk)
        # Of the first message in the window:
        self._is_settled = False  # refused at MAIL or RCPT
        self._is_given_back = False  # MAIL was refused for reasons that are not the message's
        # Of the connection:
        self._failure: DownError | None = None  # MAIL was refused; what is under way is heard to its end
        self._may_hang = False  # a message was refused, and servers differ in whether that ends a transaction
        self._must_reset = False  # this server does not end it

    def begin(self) -> bool:
        self.top_up()
        return bool(self._window)

    def top_up(self) -> None:
        while self._has_room():
            taken = self._take()
            if taken is None:
                return
            envelope, (mail, rcpt, content) = taken
            if not self._work.may_hand_over(envelope):
                continue
            self._window.append(envelope)
            self.out += (b"%b\r\n%b\r\nBDAT %d LAST\r\n" % (mail, rcpt, len(content)), content)
            self.due.extend(self._group)

    def _has_room(self) -> bool:
        is_free = self._failure is None and not self._must_reset and self.link.hands_over
        return is_free and len(self._window) < self._terms.window

    def awaits_content_reply(self) -> bool:
        return bool(self._window)

    def abandon(self, trouble: str, *, is_down: bool) -> None:
        """Replies come in order: what stands behind a 421 was not looked at (RFC 5321 section 3.8)."""
        window = self._window
        if window and (self._is_settled or self._is_given_back):
            envelope = window.popleft()
            if self._is_given_back:
                self._work.give_back(envelope)
        if window and self.link.was_closed and not is_down:
            self._interrupted(window, trouble)
        for envelope in window:
            if self.link.was_closed:
                self._work.give_back(envelope)
            else:
                self._unknown(envelope, f"{trouble} (after the message)")
        window.clear()

    def _interrupted(self, window: deque[Envelope], trouble: str) -> None:
        """A 421 in place of an answer to the first one's commands: at RCPT it may be about the recipient."""
        if self.due[0] != self._group[0]:
            self._settle(window.popleft(), Result.DEFERRED, trouble)
        elif not self.link.accepted:
            failure = _("The mail server %(server)s closed the connection: %(reply)s")
            self.link.failure = failure % {"server": self._terms.server, "reply": trouble[:300]}

    def _on_mail(self, code: bytes, text: bytes) -> None:
        if code == OK:
            return
        if code == _OUT_OF_ORDER and self._may_hang:
            self._is_given_back = self._must_reset = True
            return
        try:
            self._is_settled = not self._mail_answered(self._window[0], code, text)
        except DownError as error:
            self._is_given_back, self._failure = True, error

    def _on_rcpt(self, code: bytes, text: bytes) -> None:
        if code == OK or self._is_settled or self._is_given_back:
            return
        try:
            self._is_settled = not self._rcpt_answered(self._window[0], code, text)
        except DownError as error:
            self._is_given_back, self._failure = True, error

    def _on_chunk(self, code: bytes, text: bytes) -> None:
        envelope = self._window.popleft()
        is_settled, is_given_back = self._is_settled, self._is_given_back
        self._is_settled = self._is_given_back = False
        if not is_settled and not is_given_back:
            if code == OK and not self._work.keeps_replies:
                self.link.accepted += 1
                self._work.settle(Outcome(envelope.key, Result.ACCEPTED, ""))
            else:
                self._content_answered(envelope, code, text)
                self._may_hang = self._may_hang or code != OK
        elif is_given_back and code[:1] not in {b"4", b"5"}:
            self._unknown(envelope, f"{words(text)} (after a refused MAIL)")
            raise BrokenError("the server's answer makes no sense")
        else:
            self._may_hang = True
            if is_given_back:
                self._work.give_back(envelope)
            self._check_end(code, text, envelope)
        self._go_on()

    def _go_on(self) -> None:
        if self._failure is not None:
            if not self._window:
                raise self._failure
        elif not self._must_reset:
            self.top_up()
        elif not self._window:
            self.out.append(b"RSET\r\n")
            self.due.append(self._on_reset)

    def _on_reset(self, code: bytes, text: bytes) -> None:
        self._reset_answered(code, text)
        self._must_reset = self._may_hang = False
        self.top_up()
