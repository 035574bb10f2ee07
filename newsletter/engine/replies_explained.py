"""What a mail server's answer means, in plain words, and what can be done. Pure: a reply in, an explanation out.

Sources: RFC 5321 (codes), RFC 3463 and the IANA registry of enhanced codes, RFC 7505 (null MX), RFC 6531 (SMTPUTF8),
and what Google, Microsoft and Yahoo publish about their own answers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from newsletter.engine.reply_meanings import EXPIRED, FOR_GOOD, FOR_NOW, NO_WORDS, OTHER, Explanation
from newsletter.engine.reply_tables import ALWAYS_BY_WORDS, BY_CODE, BY_ENHANCED, BY_SUBJECT, BY_WORDS, OUR_WORDS

__all__ = ["Answer", "Explanation", "explain", "last_answer", "read_reply", "without_addresses"]

#: How we begin the reply of a delivery that was deferred for too long; the server's last answer follows.
_EXPIRED = re.compile(r"expired: [^;]*; last answer: ?")
#: `550 5.1.1 words`, `550-5.1.1 words` or `550 words`; not `550 192.0.2.7 is blocked`.
_CODES = re.compile(r"([245]\d\d)(?:[ -]+#?([245]\.\d{1,3}\.\d{1,3})(?![.\d]))?[ -]*")
_ADDRESS = re.compile(r"(?:\"[^\"]*\"|[^\s<>()\[\]\",;:@]+)@[^\s<>()\[\]\"',;:@]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A kept reply in its parts. `code` is 0 and `enhanced` empty where there is none (our own words, old servers)."""

    code: int
    enhanced: str
    words: str
    #: It was deferred for 48 hours and then given up; the rest is the server's last answer.
    expired: bool = False


def read_reply(reply: str) -> Answer:
    """Take a kept reply apart; anything can be read."""
    text = reply.strip()
    found = _EXPIRED.match(text)
    if found:
        text = text[found.end() :]
    codes = _CODES.match(text)
    if codes is None:
        return Answer(code=0, enhanced="", words=text, expired=bool(found))
    return Answer(code=int(codes[1]), enhanced=codes[2] or "", words=text[codes.end() :].strip(), expired=bool(found))


def explain(reply: str) -> Explanation:
    """What the reply means for the reader, and what an editor or operator can do.

    Of one that expired only that; explain its `last_answer` to say why.
    """
    answer = read_reply(reply)
    return EXPIRED if answer.expired else _explain(answer)


def last_answer(reply: str) -> str:
    """What the server said, without our words before it."""
    return _EXPIRED.sub("", reply.strip(), count=1)


def without_addresses(text: str) -> str:
    """The text without anything that looks like an address: servers also quote where a mail is forwarded to."""
    return _ADDRESS.sub("…", text)


def _explain(answer: Answer) -> Explanation:
    if not answer.code:
        return _first(OUR_WORDS, answer.words) or (OTHER if answer.words else NO_WORDS)
    is_for_now = answer.code < 500
    if is_for_now and (found := _first(ALWAYS_BY_WORDS, answer.words)):
        return found
    return (
        _by_enhanced(answer.enhanced, is_for_now)
        or _first(BY_WORDS[is_for_now], answer.words)
        or BY_CODE.get(answer.code)
        or (FOR_NOW if is_for_now else FOR_GOOD)
    )


def _by_enhanced(enhanced: str, is_for_now: bool) -> Explanation | None:
    """By the whole of `class.subject.detail`, else by subject and detail, else by the subject alone."""
    _, _, rest = enhanced.partition(".")
    return (
        BY_ENHANCED.get(enhanced)
        or BY_SUBJECT.get((is_for_now, rest))
        or BY_SUBJECT.get((is_for_now, rest.partition(".")[0]))
    )


def _first(table: tuple[tuple[re.Pattern[str], Explanation], ...], words: str) -> Explanation | None:
    return next((explanation for pattern, explanation in table if pattern.search(words)), None)
