"""The use case: an editor takes a report a step further."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from blog.models import ProblemReport
from blog.problems.errors import IllegalStepError
from blog.problems.states import STEPS, State

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser


@transaction.atomic
def change_state(
    report: ProblemReport, *, after: str, to: str, note: str = "", user: AbstractUser, now: datetime
) -> ProblemReport:
    """Move it from state `after`, which the editor saw, to state `to`; the note takes the place of the last one.

    Raises:
        IllegalStepError: the table has no such step, or the report is not in state `after` any more.
    """
    if after not in State or to not in State or State(to) not in STEPS[State(after)]:
        raise IllegalStepError(_("A report that is in this state can't be moved there."))
    # Conditional: of two editors who press at the same time, one is told.
    moved = ProblemReport.objects.filter(pk=report.pk, state=after).update(
        state=to, note=note, changed_at=now, changed_by=user
    )
    if not moved:
        raise IllegalStepError(_("Somebody has just changed this report: look at it again."))
    report.refresh_from_db()
    log(instance=report, action="rounds.problem_step", user=user, data={"from": after, "to": to})
    return report
