"""How many read each newsletter: on the admin's first page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from newsletter.audience.counts import ReaderCounts, count_readers, reader_counts
from newsletter.models import Newsletter
from tests.factories import make_newsletter, make_subscription
from tests.integration.admin_scene import log_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh() -> None:
    cache.clear()


def test_each_newsletter_is_counted_by_state_and_by_the_last_thirty_days(newsletter: Newsletter) -> None:
    now = timezone.now()
    long_ago = now - timedelta(days=31)
    make_subscription(newsletter)
    make_subscription(newsletter, confirmed_at=long_ago)
    make_subscription(newsletter, state="pending", confirmed_at=None)
    make_subscription(newsletter, state="ended", ended_at=now - timedelta(days=29))
    make_subscription(newsletter, state="ended", ended_at=long_ago)
    make_newsletter(name="Digest", slug="digest")
    assert count_readers(now) == [
        ReaderCounts(newsletter="Digest", confirmed=0, waiting=0, joined=0, left=0),
        ReaderCounts(newsletter="Rounds", confirmed=2, waiting=1, joined=1, left=1),
    ]


def test_they_are_counted_once_in_ten_minutes(newsletter: Newsletter) -> None:
    now = timezone.now()
    before = reader_counts(now)
    make_subscription(newsletter)
    assert reader_counts(now) == before
    assert count_readers(now) != before


@pytest.mark.parametrize(
    ("role", "shown", "linked"),
    [("Owner", True, True), ("Editor", True, True), ("Analyst", True, False), ("Doctor", False, False)],
)
def test_the_first_page_shows_numbers_to_those_who_report_and_the_list_to_those_who_may_see_it(
    role: str, shown: bool, linked: bool, newsletter: Newsletter, logins: None
) -> None:
    make_subscription(newsletter)
    page = " ".join(log_in(role).get(reverse("wagtailadmin_home")).content.decode().split())
    assert ("Rounds: 1 reader" in page) is shown
    assert (f'<h3><a href="{reverse("newsletter_subscribers:index")}">' in page) is linked
