"""An issue that fits its reader while its clicks are counted: each has the links of the stories that are there."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from newsletter.engine.message import CompiledMessage
from newsletter.issues.compose import compose
from newsletter.issues.sample import sample
from newsletter.issues.schedule import schedule
from tests.factories import make_story

if TYPE_CHECKING:
    from blog.models import StoryIndexPage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db


def test_a_story_that_is_left_out_takes_its_links_along_and_the_others_keep_their_numbers(
    stories: StoryIndexPage, newsletter: Newsletter
) -> None:
    newsletter.tracks_clicks = True
    newsletter.save()
    pair = [make_story(stories, title=title) for title in ("On sleep", "On walking")]
    issue = compose(newsletter, stories=[story.pk for story in pair])
    issue.subject, issue.preview_text, issue.fits_reader = "Two things", "", True
    issue.save_revision()
    now = timezone.now()
    campaign = schedule(issue, at=now, time_zone="UTC", approve=True, now=now)
    numbers = {link.url.rstrip("/").rpartition("/")[2]: link.number for link in campaign.links.all()}
    of_story = [numbers[story.slug] for story in pair]
    compiled = CompiledMessage.load(campaign.compiled)

    def followed(*left_out: int) -> dict[str, set[int]]:
        message: Any = message_from_bytes(sample(compiled.without(left_out), date=now), policy=policy.default)
        bodies = {kind: message.get_body((kind,)).get_content() for kind in ("html", "plain")}
        found = {kind: {int(n) for n in re.findall(rf"/r/{campaign.pk}/(\d+)", body)} for kind, body in bodies.items()}
        assert ("On sleep" in bodies["html"], "On sleep" in bodies["plain"]) == (0 not in left_out, 0 not in left_out)
        return found

    assert all(set(of_story) <= seen for seen in followed().values())
    for seen in followed(0).values():
        assert of_story[0] not in seen
        assert of_story[1] in seen
