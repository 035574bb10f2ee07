"""How long the check before sending takes for an issue of ten stories, and its size alone: printed, never asserted.

BENCH_QUICK=1 only tries that it works. Nothing is looked up: no network, no other program.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from core.models import PublicationSettings
from newsletter.engine.message import markers
from newsletter.issues.compose import compose
from newsletter.issues.preflight import preflight
from newsletter.issues.render import lay_out
from newsletter.models import Issue
from tests.factories import make_author, make_story, make_subscription
from tests.integration.issue_samples import draw
from tests.stages import stage

if TYPE_CHECKING:
    from blog.models import HomePage, StoryIndexPage
    from newsletter.models import Newsletter

STORIES = 10
WORDS = 1_200
ROUNDS = 1 if os.environ.get("BENCH_QUICK") == "1" else 10
PARAGRAPH = (
    "Ketamine was made as an anaesthetic, and it still is one. In clinics it is given in a much smaller dose, through "
    "a drip or as a nasal spray, to people whose depression did not lift with two or more medicines. What it does "
    "within hours is not in doubt any more; how long that lasts, for whom, and at what price is what the trials ask. "
)


@stage
def issue(home: HomePage, stories: StoryIndexPage, newsletter: Newsletter) -> Issue:
    """Ten stories with pictures, each about as long as stories are."""
    author = make_author(home)
    paragraphs = WORDS // len(PARAGRAPH.split())
    for number in range(STORIES):
        body = [
            part
            for place in range(paragraphs)
            for part in (
                ("heading", {"text": f"What part {place} of the trials found", "level": "2"}),
                ("text", f"<p>{PARAGRAPH}</p>"),
            )
        ]
        make_story(
            stories,
            title=f"What the trials say, part {number}",
            slug=f"trials-{number}",
            author=author,
            hero_image=draw(f"picture-{number}"),
            hero_alt="Hills in the morning",
            body=body,
        )
    make_subscription(newsletter)
    return compose(newsletter)


def timed(step: Callable[[], object]) -> tuple[float, float]:
    """CPU milliseconds for the first time, and for the quickest of the others."""
    spent = []
    for _ in range(ROUNDS + 1):
        begun = time.process_time()
        step()
        spent.append((time.process_time() - begun) * 1000)
    return spent[0], min(spent[1:])


@pytest.mark.django_db
def test_an_issue_of_ten_stories_is_checked_in_this_time(issue: Issue, capsys: pytest.CaptureFixture[str]) -> None:
    def read() -> Issue:
        return Issue.objects.get(pk=issue.pk)

    now = timezone.now()
    assert len(list(read().body)) == STORIES
    first, again = timed(lambda: preflight(read(), now=now))
    _, size = timed(lambda: lay_out(read(), markers(bytes(16)), PublicationSettings.of_default_site()))
    with capsys.disabled():
        print(  # noqa: T201 - a measurement is for people
            f"\n  {STORIES} stories of {WORDS} words: checked in {again:.0f} ms ({first:.0f} ms when the editorial"
            f" check has read none of them before); the size alone in {size:.0f} ms"
        )
