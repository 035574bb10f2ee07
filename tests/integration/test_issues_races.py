"""Two clicks at once, in real threads, on a database where two writers meet row by row."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from wagtail.models import ModelLogEntry

from newsletter.issues import schedule as schedule_module
from newsletter.issues.compose import compose
from newsletter.issues.render import compile_issue
from newsletter.issues.schedule import schedule
from newsletter.models import Campaign, CampaignStory, Issue
from tests.factories import make_story

if TYPE_CHECKING:
    from blog.models import StoryIndexPage
    from newsletter.models import Newsletter

# In SQLite's shared memory two threads get "table is locked" where a file, or PostgreSQL, would let them wait.
pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
CLICKS = 4


def test_clicks_at_once_make_one_campaign_and_approve_once(
    stories: StoryIndexPage, newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_story(stories)
    issue = compose(newsletter)
    ready = Barrier(CLICKS)

    def compile_together(issue: Issue, *, seed: bytes) -> object:
        """Everybody has looked and found no campaign before anybody creates one."""
        compiled = compile_issue(issue, seed=seed)
        ready.wait(timeout=30)
        return compiled

    def click(_: int) -> int:
        try:
            return schedule(issue, at=NOW, time_zone="UTC", approve=True, now=NOW).pk
        finally:
            connection.close()

    monkeypatch.setattr(schedule_module, "compile_issue", compile_together)
    with ThreadPoolExecutor(CLICKS) as threads:
        campaigns = set(threads.map(click, range(CLICKS)))

    assert campaigns == {Campaign.objects.get().pk}
    assert CampaignStory.objects.count() == 1
    assert ModelLogEntry.objects.filter(action="wagtail.publish").count() == 1
