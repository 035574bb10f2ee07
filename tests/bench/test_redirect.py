"""How many clicks one worker process answers and counts: real HTTP on loopback, the production settings."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.bench.serving import served, shell

if TYPE_CHECKING:
    from tests.bench.databases import BenchDatabase

READERS = Path(__file__).with_name("following.lua")
SECONDS = 3 if os.environ.get("BENCH_QUICK") else 15
CONNECTIONS = 16
#: What one worker should take. It is printed and not asserted, for a machine may be busy with other things.
WANTED = 1000
PREPARE = """
from datetime import timedelta
from django.utils import timezone
from newsletter.models import Campaign, Issue, Link, Newsletter
newsletter = Newsletter.objects.create(name="Rounds", slug="rounds", sender_email="editor@rounds.example")
issue = Issue.objects.create(newsletter=newsletter, subject="Sleep")
now = timezone.now() - timedelta(hours=1)
campaign = Campaign.objects.create(issue=issue, newsletter=newsletter, key="1:0", revision=1, subject="Sleep",
    compiled=b"", web_html="", scheduled_at=now, started_at=now, time_zone="UTC", backend="default", state="sent")
Link.objects.bulk_create(Link(campaign=campaign, number=number, url=f"https://www.example.org/{number}")
    for number in range(1, 14))
print(campaign.pk)
"""
COUNT = """
from django.db.models import Sum
from newsletter.models import LinkHour
print(*LinkHour.objects.aggregate(raw=Sum("raw"), filtered=Sum("filtered")).values())
"""


@pytest.mark.skipif(not shutil.which("wrk") and os.environ.get("CI") != "true", reason="apt-get install wrk")
def test_clicks_a_second_on_one_worker(bench_database: BenchDatabase, capsys: pytest.CaptureFixture[str]) -> None:
    """Every click is another reader's: each is looked up and remembered. None is lost when the worker is stopped."""
    campaign = shell(bench_database, PREPARE)
    with served(bench_database) as port:
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-s", str(READERS), f"http://127.0.0.1:{port}"]
        environment = {**os.environ, "BENCH_CAMPAIGN": campaign}
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120, env=environment)
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("MEASURED"))
    answered, microseconds, errors, slow = map(int, line.split()[1:])
    raw, filtered = map(int, shell(bench_database, COUNT).split())

    assert errors == 0
    # wrk stops while some answers are on their way.
    assert answered <= raw <= answered + CONNECTIONS
    assert raw * 0.99 < filtered <= raw
    with capsys.disabled():
        sys.stdout.write(
            f"\nclicks, {bench_database.vendor}: {answered / microseconds * 1e6:,.0f}/s on one worker, another reader "
            f"each (wanted {WANTED:,}/s); 99 of 100 answered within {slow / 1000:.0f} ms; {raw:,} counted, none lost "
            "at its stop\n"
        )
