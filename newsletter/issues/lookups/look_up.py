"""The use case: ask what nobody knows yet of an issue, all at once and never for long, and keep the answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from newsletter.issues.kept_answers import keep
from newsletter.issues.lookups import links, sender, spam
from newsletter.issues.preflight import examine
from newsletter.issues.publication import is_loopback
from newsletter.models import AnswerKind

if TYPE_CHECKING:
    from datetime import datetime

    from newsletter.issues.checks.examined import Examined
    from newsletter.issues.checks.questions import Question
    from newsletter.models import Issue

#: Seconds for everything together: an editor waits for it.
DEADLINE = 12.0
#: Seconds for a link, or for all records of the sender; SpamAssassin, which reads its rules first, has all there are.
EACH = 6.0
#: Links that are asked at a time, few enough to be no burden to a site that many of them lead to.
LINKS_AT_ONCE = 6
#: Below this nothing new is begun.
_TOO_LITTLE = 0.3

Answers = Mapping["Question", Mapping[str, Any]]
#: Asks the questions of a message within so many seconds; what there was no time for has no answer.
Ask = Callable[[Sequence["Question"], bytes, float], Answers]


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedUp:
    """How many questions were asked, and how many of them there was no time for."""

    asked: int
    unanswered: int


def ask_all(questions: Sequence[Question], message: bytes, deadline: float) -> Answers:
    """The answers to what there was time for. Threads only wait for others: they never touch the database."""
    end = time.monotonic() + deadline

    def ask(question: Question) -> Mapping[str, Any] | None:
        left = end - time.monotonic()
        if left < _TOO_LITTLE:
            return None
        if question.kind is AnswerKind.LINK:
            return links.ask(question.asked, deadline=min(EACH, left))
        if question.kind is AnswerKind.SENDER:
            return sender.ask(question.asked, deadline=min(EACH, left))
        return spam.ask(message, deadline=left)

    # First what is one long question, then the many short ones.
    ordered = sorted(questions, key=lambda question: question.kind is AnswerKind.LINK)
    with ThreadPoolExecutor(max_workers=LINKS_AT_ONCE + 2, thread_name_prefix="look-up") as pool:
        answers = zip(ordered, pool.map(ask, ordered), strict=True)
        return {question: answer for question, answer in answers if answer is not None}


def look_up(issue: Issue, *, now: datetime, ask: Ask = ask_all) -> LookedUp:
    """Ask what is not known of this version of the issue, saved or not, and what was not well when it was asked last.

    What an earlier answer is good for is asked nobody again. The preflight has the answers from then on.
    """
    seen = examine(issue, now=now)
    wanted = [question for question in _askable(seen) if not _is_known(seen, question)]
    answers = ask(wanted, seen.message, DEADLINE) if wanted else {}
    keep(answers, now=now)
    return LookedUp(asked=len(wanted), unanswered=len(wanted) - len(answers))


def _askable(seen: Examined) -> list[Question]:
    """A machine that only itself can reach knows nothing of links and DNS; SpamAssassin may be missing. Mailchimp is
    asked by a task (`newsletter.issues.ask_checklist`), for nobody should wait for it."""
    return [
        question
        for question in seen.questions
        if question.kind is not AnswerKind.CHECKLIST
        and (seen.has_spamassassin if question.kind is AnswerKind.SPAM else not is_loopback())
    ]


def _is_known(seen: Examined, question: Question) -> bool:
    kept = seen.kept.get(question)
    if kept is None or not kept.counts(question, now=seen.now):
        return False
    if question.kind is AnswerKind.LINK:
        return links.is_good(kept.answer)
    if question.kind is AnswerKind.SENDER:
        return False  # it is one question, and whoever asks again has changed a record
    return "problem" not in kept.answer
