"""Findings that are remembered: the same as those of the check itself, for any text and on any day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.cache import cache

from blog.editorial import remembered
from blog.editorial.check import check
from blog.editorial.findings import Finding
from blog.editorial.manuscript import Manuscript
from blog.editorial.remembered import findings_of
from tests.unit.editorial.drafts import TODAY, draft

RULES = Path(remembered.__file__).with_name("rules")


@pytest.fixture(autouse=True)
def empty() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def story(*, due: date | None = None, today: date = TODAY) -> Manuscript:
    text = "He tried to commit suicide, and 7 in 10 get better. Ada Quist said so."
    return draft(text, title="Sleep", people=["Ada Quist", "Bert Moon"], review_due_on=due, today=today)


def test_what_is_remembered_is_what_the_check_says(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = check(story())
    assert expected
    assert findings_of(story()) == expected
    monkeypatch.setattr(remembered, "check", lambda manuscript: pytest.fail("it was read again"))
    assert findings_of(story()) == expected


@pytest.mark.parametrize("days", [-400, -1, 0, 1, 400])
def test_on_another_day_it_says_what_is_right_on_that_day(days: int) -> None:
    due = TODAY + timedelta(days=10)
    findings_of(story(due=due))
    today = due + timedelta(days=days)
    assert findings_of(story(due=due, today=today)) == check(story(due=due, today=today))


def test_another_word_another_person_or_another_rule_is_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    findings_of(story())
    read: list[Manuscript] = []

    def reading(manuscript: Manuscript) -> list[Finding]:
        read.append(manuscript)
        return []

    monkeypatch.setattr(remembered, "check", reading)
    findings_of(replace(story(), conflict_statement="None."))
    findings_of(replace(story(), people=frozenset({"Ada Quist"})))
    monkeypatch.setattr(remembered, "_code", lambda: "other rules")
    findings_of(story())
    assert len(read) == 3


def test_only_the_rule_on_reviews_asks_for_the_day() -> None:
    """Another one would have to change what findings are remembered by."""
    asking = [path.name for path in RULES.glob("*.py") for line in path.read_text().splitlines() if ".today" in line]
    assert asking == ["completeness.py"]
