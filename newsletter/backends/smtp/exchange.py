"""Messages on one connection: what all the ways of sending them have in common."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from django.utils.translation import gettext as _

from newsletter.backends.base import Envelope, Outcome, Result, Work
from newsletter.backends.replies import kept_reply
from newsletter.backends.smtp.commands import Commands, Scribe
from newsletter.backends.smtp.extensions import Extensions
from newsletter.backends.smtp.reply import CLOSES, OK, BrokenError, DownError, words
from newsletter.backends.smtp.terms import Terms

#: Hears one reply: its code, and its text with the code in front.
Handler = Callable[[bytes, bytes], None]

#: Replies to RCPT that speak about us and not about the recipient: a login is missing or too weak (RFC 4954 section 6).
_ABOUT_US = frozenset({b"530", b"534", b"535", b"538"})
#: To MAIL with a SIZE: this message is too large (RFC 1870 section 6.1).
_TOO_LARGE = b"552"
#: The class of enhanced codes that means policy, where relays put "slow down" (RFC 3463 section 3.8).
_SLOW_DOWN = b"4.7."


class Link:
    """What a conversation and its exchange share."""

    __slots__ = (
        "accepted",
        "carry",
        "due",
        "failure",
        "first",
        "hands_over",
        "is_suspect",
        "more_follows",
        "out",
        "takes",
        "throttled",
        "unknown",
        "was_closed",
        "work",
    )

    def __init__(self, work: Work, *, first: Envelope | None, is_suspect: bool) -> None:
        self.work = work
        self.out: list[bytes] = []  #: to be written
        self.due: deque[Handler] = deque()  #: who hears the replies that are due, the one being heard included
        self.takes = True  #: whether a new message may be begun
        self.hands_over = True  #: whether content may be written
        self.more_follows = False  #: whether bytes behind the reply being heard were there already
        self.first = first  #: taken before the connection was there
        self.is_suspect = is_suspect  #: `first` was under way when the connection before this one ended
        self.carry: Envelope | None = None  #: was under way when this one ended; not handed over
        self.failure = ""  #: why the server takes nothing
        self.was_closed = False  #: by a 421; what stands behind it was not looked at (RFC 5321 section 3.8)
        self.accepted = self.unknown = self.throttled = 0


class Exchange:
    """One way of sending messages. `begin` starts, then the handlers in `link.due` go on until none is due."""

    __slots__ = ("_scribe", "_terms", "_work", "due", "link", "out")

    def __init__(self, terms: Terms, extensions: Extensions, link: Link) -> None:
        self.link, self.out, self.due = link, link.out, link.due
        self._terms = terms
        self._work = link.work
        self._scribe = Scribe(terms, extensions)

    def begin(self) -> bool:
        """Write the first commands of what there is to send; False when there is nothing."""
        raise NotImplementedError

    def top_up(self) -> None:
        """Begin more beside what is under way, where this way of sending allows it."""

    def awaits_content_reply(self) -> bool:
        """Whether the reply that is due next answers a message's content."""
        raise NotImplementedError

    def abandon(self, trouble: str, *, is_down: bool) -> None:
        """The connection is no more: settle what was handed over, put into `link.carry` or give back what was not.

        Args:
            trouble: what happened, for outcomes.
            is_down: the server refused us and no message.
        """
        raise NotImplementedError

    def _take(self) -> tuple[Envelope, Commands] | None:
        """The next message that this server can take; None when there is none or none may be begun."""
        link = self.link
        while link.takes:
            envelope, link.first = link.first, None
            if envelope is None:
                envelope = self._work.take()
                if envelope is None:
                    return None
            commands = self._scribe.commands(envelope)
            if not isinstance(commands, Outcome):
                return envelope, commands
            self._work.settle(commands)
        return None

    def _mail_answered(self, envelope: Envelope, code: bytes, text: bytes) -> bool:
        """Anything but a plain 250. False: the message was refused and is settled.

        Raises:
            DownError: the server takes nothing from this sender.
            BrokenError: the session ended.
        """
        if code[:1] == b"2":
            return True
        self._check_end(code, text, envelope)
        if code == _TOO_LARGE:
            self._answer(envelope, code, text)
            return False
        raise DownError(
            self._down(_("The mail server %(server)s refused our sender address (MAIL): %(reply)s"), envelope, text)
        )

    def _rcpt_answered(self, envelope: Envelope, code: bytes, text: bytes) -> bool:
        """Anything but a plain 250. False: this recipient was refused and is settled.

        Raises:
            DownError: a login is missing.
            BrokenError: the session ended.
        """
        if code[:1] == b"2":
            return True
        self._check_end(code, text, envelope)
        if code in _ABOUT_US:
            raise DownError(self._down(_("The mail server %(server)s wants a login: %(reply)s"), envelope, text))
        self._answer(envelope, code, text)
        return False

    def _content_answered(self, envelope: Envelope, code: bytes, text: bytes) -> None:
        """The answer to a message's content: only 250 means that it was taken (RFC 5321 section 4.3.2).

        Raises:
            BrokenError: the session ended, or the answer makes no sense; the message is settled.
        """
        if code == OK:
            self.link.accepted += 1
            reply = kept_reply(words(text), recipient=envelope.recipient) if self._work.keeps_replies else ""
            self._work.settle(Outcome(envelope.key, Result.ACCEPTED, reply))
        elif code[:1] in {b"4", b"5"}:
            self._answer(envelope, code, text)
            self._check_end(code, text, envelope)
        else:
            self._unknown(envelope, f"{words(text)} (after the message)")
            raise BrokenError("the server's answer makes no sense")

    def _check_end(self, code: bytes, text: bytes, envelope: Envelope | None = None) -> None:
        """Raises BrokenError when the server ends the session, or waits for what nobody will say."""
        if code == CLOSES or code[:1] == b"3":
            self.link.was_closed = code == CLOSES
            raise BrokenError(kept_reply(words(text), recipient=envelope.recipient if envelope else ""))

    def _answer(self, envelope: Envelope, code: bytes, text: bytes) -> None:
        """Settle with a 4xx or 5xx."""
        if text[4:8] == _SLOW_DOWN:
            self.link.throttled += 1
        result = Result.DEFERRED if code[:1] == b"4" else Result.REFUSED
        self._settle(envelope, result, words(text))

    def _unknown(self, envelope: Envelope, reply: str) -> None:
        self.link.unknown += 1
        self._settle(envelope, Result.UNKNOWN, reply)

    def _settle(self, envelope: Envelope, result: Result, reply: str) -> None:
        self._work.settle(Outcome(envelope.key, result, kept_reply(reply, recipient=envelope.recipient)))

    def _down(self, failure: str, envelope: Envelope, text: bytes) -> str:
        reply = kept_reply(words(text), recipient=envelope.recipient)[:300]
        return failure % {"server": self._terms.server, "reply": reply}

    def _reset_answered(self, code: bytes, text: bytes) -> None:
        self._check_end(code, text)
        if code[:1] != b"2":
            raise BrokenError(words(text))
