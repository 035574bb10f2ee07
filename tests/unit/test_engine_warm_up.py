"""The plan for new senders."""

from __future__ import annotations

import itertools

import pytest

from newsletter.engine.warm_up import DAYS, cap


def caps() -> list[int]:
    found = [cap(day) for day in range(1, DAYS + 1)]
    return [each for each in found if each is not None]


def test_a_plan_begins_small_and_takes_six_weeks() -> None:
    assert (len(caps()), caps()[0]) == (42, 200)
    assert caps()[-1] > 1_000_000


def test_no_day_is_more_than_half_again_as_large_as_the_one_before() -> None:
    assert all(before < then <= 1.5 * before for before, then in itertools.pairwise(caps()))


@pytest.mark.parametrize("day", [-400, 0, DAYS + 1, 10_000])
def test_outside_of_the_plan_nothing_is_limited(day: int) -> None:
    assert cap(day) is None
