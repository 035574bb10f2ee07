"""How long an issue of ten stories takes from the database to the finished message: printed, never asserted.

The goal is 20 ms on a machine that does nothing else. What is asserted is that it asks the database for all of them at
once. BENCH_QUICK=1 only tries that it works.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from newsletter.issues.render import compile_issue
from newsletter.models import Issue
from tests.factories import make_author, make_story
from tests.integration.issue_samples import draw

if TYPE_CHECKING:
    from blog.models import HomePage, StoryIndexPage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db

QUICK = os.environ.get("BENCH_QUICK") == "1"
STORIES = 10
WORDS = 1500  #: in each of them; an excerpt shows none, and counts them all
PARAGRAPH = (
    "<p>Depression that won’t shift wears people out. They try one tablet, then a second, and <b>wait</b> six weeks "
    'each time; <a href="https://www.nimh.nih.gov/health">most</a> people get better in the end.</p>'
)


def issue_of_ten(home: HomePage, stories: StoryIndexPage, newsletter: Newsletter) -> int:
    author = make_author(home)
    text = PARAGRAPH * (WORDS // len(PARAGRAPH.split()))
    cards = []
    for number in range(STORIES):
        parts = [("heading", {"text": f"Part {number}", "level": "2"}), ("text", text)]
        story = make_story(
            stories,
            kind="news",
            author=author,
            hero_image=draw(f"morning-{number}"),
            hero_alt="Hills in the morning",
            body=parts,
        )
        cards.append({"story": story, "intro": "", "show_image": True, "display": "excerpt"})
    body = [("text", PARAGRAPH), *(("story", card) for card in cards)]
    return Issue.objects.create(newsletter=newsletter, subject="Ten stories", body=body).pk


def rendered(pk: int) -> tuple[float, float]:
    """CPU seconds for the message, the reading of the issue from the database among them, and for its archive page."""
    begun = time.process_time()
    compiled = compile_issue(Issue.objects.select_related("newsletter").get(pk=pk), seed=bytes(range(32)))
    compiled_at = time.process_time()
    page = compiled.web_html
    spent = time.process_time() - compiled_at
    assert len(compiled.stories) == page.count("Read on") == STORIES
    return compiled_at - begun, spent


def test_an_issue_of_ten_stories_is_rendered_in_this_time(
    home: HomePage, stories: StoryIndexPage, newsletter: Newsletter, capsys: pytest.CaptureFixture[str]
) -> None:
    pk = issue_of_ten(home, stories, newsletter)
    first, _ = rendered(pk)  # makes the renditions and compiles the templates
    timed = [rendered(pk) for _ in range(3 if QUICK else 60)]
    rounds, pages = sorted(message for message, _ in timed), sorted(page for _, page in timed)
    with CaptureQueriesContext(connection) as asked:
        rendered(pk)
    with capsys.disabled():
        print(  # noqa: T201 - a measurement is for people
            f"\n  {STORIES} stories of {WORDS} words: first {first * 1e3:.0f} ms, then {rounds[0] * 1e3:.1f} ms at best"
            f", {rounds[len(rounds) // 2] * 1e3:.1f} ms in the middle, {len(asked)} queries; its page in the archive"
            f" {pages[len(pages) // 2] * 1e3:.1f} ms"
        )
    assert len(asked) < STORIES
