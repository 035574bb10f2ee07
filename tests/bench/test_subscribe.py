"""How many sign-ups one worker process takes: real HTTP on loopback, the production settings, durable commits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.bench.serving import served, shell

if TYPE_CHECKING:
    from tests.bench.databases import BenchDatabase

CLIENT = Path(__file__).with_name("posting.py")
SIGN_UPS = int(os.environ.get("BENCH_SIGN_UPS", "2000"))
CONNECTIONS = 8
#: What one worker should take. It is printed and not asserted, for a machine may be busy with other things.
WANTED = 150
PREPARE = """
from django.utils import timezone
from core.stamp import make_stamp
from newsletter.models import Newsletter
Newsletter.objects.create(name="Rounds", slug="rounds", sender_email="editor@rounds.example")
print(make_stamp("/", now=timezone.now()))
"""
COMMITS = """
import time
from newsletter.models import SignUpRequest
started = time.perf_counter()
for number in range(300):
    SignUpRequest.objects.create(email="commit@example.com", source="bench")
print((time.perf_counter() - started) / 300 * 1000)
"""
COUNT = "from newsletter.models import SignUpRequest; print(SignUpRequest.objects.count())"


def rate(port: int, path: str, count: int, *, stamp: str = "", status: str) -> float:
    """Requests a second; every answer must be the expected one."""
    command = [sys.executable, str(CLIENT), str(port), path, str(count), str(CONNECTIONS), stamp]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    told = json.loads(done.stdout)
    assert told["answers"] == {status: count}
    return float(count / told["seconds"])


def test_sign_ups_a_second_on_one_worker(bench_database: BenchDatabase, capsys: pytest.CaptureFixture[str]) -> None:
    stamp = shell(bench_database, PREPARE)
    with served(bench_database) as port:
        rate(port, "/subscribe/", 50, stamp=stamp, status="302")  # warm
        first = rate(port, "/healthz", SIGN_UPS, status="200")
        taken = rate(port, "/subscribe/", SIGN_UPS, stamp=stamp, status="302")
        plain = (first + rate(port, "/healthz", SIGN_UPS, status="200")) / 2

    commit = float(shell(bench_database, COMMITS))
    assert shell(bench_database, COUNT) == str(SIGN_UPS + 50 + 300)
    with capsys.disabled():
        sys.stdout.write(
            f"\nsubscribe, {bench_database.vendor}: {taken:,.0f} sign-ups/s on one worker ({1000 / taken:.1f} ms each; "
            f"wanted {WANTED}/s); "
            f"a durable row alone {commit:.1f} ms; GET /healthz {plain:,.0f}/s, ratio {taken / plain:.2f}\n"
        )
