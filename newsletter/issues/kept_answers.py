"""Answers to the questions that take time, kept while they count: the preflight reads them, look-ups write them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from newsletter.issues.checks.questions import Kept
from newsletter.models import PreflightAnswer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from newsletter.issues.checks.questions import Question

#: Nobody looks at an answer that is older, not even to see when it came.
FORGOTTEN_AFTER = timedelta(days=30)


def kept_answers(questions: Sequence[Question]) -> dict[Question, Kept]:
    """What was answered last, however long ago; nothing for what was never asked."""
    by_key = {question.key: question for question in questions}
    rows = PreflightAnswer.objects.filter(key__in=by_key)
    return {by_key[row.key]: Kept(answer=row.answer, at=row.at) for row in rows}


def keep(answers: Mapping[Question, Mapping[str, Any]], *, now: datetime) -> None:
    """Put them in the place of older ones, and forget what nobody will ask for again."""
    PreflightAnswer.objects.bulk_create(
        [
            PreflightAnswer(kind=question.kind, key=question.key, asked=question.asked, answer=dict(answer), at=now)
            for question, answer in answers.items()
        ],
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=["answer", "at"],
    )
    PreflightAnswer.objects.filter(at__lt=now - FORGOTTEN_AFTER).delete()
