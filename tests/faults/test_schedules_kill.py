"""Workers that are killed while a schedule composes: all of it is there afterwards, once, or nothing."""

from __future__ import annotations

import json
import signal

import pytest

from newsletter.delivery import crash_points
from tests.faults.site import LiveSite

pytestmark = pytest.mark.slow

NOTHING = {"runs": 0, "issues": 0, "turns": 0, "campaigns": 0, "mails": 0, "delivered": 0}
MADE = {"runs": 1, "issues": 1, "turns": 2}


def counted(site: LiveSite) -> dict[str, int]:
    found: dict[str, int] = json.loads(site.run("tests/faults/seed_schedule.py", "count"))
    return found


@pytest.mark.parametrize("composed_into", ["campaign", "draft"])
@pytest.mark.parametrize("point", crash_points.SCHEDULE_POINTS)
def test_a_worker_killed_while_it_composes_leaves_all_or_nothing_and_the_next_one_makes_it_once(
    live_site: LiveSite, point: str, composed_into: str
) -> None:
    made = {**MADE, "campaigns": int(composed_into == "campaign"), "mails": int(composed_into == "draft")}
    live_site.run("tests/faults/seed_schedule.py", composed_into)
    dying = live_site.start_worker("--until-idle", NEWSLETTER_CRASH_AT=point)
    assert dying.wait(120) == -signal.SIGKILL
    assert counted(live_site) == (NOTHING if point == "before_run_commits" else {**made, "delivered": 0})
    live_site.finish(workers=2)
    assert counted(live_site) == {**made, "delivered": 3 * made["campaigns"]}
