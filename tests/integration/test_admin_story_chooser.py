"""Choosing a story for an issue: what is new comes first, and each says what was already sent to whom."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from newsletter.models import Campaign, Delivery
from tests.factories import make_newsletter, make_story
from tests.integration.admin_scene import Scene, log_in

pytestmark = pytest.mark.django_db


class TestStoryChooser:
    def choices(self, query: str) -> str:
        address = reverse("newsletter_stories:choose_results")
        return log_in("Editor").get(f"{address}?{query}").content.decode()

    def test_it_offers_the_stories_that_this_newsletter_has_not_sent(self, scene: Scene) -> None:
        sent = scene.campaign.stories.get().story
        assert sent
        page = self.choices(f"newsletter={scene.newsletter.pk}")
        assert scene.story.title in page
        assert sent.title not in page
        assert "Dr. Ada Quist" in page

    def test_another_newsletter_has_sent_nothing_yet(self, scene: Scene) -> None:
        other = make_newsletter(name="Other", slug="other")
        sent = scene.campaign.stories.get().story
        assert sent
        assert sent.title in self.choices(f"newsletter={other.pk}")

    def test_all_stories_shows_what_was_sent_but_no_draft(self, scene: Scene) -> None:
        draft = make_story(scene.story.get_parent().specific, live=False, title="Not published")
        sent = scene.campaign.stories.get().story
        assert sent
        page = self.choices(f"newsletter={scene.newsletter.pk}&which=all")
        assert sent.title in page
        assert draft.title not in page

    def test_it_says_in_which_issue_a_story_goes_out_and_when(self, scene: Scene) -> None:
        page = " ".join(self.choices(f"newsletter={scene.newsletter.pk}&which=all").split())
        assert f"Goes out in “{scene.campaign.subject}” on" in page
        assert "Not yet sent by Rounds." in page

    def test_it_says_to_whom_it_went_and_who_has_not_got_it(self, scene: Scene) -> None:
        readers = scene.newsletter.subscriptions.values_list("subscriber_id", flat=True)
        Delivery.objects.bulk_create(
            Delivery(campaign=scene.campaign, subscriber_id=reader, state=state)
            for reader, state in zip(readers, ["accepted", "accepted", "refused"], strict=True)
        )
        Campaign.objects.update(state="sent", recipients=3, frequency="weekly")
        page = " ".join(self.choices(f"newsletter={scene.newsletter.pk}&which=all").split())
        assert "to 3 readers: those who read “Weekly”." in page
        assert "1 of 3 readers of today have not got it." in page

    def test_what_another_newsletter_sent_is_named_too(self, scene: Scene) -> None:
        other = make_newsletter(name="Other", slug="other")
        page = " ".join(self.choices(f"newsletter={other.pk}").split())
        assert "Not yet sent by Other." in page
        assert f"By Rounds: Goes out in “{scene.campaign.subject}”" in page

    def test_the_composer_says_the_same_of_its_own_stories(self, scene: Scene) -> None:
        page = (
            log_in("Doctor").get(reverse("newsletter_issues:stories", args=[scene.campaign.issue_id])).content.decode()
        )
        assert f"Goes out in “{scene.campaign.subject}” on" in page

    def test_a_longer_list_takes_no_more_queries(self, scene: Scene) -> None:
        client, address = log_in("Editor"), reverse("newsletter_stories:choose_results")
        client.get(f"{address}?which=all")

        def queries() -> int:
            with CaptureQueriesContext(connection) as seen:
                client.get(f"{address}?which=all")
            return len(seen)

        few = queries()
        for _ in range(4):
            make_story(scene.story.get_parent().specific)
        assert queries() == few

    def test_searching_narrows_the_list(self, scene: Scene) -> None:
        assert scene.story.title not in self.choices("q=nowhere")

    @pytest.mark.parametrize("newsletter", ["x", "-1", "999999999999999999999", "1e3"])
    def test_a_newsletter_that_is_none_is_no_error(self, newsletter: str, scene: Scene) -> None:
        assert "<p" in self.choices(f"newsletter={newsletter}")

    def test_a_draft_cannot_be_chosen_by_its_id(self, scene: Scene) -> None:
        draft = make_story(scene.story.get_parent().specific, live=False)
        client = log_in("Editor")
        assert client.get(reverse("newsletter_stories:chosen", args=[draft.pk])).status_code == 404
        assert client.get(reverse("newsletter_stories:chosen", args=["x"])).status_code == 404
        chosen = client.get(reverse("newsletter_stories:chosen", args=[scene.story.pk]))
        assert json.loads(chosen.content)["result"]["title"] == scene.story.title
