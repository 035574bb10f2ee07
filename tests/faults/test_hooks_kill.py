"""Workers that are killed while they post webhooks: counted at the receiving end."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator

import pytest

from newsletter.delivery import crash_points
from tests.fakes.http_server import FakeReceiver
from tests.faults.site import LiveSite

pytestmark = pytest.mark.slow


@pytest.fixture
def receiver() -> Iterator[FakeReceiver]:
    with FakeReceiver().running() as running:
        yield running


def ids(receiver: FakeReceiver) -> Counter[str]:
    return Counter(received.headers["webhook-id"] for received in receiver.received)


@pytest.mark.parametrize("point", crash_points.HOOK_POINTS)
def test_a_worker_killed_between_post_and_note_posts_again_under_the_same_id(
    live_site: LiveSite, receiver: FakeReceiver, point: str
) -> None:
    live_site.run("tests/faults/seed_hooks.py", receiver.url, "3")
    allowed = {"NEWSLETTER_HOOKS_ALLOW": receiver.socket}
    dying = live_site.start_worker("--until-idle", NEWSLETTER_CRASH_AT=point, **allowed)
    assert dying.wait(120) == -signal.SIGKILL
    assert len(receiver.received) == 1
    again = live_site.start_worker("--until-idle", "--max-seconds", "150", **allowed)
    assert again.wait(180) == 0, live_site.logs()
    assert sorted(ids(receiver).values()) == [1, 1, 2]


def test_two_workers_post_each_message_once(live_site: LiveSite, receiver: FakeReceiver) -> None:
    live_site.run("tests/faults/seed_hooks.py", receiver.url, "60")
    allowed = {"NEWSLETTER_HOOKS_ALLOW": receiver.socket}
    workers = [live_site.start_worker("--until-idle", "--max-seconds", "120", **allowed) for _ in range(2)]
    assert [worker.wait(150) for worker in workers] == [0, 0], live_site.logs()
    assert len(ids(receiver)) == 60
    assert set(ids(receiver).values()) == {1}
