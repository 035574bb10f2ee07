"""Publish & email: a story and its mail by one press, or neither."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from blog.models import StoryPage
from newsletter.models import Approval, Campaign, Issue, Newsletter, OutgoingMail
from tests.factories import make_story
from tests.integration.admin_scene import Scene, log_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(scene: Scene) -> StoryPage:
    """A story that nobody but its writer has read yet."""
    story = make_story(scene.story.get_parent(), author=scene.story.author, live=False, title="A quiet afternoon")
    story.save_revision()
    found: StoryPage = StoryPage.objects.get(pk=story.pk)
    return found


def address(story: StoryPage) -> str:
    return reverse("newsletter_issues:publish_and_mail", args=[story.pk])


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def press(story: StoryPage, role: str = "Editor", **changes: str) -> Any:
    """Make the changes, look at what would happen then, and confirm it."""
    client = log_in(role)
    form = client.get(address(story)).context["form"]
    given = {name: str(value) for name, value in form.initial.items() if name not in ("date", "time")} | changes
    shown = client.post(address(story), given).context
    return client.post(address(story), {"version": shown["version"], **given, "confirm": "1"}, follow=True)


def nothing_happened(story: StoryPage, scene: Scene) -> bool:
    return (
        not StoryPage.objects.get(pk=story.pk).live
        and set(Issue.objects.values_list("pk", flat=True)) == {scene.issue.pk, scene.campaign.issue_id}
        and list(Campaign.objects.all()) == [scene.campaign]
        and not OutgoingMail.objects.exists()
    )


def test_the_editor_of_a_story_leads_there_for_those_who_may_do_both(draft: StoryPage) -> None:
    edit = reverse("wagtailadmin_pages:edit", args=[draft.pk])
    assert address(draft) in words(log_in("Editor").get(edit))
    assert address(draft) not in words(log_in("Doctor").get(edit, follow=True))


def test_looking_at_it_shows_what_would_happen_and_does_nothing(scene: Scene, draft: StoryPage) -> None:
    page = words(log_in("Editor").get(address(draft)))
    assert "3 readers" in page
    assert "10 minutes at least" in page
    assert "Publish and email it" in page
    assert 'value="A quiet afternoon"' in page
    assert nothing_happened(draft, scene)


def test_one_press_publishes_it_and_schedules_a_mail_of_it_after_the_hold(draft: StoryPage) -> None:
    page = words(press(draft, subject="Read this"))
    campaign = Campaign.objects.latest("pk")
    assert StoryPage.objects.get(pk=draft.pk).live
    assert (campaign.subject, [sent.story_id for sent in campaign.stories.all()]) == ("Read this", [draft.pk])
    assert campaign.issue.body[0].value["display"] == "full"
    assert timedelta(minutes=9) < campaign.scheduled_at - timezone.now() <= timedelta(minutes=11)
    assert "is published and goes out by mail" in page


def test_it_can_be_given_a_time_in_a_zone(draft: StoryPage) -> None:
    day = timezone.now() + timedelta(days=3)
    press(draft, when="later", date=f"{day:%Y-%m-%d}", time="09:00", zone="America/New_York")
    campaign = Campaign.objects.latest("pk")
    assert campaign.time_zone == "America/New_York"
    assert campaign.scheduled_at.date() == day.date()


def test_a_story_that_is_live_is_only_mailed(scene: Scene) -> None:
    before = StoryPage.objects.get(pk=scene.story.pk).live_revision_id
    press(scene.story)
    assert Campaign.objects.latest("pk").stories.get().story_id == scene.story.pk
    assert StoryPage.objects.get(pk=scene.story.pk).live_revision_id == before


def test_pressing_twice_mails_once(scene: Scene, draft: StoryPage) -> None:
    client = log_in("Editor")
    seen = client.get(address(draft)).context
    given = {name: str(value) for name, value in seen["form"].initial.items()} | {
        "version": seen["version"],
        "confirm": "1",
    }
    for _ in range(2):
        page = words(client.post(address(draft), given, follow=True))
    assert Campaign.objects.exclude(pk=scene.campaign.pk).count() == 1
    assert "was changed or mailed after you opened this page" in page


def test_what_the_editorial_check_refuses_is_neither_published_nor_mailed(scene: Scene, draft: StoryPage) -> None:
    draft.body = [("text", "<p>Ketamine cures depression in everybody, guaranteed and without any risk.</p>")]
    draft.save_revision()
    page = words(log_in("Editor").get(address(draft)))
    assert "Has to be mended first" in page
    assert "Publish and email it" not in page
    press(draft)
    assert nothing_happened(draft, scene)


def test_a_mail_that_can_not_go_out_leaves_the_story_a_draft(scene: Scene, draft: StoryPage) -> None:
    client = log_in("Editor")
    version = client.get(address(draft)).context["version"]
    Newsletter.objects.update(approval=Approval.SOMEBODY_ELSE)
    given = {"newsletter": str(scene.newsletter.pk), "subject": "Mine", "display": "full", "when": "soon"}
    page = words(client.post(address(draft), {**given, "version": version, "confirm": "1"}))
    assert "You wrote this version" in page
    assert nothing_happened(draft, scene)
    page = words(client.get(address(draft)))
    assert "Rounds asks for the approval of somebody else." in page
    assert "Publish and email it" not in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"newsletter": "999"},
        {"subject": ""},
        {"subject": "x" * 201},
        {"display": "whole"},
        {"when": "yesterday"},
        {"when": "later", "date": "2001-01-01", "time": "09:00", "zone": "UTC"},
        {"version": "0"},
    ],
)
def test_what_is_wrong_in_the_form_changes_nothing(wrong: dict[str, str], scene: Scene, draft: StoryPage) -> None:
    assert press(draft, **wrong).status_code == 200
    assert nothing_happened(draft, scene)


def test_who_may_not_publish_this_story_is_refused(scene: Scene, draft: StoryPage) -> None:
    for role in ("Doctor", "Contributor", "Analyst"):
        assert log_in(role).post(address(draft), {"confirm": "1"}).status_code == 403
    assert nothing_happened(draft, scene)
