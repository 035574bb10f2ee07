"""Composing an issue of the stories that were not sent yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from wagtail.models import ModelLogEntry

from newsletter.issues.compose import ComposeError, compose
from newsletter.issues.queries import current_campaign, stories_in, unsent_stories
from newsletter.models import Campaign, CampaignStory, Issue
from tests.factories import make_newsletter, make_story

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from blog.models import StoryIndexPage, StoryPage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db


def campaign_with(story: StoryPage, newsletter: Newsletter, state: str) -> Campaign:
    issue = compose(newsletter, stories=[story.pk])
    campaign = Campaign.objects.create(
        issue=issue,
        newsletter=newsletter,
        key=f"{issue.pk}:0",
        revision=1,
        compiled=b"",
        scheduled_at=timezone.now(),
        state=state,
    )
    CampaignStory.objects.create(campaign=campaign, story=story)
    return campaign


def test_an_issue_takes_all_new_stories_the_newest_first(stories: StoryIndexPage, newsletter: Newsletter) -> None:
    older, newer = make_story(stories, title="Older"), make_story(stories, title="Newer")
    issue = Issue.objects.get(pk=compose(newsletter).pk)
    assert stories_in(issue) == [newer, older]
    assert issue.subject == "Newer and 1 more"
    assert not issue.live
    assert issue.latest_revision is not None


def test_named_stories_stand_in_the_order_they_were_named(stories: StoryIndexPage, newsletter: Newsletter) -> None:
    one, two, three = (make_story(stories, title=title) for title in ("One", "Two", "Three"))
    issue = compose(newsletter, stories=[two.pk, three.pk, one.pk, two.pk])
    assert stories_in(issue) == [two, three, one]
    assert issue.subject == "Two and 2 more"


def test_one_story_gives_its_title_and_standfirst(stories: StoryIndexPage, newsletter: Newsletter) -> None:
    make_story(stories, title="Sleep  first", standfirst="Why sleep\ncomes first.")
    issue = compose(newsletter)
    assert (issue.subject, issue.preview_text) == ("Sleep first", "Why sleep comes first.")


def test_long_titles_and_standfirsts_are_shortened_to_fit(stories: StoryIndexPage, newsletter: Newsletter) -> None:
    make_story(stories)
    make_story(stories, title="A" * 255, standfirst="word " * 79)
    issue = compose(newsletter)
    assert len(issue.subject) == 200
    assert issue.subject.endswith("… and 1 more")
    assert len(issue.preview_text) <= 110


def test_the_history_says_who_composed_it(
    stories: StoryIndexPage, newsletter: Newsletter, django_user_model: type[User]
) -> None:
    make_story(stories)
    editor = django_user_model.objects.create_user("editor")
    issue = compose(newsletter, user=editor)
    entry = ModelLogEntry.objects.get(object_id=str(issue.pk), action="wagtail.create")
    assert entry.user == editor


@pytest.mark.parametrize(
    ("state", "again"),
    [("scheduled", False), ("sending", False), ("held", False), ("sent", False), ("cancelled", True), ("failed", True)],
)
def test_a_story_is_new_until_a_campaign_carries_it(
    stories: StoryIndexPage, newsletter: Newsletter, state: str, again: bool
) -> None:
    story = make_story(stories)
    campaign = campaign_with(story, newsletter, state)
    assert unsent_stories(newsletter).exists() is again
    assert current_campaign(campaign.issue) == (None if again else campaign)


def test_another_newsletters_campaign_does_not_count(stories: StoryIndexPage, newsletter: Newsletter) -> None:
    story = make_story(stories)
    campaign_with(story, make_newsletter(slug="other"), "sent")
    assert list(unsent_stories(newsletter)) == [story]


def test_without_new_stories_nothing_is_created(stories: StoryIndexPage, newsletter: Newsletter) -> None:
    make_story(stories, live=False)
    with pytest.raises(ComposeError, match="Rounds has no new stories"):
        compose(newsletter)
    assert not Issue.objects.exists()


def test_unknown_and_unpublished_stories_are_named_and_nothing_is_created(
    stories: StoryIndexPage, newsletter: Newsletter
) -> None:
    live, draft = make_story(stories), make_story(stories, live=False)
    with pytest.raises(ComposeError, match=f"Stories {draft.pk}, 999999 are unknown or not published"):
        compose(newsletter, stories=[live.pk, draft.pk, 999999])
    assert not Issue.objects.exists()


def test_a_story_that_was_sent_can_be_named_again(stories: StoryIndexPage, newsletter: Newsletter) -> None:
    story = make_story(stories)
    campaign_with(story, newsletter, "sent")
    assert stories_in(compose(newsletter, stories=[story.pk])) == [story]
