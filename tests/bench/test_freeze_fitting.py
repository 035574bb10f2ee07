"""How long it takes to freeze a campaign whose readers lack different stories: printed, never asserted."""

from __future__ import annotations

import json
import os

import pytest

from tests.bench.databases import BenchDatabase

READERS = int(os.environ.get("BENCH_FITTING_READERS", "200000"))

#: A quarter of the readers ticked one or two topics, another quarter got two of the five stories before.
MEASURE = """
import json, sys, time
import django
django.setup()
from datetime import timedelta
from django.db import connection, transaction
from django.utils import timezone
from blog.models import Topic
from newsletter.delivery.freeze import freeze
from newsletter.delivery.store import audience
from newsletter.issues.fitting_reader import Fitting, readers_by_bits
from newsletter.models import Campaign, Chunk, Delivery, Subscription
from tests.factories import make_home, make_newsletter, make_story, make_story_index
from tests.factories_delivery import make_fitting_campaign
from tests.faults.seed import add_readers

count = int(sys.argv[1])
newsletter = make_newsletter()
add_readers(newsletter, count)
index = make_story_index(make_home())
topics = [Topic.objects.create(name=f"Topic {n}", slug=f"topic-{n}") for n in range(5)]
stories = [make_story(index) for _ in topics]

def vacuum():
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")

def measured(label, **fields):
    seconds = []
    for _ in range(3):
        campaign = make_fitting_campaign(newsletter, stories, **fields)
        begun = time.perf_counter()
        assert freeze(campaign, now=timezone.now())
        seconds.append(time.perf_counter() - begun)
        campaign.refresh_from_db()
        chunks = Chunk.objects.filter(campaign=campaign)
        sets = len({tuple(one) for one in chunks.values_list("leaves_out", flat=True)})
        row = [label, 0, campaign.recipients, campaign.nothing_new, sets, chunks.count()]
        Delivery.objects.filter(campaign=campaign).delete()
        chunks.delete()
        vacuum()
    row[1] = sorted(seconds)[1]
    print(json.dumps(row))

vacuum()
measured("everybody gets all of it, not asked", fits_reader=False)
measured("everybody gets all of it, asked")
with connection.cursor() as cursor:
    for every, shift in ((4, 0), (8, 1)):
        cursor.execute(
            "INSERT INTO newsletter_subscription_topics (subscription_id, topic_id) SELECT id, %s + (id / 8 + %s) %% 5"
            " FROM newsletter_subscription WHERE id %% %s = 0", [topics[0].pk, shift, every],
        )
for story, topic in zip(stories, topics):
    story.topics.set([topic])
    story.save()
earlier = make_fitting_campaign(newsletter, stories[:2], fits_reader=False)
assert freeze(earlier, now=timezone.now())
Delivery.objects.update(state="refused")
Delivery.objects.extra(where=["subscriber_id %% 4 = 1"]).update(state="accepted")
Campaign.objects.filter(pk=earlier.pk).update(state="sent")
vacuum()
measured("half of them get less")
campaign = make_fitting_campaign(newsletter, stories)
begun = time.perf_counter()
found = readers_by_bits(Fitting.of(campaign), audience.audience(campaign, now=timezone.now()))
seconds = time.perf_counter() - begun
print(json.dumps(["counted for the page before sending", seconds, sum(found.values()), 0, len(found), 0]))
"""


def test_a_campaign_that_fits_its_readers_is_frozen(
    bench_database: BenchDatabase, capsys: pytest.CaptureFixture[str]
) -> None:
    told = bench_database.run("-c", MEASURE, str(READERS), timeout=900).splitlines()
    with capsys.disabled():
        print(f"\n  {bench_database.vendor}: {READERS:,} readers")  # noqa: T201 - for people
        for line in told:
            label, seconds, recipients, nothing_new, sets, chunks = json.loads(line)
            assert recipients + nothing_new == READERS, label
            print(f"    {seconds:6.2f} s  {sets:3} sets in {chunks:4} chunks  {label}")  # noqa: T201 - as above
