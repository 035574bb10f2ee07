"""How long it takes until readers are at Mailchimp, and what looking for changes costs when there are none.

A real worker, its clock and all, against the fake over real HTTP; every answer takes 20 ms, and so does every operation
of a batch. BENCH_QUICK=1 takes a few, to try that it works. Asserted: that all are there and in step, and the minute.
"""

from __future__ import annotations

import json
import os
import sys

import pytest

from tests.bench.databases import BenchDatabase
from tests.fakes.mailchimp import FakeMailchimp

QUICK = os.environ.get("BENCH_QUICK") == "1"
MEMBERS = 200 if QUICK else int(os.environ.get("BENCH_MAILCHIMP_MEMBERS", "10000"))
READERS = 2000 if QUICK else 100_000
LATENCY = 0.02
#: Seconds in which 10,000 have to be there.
WANTED = 60.0

#: Readers (one in twenty has left, and is not to be brought over) of a newsletter at Mailchimp.
POPULATE = """
import sys
import django
django.setup()
from datetime import timedelta
from django.utils import timezone
from newsletter.models import MailchimpAudience, Newsletter, Subscriber, Subscription

count, list_id = int(sys.argv[1]), sys.argv[2]
ago = timezone.now() - timedelta(days=1)
rounds = Newsletter.objects.create(name="Rounds", slug="rounds", backend="mailchimp")
audience = MailchimpAudience.objects.create(
    newsletter=rounds, list_id=list_id, new_there="subscribed", merge_fields={"FNAME": "name"}, switched_on_at=ago
)
readers = Subscriber.objects.bulk_create(
    [Subscriber(email=f"reader{number}@example.com", name=f"Reader {number}") for number in range(count + count // 20)],
    batch_size=2000,
)
Subscription.objects.bulk_create(
    [
        Subscription(subscriber=reader, newsletter=rounds, confirmed_at=ago, state="confirmed")
        if number < count
        else Subscription(subscriber=reader, newsletter=rounds, confirmed_at=ago, state="ended", ended_at=ago)
        for number, reader in enumerate(readers)
    ],
    batch_size=2000,
)
"""

#: The worker that production runs, stopped as soon as the audience is in step.
SYNCHRONISE = """
import json, threading, time
import django
django.setup()
from django.db import connection
from newsletter.delivery.stopping import Stop
from newsletter.delivery.worker import run
from newsletter.models import MailchimpAudience, MailchimpBatch, MailchimpMember

stop, begun = Stop(), time.perf_counter()
took = []

def watch():
    while not stop.requested:
        if MailchimpAudience.objects.filter(in_step_at__isnull=False).exists():
            took.append(time.perf_counter() - begun)
            stop.request()
        time.sleep(0.05)
    connection.close()

watcher = threading.Thread(target=watch)
watcher.start()
run(stop=stop, max_seconds=600)
stop.request()
watcher.join()
print(json.dumps({
    "took": took,
    "cpu": time.process_time(),
    "in_step": MailchimpMember.objects.filter(status="subscribed", problem="", retry_at=None)
        .exclude(sent_digest="").count(),
    "members": MailchimpMember.objects.count(),
    "batches": MailchimpBatch.objects.count(),
    "problem": MailchimpAudience.objects.get().problem,
}))
"""

#: Rows as they are after everything was brought over; then turns that find nothing, and ask nothing.
LOOK = """
import json, time
import django
django.setup()
from django.db import connection
from django.utils import timezone
from newsletter.audience.mailchimp import wanted
from newsletter.audience.mailchimp.push import push
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.ids import member_hash
from newsletter.models import MailchimpAudience, MailchimpMember, RemoteTask, Subscription

now = timezone.now()
MailchimpAudience.objects.update(polled_until=now)
audience = MailchimpAudience.objects.get()
brought = wanted.to_bring(audience, now=now, most=10**7)
left = Subscription.objects.filter(state="ended").values_list("subscriber_id", "subscriber__email")
rows = [(one.subscriber_id, one.hash, "subscribed", one.digest) for one in brought]
rows += [(pk, member_hash(email), "unsubscribed", "") for pk, email in left]
MailchimpMember.objects.bulk_create(
    [
        MailchimpMember(audience=audience, subscriber_id=pk, member_hash=name, status=status, sent_digest=digest,
            changed_there_at=now, pushed_at=now)
        for pk, name, status, digest in rows
    ],
    batch_size=2000,
)
with connection.cursor() as cursor:
    cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")
task = RemoteTask(kind="push", name="push", about={"audience": audience.pk})
api = Mailchimp(api_key="0" * 32 + "-us21", api_url="http://127.0.0.1:1")

def timed():
    begun = time.perf_counter()
    push(task, api, timezone.now())
    return time.perf_counter() - begun

runs = sorted(timed() for _ in range(5))
audience.refresh_from_db()
print(json.dumps({"took": runs[2], "in_step": audience.in_step_at is not None, "total": task.total}))
"""


def test_readers_are_brought_over_within_a_minute(
    bench_database: BenchDatabase, capsys: pytest.CaptureFixture[str]
) -> None:
    with FakeMailchimp().running() as fake:
        list_id = fake.add_list("Readers")
        fake.add_merge_field(list_id, "FNAME")
        bench_database.run("-c", POPULATE, str(MEMBERS), list_id)
        fake.set(latency=LATENCY, batch_rate=1 / LATENCY)
        told = bench_database.run(
            "-c",
            SYNCHRONISE,
            DJANGO_SETTINGS_MODULE="config.settings.test",  # production refuses the address of a stand-in
            MAILCHIMP_API_KEY=fake.key,
            MAILCHIMP_API_URL=fake.url,
        )
        there, calls = fake.statuses(list_id), len(fake.calls)
    measured = json.loads(told.splitlines()[-1])
    assert there == {f"reader{number}@example.com": "subscribed" for number in range(MEMBERS)}
    assert (measured["in_step"], measured["members"], measured["problem"]) == (MEMBERS, MEMBERS, "")
    (seconds,) = measured["took"]
    with capsys.disabled():
        sys.stdout.write(
            f"\n  {bench_database.vendor}: {MEMBERS:,} members at Mailchimp and in step in {seconds:.1f} s (wanted "
            f"{WANTED:.0f} s), {calls} calls of {LATENCY * 1000:.0f} ms, {measured['batches']} batches, "
            f"{measured['cpu']:.1f} s of our CPU\n"
        )
    assert seconds < WANTED


def test_looking_for_changes_costs_little_when_there_are_none(
    bench_database: BenchDatabase, capsys: pytest.CaptureFixture[str]
) -> None:
    bench_database.run("-c", POPULATE, str(READERS), "aaaaaaaa01")
    measured = json.loads(bench_database.run("-c", LOOK).splitlines()[-1])
    assert measured["in_step"]
    assert measured["total"] == 0
    with capsys.disabled():
        sys.stdout.write(
            f"\n  {bench_database.vendor}: a look that finds nothing among {READERS:,} readers at Mailchimp takes "
            f"{measured['took'] * 1000:.0f} ms, three times a minute\n"
        )
