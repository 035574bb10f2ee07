"""What mail servers answered, a row for each kind of answer, in their words and in ours."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from newsletter.delivery.troubles import Trouble
from newsletter.engine.machine import DeliveryState
from newsletter.engine.replies_explained import explain, last_answer


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRow:
    """`name` is the code that people search the web for; `why` is the last answer's explanation of one that expired."""

    state: str
    outcome: str
    name: str
    count: int
    title: str
    meaning: str
    why: str
    remedy: str
    example: str


def answer_row(trouble: Trouble) -> AnswerRow:
    explanation = explain(trouble.example)
    why, remedy = "", explanation.remedy
    if trouble.expired:
        last = explain(last_answer(trouble.example))
        why, remedy = _("Its last answer: %(title)s.") % {"title": _(last.title)}, explanation.remedy
    return AnswerRow(
        state=trouble.state,
        outcome=_("refused") if trouble.state == DeliveryState.REFUSED else _("later"),
        name=f"{trouble.code or ''} {trouble.enhanced}".strip(),
        count=trouble.count,
        title=_(explanation.title),
        meaning=_(explanation.meaning),
        why=why,
        remedy=_(remedy),
        example=trouble.example,
    )
