"""What an answer means: what was promised, or a typed error. No I/O; the client's own judgement is not asked."""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import parsedate_to_datetime

from django.utils.translation import gettext as _

from newsletter.backends.mailchimp.errors import (
    DownError,
    MailchimpError,
    ThrottledError,
    UnexpectedAnswerError,
    UnsureError,
)
from newsletter.backends.mailchimp.refusals import TURNED_AWAY, Problem, is_final, read_problem, refusal
from newsletter.backends.mailchimp.wire import Answer, Asked, Json, Lost, read_object

#: A longer wish is as good as a mistake.
LONGEST_WISH = 3600.0
#: The server says that it is not able now, not that it will never.
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})


def judge(answer: Answer | Lost, asked: Asked, *, now: datetime) -> Json:
    """The answer's body; empty where none was promised and none came.

    Raises:
        MailchimpError: for everything else.
    """
    if isinstance(answer, Lost):
        raise _lost(answer, asked)
    if 200 <= answer.status < 300:
        return _body(answer, asked)
    if answer.status < 400:
        # Only these say that whoever answered did nothing but point elsewhere.
        is_certain = asked.again or answer.status in {301, 302, 307, 308}
        raise unexpected(f"{answer.status}") if is_certain else unsure(f"{answer.status}")
    wished = retry_after(answer.headers.get("retry-after", ""), now=now)
    problem = read_problem(answer, asked.private)
    if not _is_open(answer.status, problem):
        raise refusal(answer.status, problem, wished=wished)
    if is_final(problem):
        raise refusal(403, problem, wished=wished)
    if not asked.again:
        raise unsure(f"{answer.status}")
    text = _("Mailchimp is out of order ({status}). It is tried again.").format(status=answer.status)
    raise ThrottledError(text, seconds=wished) if wished else DownError(text)


def wish(answer: Answer | Lost, asked: Asked, *, now: datetime) -> float | None:
    """Seconds after which to ask once more, 0 where the server names none; None where asking again would be wrong.

    A call that can't be repeated is only asked again when it certainly was not done.
    """
    if isinstance(answer, Lost):
        return 0.0 if asked.again or not answer.was_sent else None
    problem = read_problem(answer, ())
    if answer.status == 403 and not problem:
        return TURNED_AWAY
    is_certain = answer.status in {425, 429}
    passes = answer.status in _PASSING or _is_unsigned(answer.status, problem)
    if not passes or not (asked.again or is_certain) or is_final(problem):
        return None
    return retry_after(answer.headers.get("retry-after", ""), now=now)


def _is_open(status: int, problem: Problem) -> bool:
    """Whether it leaves open what became of the call."""
    return status >= 500 or status == 408 or _is_unsigned(status, problem)


def _is_unsigned(status: int, problem: Problem) -> bool:
    """Whether "not there" is said without Mailchimp's own document: any machine on the way says that, of itself.

    Believed, a campaign that is scheduled would count as deleted, and a contact that is there as erased.
    """
    return status in {404, 410} and not problem


def retry_after(header: str, *, now: datetime) -> float:
    """Seconds, from either form of the header (RFC 9110 section 10.2.3); 0 for none, and for nonsense."""
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:10]), LONGEST_WISH)
    try:
        seconds = (parsedate_to_datetime(text) - now).total_seconds()
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return min(max(seconds, 0.0), LONGEST_WISH)


def unsure(reason: str) -> UnsureError:
    text = _("Mailchimp’s answer was lost: this may be done, or not. It is looked up before anything is repeated.")
    return UnsureError(f"{text} ({reason})")


def unexpected(reason: str) -> UnexpectedAnswerError:
    text = _("Mailchimp answered what it never should. Try again later; if it lasts, tell who looks after this site.")
    return UnexpectedAnswerError(f"{text} ({reason})")


def _lost(lost: Lost, asked: Asked) -> MailchimpError:
    if lost.was_sent and not asked.again:
        return unsure(lost.reason)
    return DownError(_("Mailchimp can’t be reached now ({reason}). It is tried again.").format(reason=lost.reason))


def _body(answer: Answer, asked: Asked) -> Json:
    is_empty = not answer.body.strip()
    if is_empty and not asked.body:
        return {}
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_json = not kind or kind == "application/json" or kind.endswith("+json")
    found = read_object(answer.body) if is_json else None
    if found is not None:
        return found
    named = kind if re.fullmatch(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}", kind) else _("of no kind")
    reason = f"{answer.status}, {_('without a body') if is_empty else named}"
    # Nobody knows what it was that answered, so nobody knows whether it was done.
    raise unexpected(reason) if asked.again else unsure(reason)
