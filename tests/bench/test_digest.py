"""How long a schedule takes to compose an issue when ten thousand stories wait: printed, and held to a second.

BENCH_QUICK=1 takes a few hundred, to try that it works.
"""

from __future__ import annotations

import json
import os

import pytest

from tests.bench.databases import BenchDatabase

QUICK = os.environ.get("BENCH_QUICK") == "1"
STORIES = 300 if QUICK else 10_000
#: Seconds for a draft: which stories wait, the issue, its revision, the rows, the mails.
MOST = 1.0

#: One story made as usual, and its rows copied. All of them were sent to the monthly readers before.
POPULATE = """
import sys, uuid
from copy import copy
from datetime import timedelta
import django
django.setup()
from django.db import connection, models
from django.utils import timezone
from wagtail.models import Page
from blog.models import StoryPage
from newsletter.models import CampaignStory, Schedule, StoryRelease
from tests.factories import make_home, make_newsletter, make_story, make_story_index, make_subscriptions
from tests.factories_delivery import make_campaign
from tests.factories_schedules import make_editor

count, now = int(sys.argv[1]), timezone.now()
index = make_story_index(make_home())
newsletter = make_newsletter()
make_subscriptions(newsletter, 50)
make_editor()
words = "What is known about sleep, light and mood, and what helps. " * 8
first = make_story(index, hero_alt="", body=[("text", f"<p>{words}</p>")] * 6)
page = Page.objects.get(pk=first.pk)
pages = []
for number in range(1, count):
    one = copy(page)
    one.pk = one.id = None
    one.path, one.slug = index.path + Page._int2str(number + 1).rjust(4, "0"), f"copy-{number}"
    one.title = f"No. {number}"
    one.url_path, one.translation_key = f"{index.url_path}copy-{number}/", uuid.uuid4()
    one.latest_revision = one.live_revision = None
    pages.append(one)
models.QuerySet(Page).bulk_create(pages, batch_size=500)
columns = [field.column for field in StoryPage._meta.local_concrete_fields if not field.primary_key]
names = ", ".join(f'"{column}"' for column in columns)
with connection.cursor() as cursor:
    cursor.execute(
        f"INSERT INTO blog_storypage (page_ptr_id, {names}) SELECT page.id, "
        + ", ".join(f'story."{column}"' for column in columns)
        + " FROM blog_storypage AS story, wagtailcore_page AS page WHERE page.slug LIKE 'copy-%%'",
        [],
    )
    released = now - timedelta(days=1)
    StoryRelease.objects.all().delete()
    ids = list(StoryPage.objects.order_by("pk").values_list("pk", flat=True))
    StoryRelease.objects.bulk_create(
        [StoryRelease(story_id=pk, released_at=released + timedelta(seconds=place)) for place, pk in enumerate(ids)]
    )
    sent = make_campaign(newsletter, state="sent", frequency="monthly")
    CampaignStory.objects.bulk_create([CampaignStory(campaign=sent, story_id=pk) for pk in ids])
    cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")
for frequency, becomes in (("weekly", "draft"), ("each_story", "campaign")):
    Schedule.objects.create(
        newsletter=newsletter, frequency=frequency, active=True, composed_into=becomes, time_zone="UTC",
        since=now - timedelta(days=2), timed_from=now - timedelta(days=2), most_stories=10, lead_hours=0,
        quiet_minutes=0,
    )
"""

#: Each of the two three times, as the clock does it; the middle one counts.
MEASURE = """
import json, sys, time
from datetime import timedelta
import django
django.setup()
from django.db import connection
from newsletter.delivery.scheduled_runs import run_once
from newsletter.issues.due import next_due
from newsletter.models import Issue, Schedule
connection.ensure_connection()
for schedule in Schedule.objects.select_related("newsletter").order_by("-frequency"):
    took = []
    for _ in range(3):
        due = next_due(schedule)
        begun = time.perf_counter()
        run = run_once(schedule.pk, now=max(due.at, due.compose_at))
        took.append(time.perf_counter() - begun)
        assert run is not None and run.stories == 10, run
    begun = time.perf_counter()
    next_due(schedule)
    look = time.perf_counter() - begun
    print(json.dumps([schedule.frequency, run.outcome, sorted(took)[1], look]))
assert Issue.objects.filter(frequency="weekly").count() == 3
"""


def test_an_issue_is_composed_of_ten_thousand_waiting_stories(
    bench_database: BenchDatabase, capsys: pytest.CaptureFixture[str]
) -> None:
    bench_database.run("-c", POPULATE, str(STORIES))
    told = [json.loads(line) for line in bench_database.run("-c", MEASURE).splitlines()]
    assert [(frequency, outcome) for frequency, outcome, *_ in told] == [
        ("weekly", "drafted"),
        ("each_story", "scheduled"),
    ]
    with capsys.disabled():
        print(f"\n  {bench_database.vendor}: one issue of ten stories, {STORIES:,} wait")  # noqa: T201 - for people
        for frequency, outcome, seconds, look in told:
            print(  # noqa: T201 - as above
                f"    {seconds * 1000:6.0f} ms  {frequency}, {outcome} ({look * 1000:.0f} ms to see when it is due)"
            )
    if not QUICK:
        assert told[0][2] < MOST
