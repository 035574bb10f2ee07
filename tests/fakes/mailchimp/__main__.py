"""`python -m tests.fakes.mailchimp --port 4011`: the fake by itself, with an audience to begin with."""

from __future__ import annotations

import argparse
import json
import signal
import threading
from pathlib import Path

from tests.fakes.mailchimp import FakeMailchimp


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: a free one; the address is printed")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that every answer takes")
    parser.add_argument("--state", type=Path, help="a file to begin with, written anew at the end")
    given = parser.parse_args()
    fake = FakeMailchimp()
    if given.state and given.state.exists():
        fake.state.load(given.state.read_text(encoding="utf-8"))
    else:
        furnish(fake)
    fake.set(latency=given.latency, tells_hooks=True)
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    with fake.running(given.port):
        print(f"{fake.url} takes the key {fake.key}", flush=True)  # noqa: T201 - a program for people
        over.wait()
    if given.state:
        with fake.settled() as state:
            given.state.write_text(json.dumps(state.as_json(), indent=1), encoding="utf-8")


def furnish(fake: FakeMailchimp) -> None:
    """What a practice's account may look like."""
    for number in range(1, 13):
        fake.add_list(f"Old audience {number}")
    readers = fake.add_list("Practice readers", list_id="aaaaaaaa01")
    fake.add_segment(readers, "Colleagues", kind="static")
    fake.add_segment(readers, "Opened lately")
    fake.add_merge_field(readers, "FNAME", "First name")
    for name in ("ada", "ben", "cyd"):
        fake.add_member(readers, f"{name}@example.com")
    fake.add_member(readers, "left@example.com", status="unsubscribed")


if __name__ == "__main__":
    main()
