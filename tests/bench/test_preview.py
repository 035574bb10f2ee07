"""How long the preview of an issue takes to answer; 150 ms are wanted. BENCH_QUICK=1 only tries that it works."""

from __future__ import annotations

import os
import statistics
import time

import pytest
from django.test import Client
from django.urls import reverse

from newsletter.issues.compose import compose
from newsletter.issues.standing import standing
from newsletter.issues.story_history import histories
from newsletter.models import Delivery, Issue, Newsletter
from tests.factories import make_author, make_home, make_newsletter, make_story, make_story_index, make_subscriptions
from tests.factories_delivery import NOON
from tests.integration.admin_scene import log_in, make_logins
from tests.integration.test_issues_story_history import sent

QUICK = os.environ.get("BENCH_QUICK") == "1"
STORIES = 10
ROUNDS = 3 if QUICK else 30
READERS = 200 if QUICK else 20_000
#: Seconds; what the issue on composing asks for.
WANTED = 0.150


def median(client: Client, address: str) -> float:
    """CPU seconds for one answer after the first, in which templates are read: the machine does other things, too."""
    spent = []
    for _ in range(ROUNDS + 1):
        begun = time.process_time()
        response = client.get(address)
        spent.append(time.process_time() - begun)
        assert response.status_code == 200
    return statistics.median(spent[1:])


def an_issue() -> tuple[Newsletter, Issue]:
    home = make_home()
    index, author = make_story_index(home), make_author(home)
    for number in range(STORIES):
        make_story(index, author=author, standfirst=f"What the {number}th story is about, in a sentence or two. " * 3)
    newsletter = make_newsletter()
    make_subscriptions(newsletter, READERS)
    make_logins()
    return newsletter, compose(newsletter)


@pytest.mark.django_db
def test_a_preview_of_ten_stories_is_answered_in_this_time(capsys: pytest.CaptureFixture[str]) -> None:
    newsletter, issue = an_issue()
    reader = newsletter.subscriptions.order_by("pk")[0].subscriber_id
    client = log_in("Editor")
    page = reverse("newsletter_issues:everywhere", args=[issue.pk])
    frame = reverse("newsletter_issues:frame", args=[issue.pk, "mail"])
    found = {
        "the page": median(client, page),
        "the page as a reader": median(client, f"{page}?reader={reader}"),
        "a frame": median(client, frame),
    }
    with capsys.disabled():
        told = ", ".join(f"{what} {seconds * 1e3:.0f} ms" for what, seconds in found.items())
        print(f"\n  preview of {STORIES} stories: {told}")  # noqa: T201 - a measurement is for people
    if not QUICK:
        assert max(found.values()) < WANTED


@pytest.mark.django_db
def test_what_was_sent_to_whom_is_known_in_this_time(capsys: pytest.CaptureFixture[str]) -> None:
    newsletter, issue = an_issue()
    stories = [block.value["story"] for block in issue.body]
    sent(newsletter, *stories)
    sent(newsletter, *stories[:5], fits_reader=True)
    reader = newsletter.subscriptions.order_by("pk")[0].subscriber
    begun = time.process_time()
    histories(newsletter, stories, now=NOON)
    middle = time.process_time()
    standing(issue, reader, now=NOON)
    told = f"for the list {(middle - begun) * 1e3:.0f} ms, for one reader {(time.process_time() - middle) * 1e3:.0f} ms"
    with capsys.disabled():
        deliveries = Delivery.objects.count()
        print(f"\n  {STORIES} stories, {deliveries:,} deliveries: {told}")  # noqa: T201 - as above
