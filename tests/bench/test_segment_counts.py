"""How long it takes to count a segment of three rules among a million readers: printed, never asserted."""

from __future__ import annotations

import json
import os

import pytest

from tests.bench.databases import BenchDatabase

READERS = int(os.environ.get("BENCH_SEGMENT_READERS", "1000000"))

#: What is asked: each kind of rule, put together in each way.
SEGMENTS = {
    "weekly readers who joined this year": {
        "all": [
            {"rule": "newsletter", "value": "rounds"},
            {"rule": "frequency", "value": "weekly"},
            {"rule": "joined", "test": "within_days", "value": 365},
        ]
    },
    "tagged, in a city, not mailed lately": {
        "all": [
            {"rule": "tag", "value": "tag-2"},
            {"rule": "attribute", "of": "city", "test": "is", "value": "City 7"},
            {"rule": "last_sent", "test": "not_within_days", "value": 30},
        ]
    },
    "of a topic, in German, without a tag": {
        "all": [
            {"rule": "newsletter", "value": "rounds"},
            {"rule": "topic", "value": "topic-1"},
            {"rule": "language", "value": "de"},
            {"rule": "tag", "test": "has_not", "value": "tag-1"},
        ]
    },
    "any of three": {
        "any": [
            {"rule": "tag", "value": "tag-3"},
            {"rule": "attribute", "of": "visits", "test": "greater", "value": 90},
            {"rule": "joined", "test": "within_days", "value": 30},
        ]
    },
    "not tagged, not from there, not monthly": {
        "all": [
            {"rule": "newsletter", "value": "rounds"},
            {"not": {"any": [{"rule": "tag", "value": "tag-2"}, {"rule": "frequency", "value": "monthly"}]}},
            {"rule": "attribute", "of": "city", "test": "is_not", "value": "City 7"},
        ]
    },
    "never mailed, or left": {
        "any": [
            {"all": [{"rule": "newsletter", "value": "rounds"}, {"rule": "last_sent", "test": "never"}]},
            {"rule": "newsletter", "test": "ended", "value": "rounds"},
        ]
    },
}

#: Rows made by the database itself: readers with their subscriptions (one in ten has left, one in twenty waits),
#: topics, tags that half, a tenth and a hundredth of them have, and two attributes.
POPULATE = """
import sys
import django
django.setup()
from datetime import timedelta
from django.db import connection
from django.utils import timezone
from blog.models import Topic
from newsletter.models import AttributeKind, Newsletter, SubscriberAttribute, SubscriberTag

count = int(sys.argv[1])
now = timezone.now()
rounds, other = (Newsletter.objects.create(name=name.title(), slug=name) for name in ("rounds", "other"))
topics = [Topic.objects.create(name=f"Topic {n}", slug=f"topic-{n}") for n in range(1, 6)]
tags = [SubscriberTag.objects.create(name=f"Tag {n}", slug=f"tag-{n}") for n in range(1, 4)]
city = SubscriberAttribute.objects.create(key="city", label="City")
visits = SubscriberAttribute.objects.create(key="visits", label="Visits", kind=AttributeKind.NUMBER)
numbers = "WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < %s) "
days = {"sqlite": "datetime('now', '-' || ({0}) || ' days')", "postgresql": "now() - ({0}) * interval '1 day'"}
ago = days[connection.vendor].format

def run(statement, *parameters):
    for name, divisor in (("TAGGED", 7), ("LIVES", 1009), ("VISITED", 31)):  # scattered, the same in each run
        statement = statement.replace(name, f"(id * 2654435761 %% 4294967296 / {divisor})")
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)

run(
    "INSERT INTO newsletter_subscriber (id, email, name, language, time_zone, created_at) " + numbers
    + "SELECT i, 'reader' || i || '@example.com', 'Reader', CASE WHEN i %% 10 = 3 THEN 'de' WHEN i %% 5 = 0 THEN 'en' "
    + f"ELSE '' END, '', {ago('i * 7919 %% 1800')} FROM n", count,
)
for newsletter, every in ((rounds, 1), (other, 5)):
    run(
        "INSERT INTO newsletter_subscription (subscriber_id, newsletter_id, state, ended_reason, left_because, "
        "frequency, created_at, confirmed_at, ended_at, paused_until, last_sent_at) SELECT id, %s, CASE WHEN "
        "id %% 10 = 9 THEN 'ended' WHEN id %% 20 = 8 THEN 'pending' ELSE 'confirmed' END, '', '', CASE id %% 3 WHEN 0 "
        "THEN 'weekly' WHEN 1 THEN 'monthly' ELSE 'each_story' END, created_at, CASE WHEN id %% 20 = 8 THEN NULL ELSE "
        "created_at END, NULL, "
        f"NULL, CASE WHEN id %% 7 = 1 THEN NULL ELSE {ago('id * 31 %% 60')} END FROM newsletter_subscriber "
        "WHERE id %% %s = 0", newsletter.pk, every,
    )
run(
    "INSERT INTO newsletter_subscription_topics (subscription_id, topic_id) SELECT id, %s + subscriber_id * 13 %% 5 "
    "FROM newsletter_subscription WHERE subscriber_id %% 10 < 3", topics[0].pk,
)
for tag, every in zip(tags, (2, 10, 100)):
    run(
        "INSERT INTO newsletter_subscribertagging (tag_id, subscriber_id) SELECT %s, id FROM newsletter_subscriber "
        "WHERE TAGGED %% %s = 0", tag.pk, every,
    )
run(
    "INSERT INTO newsletter_attributevalue (attribute_id, subscriber_id, text, number) SELECT %s, id, 'City ' || "
    "(LIVES %% 200), NULL FROM newsletter_subscriber WHERE id %% 2 = 0", city.pk,
)
run(
    "INSERT INTO newsletter_attributevalue (attribute_id, subscriber_id, text, number) SELECT %s, id, "
    "CAST(VISITED %% 100 AS VARCHAR(9)), VISITED %% 100 FROM newsletter_subscriber WHERE id %% 3 = 0", visits.pk,
)
run("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")
"""

#: Counts as the admin does, three times each; then a first connection's look is no longer in it.
MEASURE = """
import json, sys, time
import django
django.setup()
from django.db import connection
from django.utils import timezone
from newsletter.audience.segments import count
connection.ensure_connection()
now = timezone.now()
def timed(rules):
    begun = time.perf_counter()
    found = count(rules, now=now)
    return time.perf_counter() - begun, found
for rules in json.loads(sys.argv[1]):
    runs = sorted(timed(rules) for _ in range(3))
    print(json.dumps(runs[1]))
"""


def test_segments_of_a_million_readers_are_counted(
    bench_database: BenchDatabase, capsys: pytest.CaptureFixture[str]
) -> None:
    bench_database.run("-c", POPULATE, str(READERS), timeout=900)
    told = bench_database.run("-c", MEASURE, json.dumps(list(SEGMENTS.values())), timeout=900).splitlines()
    assert len(told) == len(SEGMENTS)
    with capsys.disabled():
        print(f"\n  {bench_database.vendor}: segments among {READERS:,} readers")  # noqa: T201 - for people
        for label, line in zip(SEGMENTS, told, strict=True):
            seconds, found = json.loads(line)
            assert 0 < found < READERS, label
            print(f"    {seconds * 1000:6.0f} ms  {found:9,}  {label}")  # noqa: T201 - as above
