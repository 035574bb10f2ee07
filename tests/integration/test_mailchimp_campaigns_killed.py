"""A worker that dies right after any of Mailchimp's answers: the next one finds out, and nobody is mailed twice."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from newsletter.delivery import control, crash_points
from newsletter.delivery.remote import runner
from tests.integration.campaign_there import AT, MINUTE, OFF_GRID, There

if TYPE_CHECKING:
    from datetime import datetime

    from newsletter.models import Campaign

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

#: Behind their grid, so that our clock sends it.
#: Longer than the lease of the worker that died.
LATER = timedelta(minutes=4)


class KilledError(BaseException):
    """As little is caught of it as of kill -9: what was not committed is gone."""


def run_until_killed(there: There, monkeypatch: pytest.MonkeyPatch, *, at_answer: int, until: datetime) -> bool:
    """Let a worker die at that answer, counted from 1; False where there were fewer."""
    answers = 0

    def reached(point: str) -> None:
        nonlocal answers
        answers += point == "after_remote_call"
        if answers == at_answer:
            raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(crash_points, "reached", reached)
        try:
            there.run(until=until)
        except KilledError:
            return True
    return False


def go_on(there: There, *, until: datetime) -> None:
    """Another worker, once the lease of the dead one is over."""
    there.set_clock(there.now + LATER)
    runner.run_due(there.now, owner="another")
    there.run(until=until)


@pytest.mark.parametrize("at_answer", range(1, 6))
@pytest.mark.parametrize("at", [AT, OFF_GRID], ids=["on the grid", "off it"])
def test_it_goes_out_once(there: There, monkeypatch: pytest.MonkeyPatch, at: datetime, at_answer: int) -> None:
    campaign = there.make(at=at)
    assert run_until_killed(there, monkeypatch, at_answer=at_answer, until=at + 3 * MINUTE) or at_answer > 3
    go_on(there, until=at + 20 * MINUTE)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.recipients) == ("sent", 3)
    there.check_mailed_once()
    assert there.called("send") <= 1


@pytest.mark.parametrize("at_answer", range(1, 3))
def test_cancelled_it_goes_to_nobody(there: There, monkeypatch: pytest.MonkeyPatch, at_answer: int) -> None:
    campaign: Campaign = there.make()
    there.run(minutes=1)
    control.cancel(campaign.pk, now=there.now)
    assert run_until_killed(there, monkeypatch, at_answer=at_answer, until=there.now + MINUTE)
    go_on(there, until=AT + 3 * MINUTE)
    campaign.refresh_from_db()
    assert campaign.state == "cancelled"
    assert there.fake.campaigns() == []
    there.check_nobody_mailed()
