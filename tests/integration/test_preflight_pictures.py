"""The check before sending: pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache
from django.utils import timezone

from newsletter.issues.checks import pictures
from newsletter.issues.preflight import examine
from newsletter.models import Issue
from tests.factories import make_story
from tests.integration.issue_samples import draw
from tests.integration.preflight_scene import card, everything, found, issue, levels, place_of, story, with_html

if TYPE_CHECKING:
    from blog.models import StoryIndexPage

__all__ = ["issue", "story"]

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("tag", "stopped"),
    [
        ('<img src="https://x.example/a.jpg" width="536" alt="">', False),
        ('<img src="https://x.example/a.jpg" width="536">', True),
        ('<img src="https://x.example/a.jpg" alt="">', True),
        ('<img src="https://x.example/a.jpg" alt="" width="100%">', True),
        ('<img src="http://x.example/a.jpg" width="536" alt="">', True),
        ('<img src="https://x.example/a.webp" width="536" alt="">', True),
        ('<img src="https://x.example/a.AVIF?x=1" width="536" alt="">', True),
        ('<img src="https://x.example/a.svg" width="536" alt="">', True),
        ('<img src="data:image/png;base64,AAAA" width="536" alt="">', True),
    ],
)
def test_pictures_that_mail_programs_do_not_show_are_stopped(issue: Issue, tag: str, stopped: bool) -> None:
    assert with_html(issue, tag, pictures.pictures) == ({"images": "B"} if stopped else {})


def test_a_picture_that_is_a_link_needs_words(issue: Issue) -> None:
    tag = '<a href="https://x.example/"><img src="https://x.example/a.jpg" width="536" alt="{}"></a>'
    assert with_html(issue, tag.format(""), pictures.pictures) == {"image-link-alt": "W"}
    assert with_html(issue, tag.format("Hills"), pictures.pictures) == {}


def test_heavy_pictures_are_mentioned(issue: Issue, stories: StoryIndexPage, monkeypatch: pytest.MonkeyPatch) -> None:
    issue.body = [card(make_story(stories, hero_image=draw("morning", (600, 300)), hero_alt="Hills"))]
    assert levels(issue) == {}
    monkeypatch.setattr(pictures, "MAX_PICTURE", 100)
    assert "A picture has" in found(issue)["image-size"].text
    monkeypatch.setattr(pictures, "MAX_PICTURES", 100)
    assert "together" in found(issue)["image-size"].text


def test_a_picture_whose_file_is_gone_stops_the_issue(issue: Issue, stories: StoryIndexPage) -> None:
    image = draw("gone", (600, 300))
    cache.clear()  # Wagtail remembers renditions of the picture that had this id in another test
    image.file.storage.delete(image.file.name)
    issue.body = [card(make_story(stories, hero_image=image))]
    assert levels(issue) == {"image-missing": "B"}
    assert "gone" in found(issue)["image-missing"].text


def test_a_heavy_picture_is_named_by_the_block_that_shows_it(
    issue: Issue, stories: StoryIndexPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = make_story(stories, hero_image=draw("evening", (600, 300)), hero_alt="Hills")
    issue.body = [card(make_story(stories)), card(shown)]
    monkeypatch.setattr(pictures, "MAX_PICTURE", 100)
    assert place_of(issue, "image-size") == "block 2: Story"


class TestLogos:
    @pytest.mark.parametrize("which", ["logo", "logo_dark"])
    def test_one_whose_file_is_gone_blocks_and_leads_to_the_newsletter(self, which: str, issue: Issue) -> None:
        newsletter = issue.newsletter
        newsletter.logo, newsletter.logo_dark = draw("our-logo"), draw("our-dark-logo")
        newsletter.save()
        assert "image-missing" not in {finding.rule for finding in everything(issue)}
        image = getattr(newsletter, which)
        image.renditions.all().delete()
        image.file.storage.delete(image.file.name)
        again = Issue.objects.get(pk=issue.pk)
        (finding,) = (finding for finding in everything(again) if finding.rule == "image-missing")
        assert image.title in finding.text
        assert finding.place.where == "newsletter"

    def test_a_heavy_one_counts(self, issue: Issue) -> None:
        issue.newsletter.logo = draw("our-logo")
        issue.newsletter.save()
        (shown,) = (one for one in examine(issue, now=timezone.now()).laid.pictures if "our-logo" in one.url)
        assert shown.size > 0
