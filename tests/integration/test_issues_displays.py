"""How much of a story stands in a mail: in full while it fits, an excerpt, a headline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from selectolax.lexbor import LexborHTMLParser

from core.models import PublicationSettings
from newsletter.issues.preflight import preflight
from newsletter.issues.render import compile_issue
from newsletter.issues.render.fitting import LIMIT
from newsletter.models import Issue
from newsletter.models.blocks import IssueBody
from tests.factories import make_story
from tests.integration.issue_samples import NOW, both, draw, in_full, issue_of
from tests.integration.whole_story import add_sources, make_live, whole_story

if TYPE_CHECKING:
    from blog.models import HomePage, StoryIndexPage, StoryPage
    from newsletter.models import Newsletter

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

SEED = bytes(range(32))


def as_headline(story: StoryPage, **fields: Any) -> dict[str, Any]:
    return {**in_full(story), "display": "headline", **fields}


def long_story(stories: StoryIndexPage, letters: int, **fields: Any) -> StoryPage:
    """A story with so many letters in its body."""
    text = "<p>" + "word " * (letters // 5) + "</p>"
    return make_live(make_story(stories, live=False, kind="news", body=[("text", text)], **fields))


def levels(issue: Issue) -> dict[str, str]:
    return {finding.rule: str(finding.level) for finding in preflight(issue, now=NOW)}


class TestDisplay:
    def test_a_card_from_before_there_was_a_choice_is_an_excerpt(self, stories: StoryIndexPage) -> None:
        story = make_story(stories, kind="news")
        raw = [{"type": "story", "id": "1", "value": {"story": story.pk, "intro": "", "show_image": True}}]
        assert [block.value["display"] for block in IssueBody().to_python(raw)] == ["excerpt"]

    def test_an_excerpt_has_the_standfirst_and_a_button(self, stories: StoryIndexPage, newsletter: Newsletter) -> None:
        story = long_story(stories, 100, title="A title", slug="a-title")
        html, text = both(newsletter, {**in_full(story), "display": "excerpt"})
        for version in (html, text):
            assert "What it is about." in version
            assert "word word" not in version
        assert "Read on: https://testserver/stories/a-title/" in text

    def test_a_headline_has_neither_standfirst_nor_picture_but_an_editors_own_words(
        self, stories: StoryIndexPage, newsletter: Newsletter
    ) -> None:
        story = long_story(stories, 100, title="A title", slug="a-title", hero_image=draw("dawn"), hero_alt="Hills")
        html, text = both(newsletter, as_headline(story))
        for version in (html, text):
            assert "A title" in version
            assert "1 minute to read" in version
            assert "What it is about." not in version
        assert "https://testserver/stories/a-title/" in text
        assert not LexborHTMLParser(html).css("img")
        assert all(
            "Read this first." in said for said in both(newsletter, as_headline(story, intro="Read this first."))
        )

    def test_the_standing_conflict_statement_stands_once_below_whole_stories_too(
        self, stories: StoryIndexPage, newsletter: Newsletter
    ) -> None:
        PublicationSettings.objects.update(
            conflict_statement="The authors treat patients for a fee.", disclaimer="No advice."
        )
        cards = [in_full(long_story(stories, 100)) for _ in range(2)]
        for version in both(newsletter, *cards):
            assert version.count("The authors treat patients for a fee.") == 1
            assert version.count("No advice.") == 1

    def test_a_reviewer_is_named(self, home: HomePage, stories: StoryIndexPage, newsletter: Newsletter) -> None:
        story = whole_story(home, stories)
        story.reviewer = story.author
        story.save()
        assert all("Reviewed by Dr. Ada Quist, MD" in said for said in both(newsletter, in_full(story)))


class TestFitting:
    def test_whole_stories_that_fit_together_stay_whole(self, stories: StoryIndexPage, newsletter: Newsletter) -> None:
        cards = [in_full(long_story(stories, 30_000)) for _ in range(2)]
        assert both(newsletter, *cards)[0].count("word word word") > 2000
        assert "story-too-long" not in levels(issue_of(newsletter, *cards))

    def test_one_that_would_make_the_mail_too_long_becomes_an_excerpt_and_a_short_one_after_it_stays(
        self, stories: StoryIndexPage, newsletter: Newsletter
    ) -> None:
        sizes = {"first": 50_000, "second": 60_000, "third": 3_000}
        cards = [in_full(long_story(stories, size, title=name, slug=name)) for name, size in sizes.items()]
        html, text = both(newsletter, *cards)
        assert len(html.encode()) < 100_000
        assert "Read on: https://testserver/stories/second/" in text
        for whole in ("first", "third"):
            assert f"Read this story on our site: https://testserver/stories/{whole}/" in " ".join(text.split())
        web, _ = both(newsletter, *cards, web=True)
        assert web.count("Read this story on our site") == html.count("Read this story on our site") == 2

    def test_the_check_before_sending_says_so_and_does_not_stop_it(
        self, stories: StoryIndexPage, newsletter: Newsletter
    ) -> None:
        issue = issue_of(newsletter, in_full(long_story(stories, 300_000, title="Everything about it")))
        found = {finding.rule: finding for finding in preflight(issue, now=NOW)}
        assert str(found["story-too-long"].level) == "W"
        assert "“Everything about it” does not fit in full" in found["story-too-long"].text
        assert "size" not in found

    def test_the_readers_own_links_still_fit(self, stories: StoryIndexPage, newsletter: Newsletter) -> None:
        """The longest story that stands whole leaves the mail below what the check before sending stops."""
        base = len(both(newsletter, in_full(long_story(stories, 5)))[0].encode())
        story = long_story(stories, LIMIT - base - 200)
        html = both(newsletter, in_full(story))[0]
        assert html.count("word word word") > 5000
        assert LIMIT - 1000 < len(html.encode()) < 100_000


class TestCost:
    def test_ten_whole_stories_cost_few_queries_each(
        self, home: HomePage, stories: StoryIndexPage, newsletter: Newsletter
    ) -> None:
        first = whole_story(home, stories)
        made = [first, *(self._another(stories, first, number) for number in range(9))]
        cards = [in_full(story) for story in made]
        compile_issue(issue_of(newsletter, *cards), seed=SEED)  # its pictures are made, its site is cached

        def queries(count: int) -> int:
            issue = issue_of(newsletter, *cards[:count])
            with CaptureQueriesContext(
                connection,
            ) as seen:
                compile_issue(issue, seed=SEED)
            return len(seen)

        one, ten = queries(1), queries(10)
        assert one <= 20
        assert ten - one <= 9 * 6

    @staticmethod
    def _another(stories: StoryIndexPage, like: StoryPage, number: int) -> StoryPage:
        story = make_story(
            stories,
            live=False,
            slug=f"like-{number}",
            kind="treatment",
            author=like.author,
            body=list(like.body.raw_data),
        )
        add_sources(story)
        return make_live(story)


class TestPictures:
    def test_a_picture_of_a_whole_story_that_cannot_be_read_stops_the_issue(
        self, home: HomePage, stories: StoryIndexPage, newsletter: Newsletter
    ) -> None:
        story = whole_story(home, stories)
        image = next(block.value["image"] for block in story.body if block.block_type == "image")
        Path(image.file.path).unlink()
        image.renditions.all().delete()
        found = preflight(issue_of(newsletter, in_full(story)), now=NOW)
        assert [finding.text for finding in found if finding.rule == "image-missing"] == [
            "The picture “clinic” can't be read, so the mail would go without it."
        ]

    def test_heavy_pictures_of_a_whole_story_are_counted(
        self, home: HomePage, stories: StoryIndexPage, newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        issue = issue_of(newsletter, in_full(whole_story(home, stories)))
        assert "image-size" not in levels(issue)
        monkeypatch.setattr("newsletter.issues.checks.pictures.MAX_PICTURES", 1000)
        assert levels(issue)["image-size"] == "W"


def test_a_newsletter_that_reads_from_right_to_left_does_so_in_its_stories_too(
    home: HomePage, stories: StoryIndexPage, newsletter: Newsletter
) -> None:
    card = in_full(whole_story(home, stories))
    assert "rtl" not in both(newsletter, card)[0]
    newsletter.language = "he"
    newsletter.save()
    html = both(newsletter, card)[0]
    assert "direction:ltr" not in html
    assert html.count("text-align:right") > 20
    assert "border-right:4px solid" in html
