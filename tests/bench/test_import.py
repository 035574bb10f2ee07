"""How fast readers are imported, with the evidence of each, and how much memory that takes: printed, never asserted."""

from __future__ import annotations

import json
import os
import random
import sys
from pathlib import Path

import pytest

from tests.bench.databases import BenchDatabase

ROWS = int(os.environ.get("BENCH_IMPORT_ROWS", "1000000"))
HEADER = (
    "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LATITUDE,LONGITUDE,"
    "GMTOFF,DSTOFF,TIMEZONE,CC,REGION,LAST_CHANGED,LEID,EUID,NOTES,TAGS\n"
)
DOMAINS = ("gmail.com", "yahoo.com", "Outlook.com", "example.org", "web.de", "mail.example.net", "bücher.example")

#: Runs the command as an operator does, and tells what it took.
MEASURED = """
import json, resource, sys, time
import django
django.setup()
from django.core.management import call_command
from django.db import connection
connection.ensure_connection()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
wall, cpu = time.perf_counter(), time.process_time()
call_command("import_subscribers", sys.argv[1], newsletter="rounds", as_json=True)
print(json.dumps({
    "wall": time.perf_counter() - wall,
    "cpu": time.process_time() - cpu,
    "before": before,
    "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
}))
"""
PREPARE = "from newsletter.models import Newsletter; Newsletter.objects.create(name='Rounds', slug='rounds')"
COUNTS = (
    "from newsletter.models import ConsentEvent, Subscriber, Subscription;"
    "print(Subscriber.objects.count(), Subscription.objects.filter(state='confirmed').count(),"
    " ConsentEvent.objects.filter(kind='imported', claimed_at__isnull=False).exclude(ip_hash='').count())"
)


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Mailchimp export with every column, in no order of its addresses."""
    file = tmp_path_factory.mktemp("import") / "subscribed_members_export.csv"
    chance = random.Random(7)
    with file.open("w", encoding="utf-8", newline="") as lines:
        lines.write(HEADER)
        for number in range(ROWS):
            day = f"20{10 + number % 15}-0{number % 9 + 1}-1{number % 9}"
            lines.write(
                f"Reader.{chance.getrandbits(40):x}{number}@{DOMAINS[number % 7]},Zoë{number % 97},O'Hara{number % 89},"
                f"2,{day} 04:05:06,10.{number % 250}.{number % 201}.{number % 99},{day} 04:15:06,10.1.2.3,40.71,-74.00,"
                f"-5,-4,America/New_York,US,NY,{day} 05:00:00,{number},abc{number},,\n"
            )
    return file


def test_a_million_readers_are_imported_with_their_evidence(
    bench_database: BenchDatabase, export: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bench_database.run("manage.py", "shell", "-v0", "-c", PREPARE)
    told, measured = bench_database.run("-c", MEASURED, str(export), timeout=1800).splitlines()
    assert json.loads(told) == {"created": ROWS, "unchanged": 0, "refused": 0, "errors_file": None}
    counts = bench_database.run("manage.py", "shell", "-v0", "-c", COUNTS).split()
    assert counts == [str(ROWS)] * 3
    took = json.loads(measured)
    factor = 1 if sys.platform != "darwin" else 1024
    with capsys.disabled():
        print(  # noqa: T201 - a measurement is for people
            f"\n  {bench_database.vendor}: {ROWS:,} rows of 20 columns, {export.stat().st_size / 1e6:.0f} MB, imported"
            f" in {took['wall']:.1f} s ({took['cpu']:.1f} s of our CPU): {ROWS / took['wall']:,.0f} rows/s, memory at"
            f" most {took['rss'] / 1000 / factor:.0f} MB ({took['before'] / 1000 / factor:.0f} MB before)"
        )
