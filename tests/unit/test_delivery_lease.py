"""The lease's setting: what is allowed, and what holds when somebody allows less."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytest_django import Settings

from newsletter.delivery.checks import check_lease
from newsletter.delivery.store import lease


@pytest.mark.parametrize("seconds", [5, 20, 600])
def test_a_lease_may_be_chosen(settings: Settings, seconds: int) -> None:
    settings.NEWSLETTER_LEASE = seconds
    assert check_lease(None) == []
    assert lease() == timedelta(seconds=seconds)


@pytest.mark.parametrize("seconds", [4, 0, "20", 7.5, None])
def test_a_lease_that_is_too_short_or_no_number_is_an_error(settings: Settings, seconds: object) -> None:
    settings.NEWSLETTER_LEASE = seconds
    (message,) = check_lease(None)
    assert message.id == "newsletter.E004"
    assert "NEWSLETTER_LEASE" in message.msg


def test_no_lease_is_shorter_than_the_time_in_which_nothing_is_handed_over(settings: Settings) -> None:
    settings.NEWSLETTER_LEASE = 1
    assert lease() == timedelta(seconds=5)


def test_without_a_setting_it_is_twenty_seconds(settings: Settings) -> None:
    del settings.NEWSLETTER_LEASE
    assert check_lease(None) == []
    assert lease() == timedelta(seconds=20)
