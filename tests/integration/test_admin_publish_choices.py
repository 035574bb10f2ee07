"""Publish & email: what was chosen after the page was shown is shown before anything of it is sent."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from blog.models import StoryPage
from newsletter.issues.choosing_backend import BackendChangedError
from newsletter.issues.publish_and_mail import Plan, Shown, publish_and_mail
from newsletter.models import Approval, Campaign, MailchimpAudience, Newsletter
from tests.factories import make_newsletter, make_story, make_subscriptions
from tests.integration.admin_scene import Scene, log_in
from tests.integration.mailed_by_mailchimp import SEGMENT_ID, at_mailchimp, connected

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db
BUTTON = "Publish and email it"


@pytest.fixture
def draft(scene: Scene) -> StoryPage:
    """A story that nobody but its writer has read yet."""
    story = make_story(scene.story.get_parent(), author=scene.story.author, live=False, title="A quiet afternoon")
    story.save_revision()
    found: StoryPage = StoryPage.objects.get(pk=story.pk)
    return found


@pytest.fixture
def other(scene: Scene) -> Newsletter:
    """With other readers and another sender than the one that the page begins with."""
    newsletter = make_newsletter(name="Specialist", slug="specialist", sender_email="office@rounds.example")
    make_subscriptions(newsletter, 7)
    return newsletter


@pytest.fixture
def editor() -> Client:
    return log_in("Editor")


def address(story: StoryPage) -> str:
    return reverse("newsletter_issues:publish_and_mail", args=[story.pk])


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def as_shown(response: Any, **changes: str) -> dict[str, str]:
    """What a browser would post back from this page, with these fields changed."""
    form = response.context["form"]
    values = {field.html_name: field.value() for field in form if form.is_bound or field.name not in ("date", "time")}
    given = {name: str(value) for name, value in values.items() if value is not None}
    return {**given, "version": str(response.context["version"]), **changes}


def confirm(editor: Client, story: StoryPage, shown: Any, **changes: str) -> Any:
    return editor.post(address(story), {**as_shown(shown, **changes), "confirm": "1"}, follow=True)


def of_story(story: StoryPage) -> list[Campaign]:
    return list(Campaign.objects.filter(stories__story=story))


def in_three_days() -> dict[str, str]:
    day = timezone.now() + timedelta(days=3)
    return {"when": "later", "date": f"{day:%Y-%m-%d}", "time": "09:00", "zone": "UTC"}


class TestAnotherNewsletter:
    def test_another_newsletter_than_the_page_showed_is_shown_and_not_mailed(
        self, editor: Client, draft: StoryPage, other: Newsletter
    ) -> None:
        shown = confirm(editor, draft, editor.get(address(draft)), newsletter=str(other.pk))

        page = words(shown)
        assert "You chose another newsletter than this page showed. Nothing was sent." in page
        assert "7 readers" in page
        assert "of Specialist" in page
        assert not of_story(draft)
        assert not StoryPage.objects.get(pk=draft.pk).live

        confirm(editor, draft, shown)
        assert [campaign.newsletter for campaign in of_story(draft)] == [other]

    def test_what_was_typed_stays_while_another_newsletter_is_looked_at(
        self, editor: Client, draft: StoryPage, other: Newsletter
    ) -> None:
        shown = editor.post(
            address(draft),
            as_shown(editor.get(address(draft)), newsletter=str(other.pk), subject="My own", preview_text="Mine"),
        )
        assert "than this page showed" not in words(shown)
        assert "of Specialist" in words(shown)
        confirm(editor, draft, shown)
        (campaign,) = of_story(draft)
        assert (campaign.newsletter, campaign.subject, campaign.issue.preview_text) == (other, "My own", "Mine")

    def test_one_that_mailchimp_mails_is_shown_with_its_audience_first(
        self, editor: Client, draft: StoryPage, other: Newsletter
    ) -> None:
        at_mailchimp(other)
        shown = confirm(editor, draft, editor.get(address(draft)), newsletter=str(other.pk))
        assert "Everybody of the audience “Practice” at Mailchimp" in words(shown)
        assert not of_story(draft)
        confirm(editor, draft, shown)
        assert [campaign.backend for campaign in of_story(draft)] == ["mailchimp"]

    def test_what_stands_against_the_other_one_is_shown_without_a_button(
        self, editor: Client, draft: StoryPage, other: Newsletter
    ) -> None:
        Newsletter.objects.filter(pk=other.pk).update(approval=Approval.SOMEBODY_ELSE)
        shown = confirm(editor, draft, editor.get(address(draft)), newsletter=str(other.pk))
        assert "Specialist asks for the approval of somebody else." in words(shown)
        assert BUTTON not in words(shown)
        confirm(editor, draft, shown)
        assert not of_story(draft)

    def test_a_page_that_was_left_and_come_back_to_sends_nothing_it_did_not_show(
        self, editor: Client, draft: StoryPage, other: Newsletter
    ) -> None:
        """Back in the browser brings the old page with the newer choice in its form."""
        first = editor.get(address(draft))
        editor.post(address(draft), as_shown(first, newsletter=str(other.pk)))
        shown = confirm(editor, draft, first, newsletter=str(other.pk))
        assert "than this page showed" in words(shown)
        assert not of_story(draft)

    def test_pressing_twice_after_looking_again_mails_once(
        self, editor: Client, draft: StoryPage, other: Newsletter
    ) -> None:
        shown = editor.post(address(draft), as_shown(editor.get(address(draft)), newsletter=str(other.pk)))
        pages = [words(confirm(editor, draft, shown)) for _ in range(2)]
        assert len(of_story(draft)) == 1
        assert "was changed or mailed after you opened this page" in pages[1]


class TestAnotherInstant:
    def test_a_time_that_was_chosen_after_the_page_was_shown_is_shown_first(
        self, editor: Client, draft: StoryPage
    ) -> None:
        shown = confirm(editor, draft, editor.get(address(draft)), **in_three_days())
        assert "It would go out at another time than this page showed. Nothing was sent." in words(shown)
        assert "09:00 UTC" in words(shown)
        assert not of_story(draft)
        confirm(editor, draft, shown)
        assert [campaign.scheduled_at.hour for campaign in of_story(draft)] == [9]

    def test_as_soon_as_possible_after_a_time_was_shown_is_shown_first(self, editor: Client, draft: StoryPage) -> None:
        shown = editor.post(address(draft), as_shown(editor.get(address(draft)), **in_three_days()))
        shown = confirm(editor, draft, shown, when="soon")
        assert "at another time than this page showed" in words(shown)
        assert not of_story(draft)

    def test_a_time_that_is_not_changed_is_confirmed_by_one_press(self, editor: Client, draft: StoryPage) -> None:
        shown = editor.post(address(draft), as_shown(editor.get(address(draft)), **in_three_days()))
        confirm(editor, draft, shown)
        assert len(of_story(draft)) == 1


class TestMeanwhile:
    def test_a_newsletter_that_was_switched_to_mailchimp_meanwhile_is_looked_at_again(
        self, scene: Scene, editor: Client, draft: StoryPage
    ) -> None:
        Campaign.objects.update(state="cancelled")
        first = editor.get(address(draft))
        at_mailchimp(scene.newsletter)
        shown = confirm(editor, draft, first)
        assert "The settings of Rounds, such as who mails it, were changed after you opened this page" in words(shown)
        assert "Everybody of the audience “Practice” at Mailchimp" in words(shown)
        assert not of_story(draft)
        confirm(editor, draft, shown)
        assert [campaign.backend for campaign in of_story(draft)] == ["mailchimp"]

    def test_one_that_is_switched_over_while_the_confirmation_is_read_is_not_mailed(
        self, scene: Scene, draft: StoryPage
    ) -> None:
        Campaign.objects.update(state="cancelled")
        plan = Plan.preset(draft, Newsletter.objects.get(pk=scene.newsletter.pk), display="full")
        seen = Shown.of(draft, plan, at=None)
        at_mailchimp(scene.newsletter)
        now = timezone.now()
        with pytest.raises(BackendChangedError):
            publish_and_mail(
                draft,
                plan,
                seen=seen,
                at=now,
                time_zone="UTC",
                user=User.objects.get(username="editor"),
                now=now,
                at_once=True,
            )
        assert not of_story(draft)
        assert not StoryPage.objects.get(pk=draft.pk).live

    def test_another_part_of_the_audience_there_is_looked_at_again(
        self, scene: Scene, editor: Client, draft: StoryPage
    ) -> None:
        at_mailchimp(scene.newsletter, segment_id=SEGMENT_ID, segment_name="Berlin")
        first = editor.get(address(draft))
        MailchimpAudience.objects.update(segment_id=None, segment_name="")
        shown = confirm(editor, draft, first)
        assert "such as who mails it, were changed after" in words(shown)
        assert not of_story(draft)

    def test_readers_who_come_and_go_meanwhile_change_nothing(
        self, scene: Scene, editor: Client, draft: StoryPage
    ) -> None:
        first = editor.get(address(draft))
        make_subscriptions(scene.newsletter, 2)
        connected(scene.newsletter)  # an audience that is only made ready mails nobody
        confirm(editor, draft, first)
        assert len(of_story(draft)) == 1

    def test_a_newsletter_that_was_deleted_meanwhile_is_no_choice_any_more(
        self, editor: Client, draft: StoryPage, scene: Scene
    ) -> None:
        gone = make_newsletter(name="Old", slug="old")
        first = editor.get(address(draft))
        shown = editor.post(address(draft), as_shown(first, newsletter=str(gone.pk)))
        assert "of Old" in words(shown)
        gone.delete()
        page = words(confirm(editor, draft, shown, newsletter=str(gone.pk)))
        assert "Select a valid choice" in page
        assert BUTTON not in page
        assert not of_story(draft)

    def test_a_newsletter_that_lost_its_sender_meanwhile_is_not_mailed(
        self, scene: Scene, editor: Client, draft: StoryPage
    ) -> None:
        first = editor.get(address(draft))
        Newsletter.objects.update(sender_email="nobody at all")
        page = words(confirm(editor, draft, first))
        assert "Has to be mended first" in page
        assert BUTTON not in page
        assert not of_story(draft)
        assert not StoryPage.objects.get(pk=draft.pk).live
