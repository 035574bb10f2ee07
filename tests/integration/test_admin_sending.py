"""Send now, Schedule, and tests to oneself: one POST, one campaign, or a form that says why not."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from newsletter.issues.compose import compose
from newsletter.models import Campaign, Issue, Newsletter, OutgoingMail
from tests.integration.admin_scene import Scene, log_in, make_scene
from tests.stages import stage

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db
JULY = "2030-07-01 12:00:00+00:00"


@stage
def scene_in_july() -> Scene:
    with time_machine.travel(JULY, tick=False):
        return make_scene()


def campaigns_of(issue: Issue) -> list[Campaign]:
    return list(Campaign.objects.filter(issue=issue))


def without_approval(scene: Scene) -> Client:
    """An editor of a publication where somebody else has to approve."""
    Group.objects.get(name="Editor").permissions.remove(Permission.objects.get(codename="publish_issue"))
    return log_in("Editor")


def words(response: Any) -> str:
    """A response of the test client as one line."""
    return " ".join(response.content.decode().split())


class TestSendNow:
    def send(self, client: Client, scene: Scene, version: str = "") -> Any:
        address = scene.address("newsletter_issues:send")
        return client.post(address, {"version": version or scene.version}, follow=True)

    def test_the_page_shows_recipients_subject_and_the_instant_in_both_zones_and_does_nothing(
        self, scene: Scene
    ) -> None:
        with time_machine.travel(JULY, tick=False):
            page = words(log_in("Editor").get(scene.address("newsletter_issues:send")))
        assert "3 readers" in page
        assert scene.issue.subject in page
        assert "12:10 UTC" in page
        assert "08:10 EDT" in page
        assert "It waits 10 minutes, in which one click calls it back." in page
        assert campaigns_of(scene.issue) == []

    def test_one_press_makes_one_campaign_and_approves_the_version(self, scene: Scene) -> None:
        page = words(self.send(log_in("Editor"), scene))
        (campaign,) = campaigns_of(scene.issue)
        assert campaign.created_by == User.objects.get(username="editor")
        assert campaign.scheduled_at - timezone.now() > timedelta(minutes=9)
        assert Issue.objects.get(pk=scene.issue.pk).live
        assert "Until then one click calls it back." in page

    def test_without_a_hold_it_goes_out_at_once(self, scene: Scene) -> None:
        Newsletter.objects.update(hold_minutes=0)
        page = words(self.send(log_in("Editor"), scene))
        assert campaigns_of(scene.issue)[0].scheduled_at <= timezone.now()
        assert "is going out" in page

    def test_pressing_twice_or_in_two_browsers_makes_one_campaign(self, scene: Scene) -> None:
        version = scene.version
        for role in ["Editor", "Editor", "Owner"]:
            self.send(log_in(role), scene, version)
        assert len(campaigns_of(scene.issue)) == 1

    def test_a_version_that_changed_after_the_page_was_opened_is_not_sent(self, scene: Scene) -> None:
        seen = scene.version
        draft = scene.issue.get_latest_revision_as_object()
        draft.subject = "Changed by a colleague"
        draft.save_revision(overwrite_revision=scene.issue.latest_revision)  # as autosave does: under the same id
        page = words(self.send(log_in("Editor"), scene, seen))
        assert "was changed after you opened this page" in page
        assert campaigns_of(scene.issue) == []

    @pytest.mark.parametrize("version", ["0", "x", "<script>"])
    def test_a_forged_version_sends_nothing(self, version: str, scene: Scene) -> None:
        self.send(log_in("Editor"), scene, version)
        assert campaigns_of(scene.issue) == []

    def test_an_empty_issue_is_refused_by_name(self, scene: Scene) -> None:
        draft = scene.issue.get_latest_revision_as_object()
        draft.body = []
        draft.save_revision()
        scene.issue.refresh_from_db()
        page = words(self.send(log_in("Editor"), scene))
        assert "Has to be mended first" in page
        assert "Send to 3 readers now" not in page
        assert campaigns_of(scene.issue) == []

    def test_an_issue_that_went_out_cannot_go_out_again(self, scene: Scene) -> None:
        self.send(log_in("Editor"), scene)
        page = words(log_in("Editor").get(scene.address("newsletter_issues:send")))
        assert "can't go out a second time" in page

    def test_nothing_can_be_smuggled_into_the_campaign(self, scene: Scene) -> None:
        data = {"version": scene.version, "state": "sent", "recipients": "9", "key": "mine", "backend": "console"}
        log_in("Editor").post(scene.address("newsletter_issues:send"), data)
        (campaign,) = campaigns_of(scene.issue)
        assert (campaign.state, campaign.recipients, campaign.backend) == ("scheduled", 0, "default")
        assert campaign.key != "mine"

    def test_who_may_not_approve_sends_nothing_that_nobody_approved(self, scene: Scene) -> None:
        client = without_approval(scene)
        page = words(client.get(scene.address("newsletter_issues:send")))
        assert "This issue is not approved." in page
        self.send(client, scene)
        assert campaigns_of(scene.issue) == []

    def test_who_may_not_approve_sends_the_version_that_was_approved(self, scene: Scene) -> None:
        scene.issue.get_latest_revision().publish()
        approved_subject = scene.issue.subject
        draft = Issue.objects.get(pk=scene.issue.pk).get_latest_revision_as_object()
        draft.subject = "Not approved"
        draft.save_revision()
        client = without_approval(scene)
        page = words(client.get(scene.address("newsletter_issues:send")))
        assert "The approved version goes out" in page
        self.send(client, scene)
        (campaign,) = campaigns_of(scene.issue)
        assert campaign.subject == approved_subject

    def test_looking_at_the_page_takes_few_queries(self, scene: Scene, django_assert_max_num_queries: object) -> None:
        client = log_in("Editor")
        client.get(scene.address("newsletter_issues:send"))
        with django_assert_max_num_queries(90, connection=connection):  # type: ignore[operator]
            client.get(scene.address("newsletter_issues:send"))


class TestSchedule:
    def post(self, scene: Scene, **data: str) -> Any:
        given = {"date": "2030-07-02", "time": "09:00", "zone": "America/New_York", "version": scene.version, **data}
        return log_in("Editor").post(scene.address("newsletter_issues:schedule"), given, follow=True)

    @pytest.fixture(autouse=True)
    def _on_the_first_of_july(self) -> object:
        with time_machine.travel(JULY, tick=False):
            yield

    @pytest.fixture
    def scene(self, scene_in_july: Scene) -> Scene:
        return scene_in_july

    def test_the_form_starts_in_the_newsletters_zone(self, scene: Scene) -> None:
        page = words(log_in("Editor").get(scene.address("newsletter_issues:schedule")))
        assert '<option value="America/New_York" selected>' in page

    def test_looking_it_over_shows_both_zones_and_changes_nothing(self, scene: Scene) -> None:
        page = words(self.post(scene))
        assert "Tuesday, July 2, 2030, 13:00 UTC" in page
        assert "Tuesday, July 2, 2030, 09:00 EDT" in page
        assert "3 readers" in page
        assert campaigns_of(scene.issue) == []

    def test_confirming_makes_the_campaign_for_that_instant_in_that_zone(self, scene: Scene) -> None:
        self.post(scene, confirm="1")
        (campaign,) = campaigns_of(scene.issue)
        assert campaign.scheduled_at.isoformat() == "2030-07-02T13:00:00+00:00"
        assert campaign.time_zone == "America/New_York"

    @pytest.mark.parametrize("confirm", [{}, {"confirm": "1"}])
    def test_an_instant_in_the_past_is_a_form_error_and_nothing_changes(
        self, confirm: dict[str, str], scene: Scene
    ) -> None:
        page = words(self.post(scene, date="2030-07-01", time="07:59", **confirm))
        assert "This time has passed" in page
        assert campaigns_of(scene.issue) == []
        assert not Issue.objects.get(pk=scene.issue.pk).live

    @pytest.mark.parametrize(
        "wrong",
        [
            {"date": "2030-02-31"},
            {"date": ""},
            {"date": "9999-12-31"},
            {"date": "2099-01-01"},
            {"time": "25:00"},
            {"time": "noon"},
            {"zone": "Mars/Olympus"},
            {"zone": "../../etc/passwd"},
            {"zone": ""},
        ],
    )
    def test_what_is_no_instant_is_a_form_error(self, wrong: dict[str, str], scene: Scene) -> None:
        page = words(self.post(scene, confirm="1", **wrong))
        assert "w-field__errors" in page
        assert campaigns_of(scene.issue) == []

    def test_a_time_that_clocks_skip_moves_to_the_end_of_the_gap_and_the_page_says_so(self, scene: Scene) -> None:
        with time_machine.travel("2031-03-01 12:00:00+00:00", tick=False):
            page = words(self.post(scene, date="2031-03-09", time="02:30"))
        assert "Clocks skip the time you chose" in page
        assert "03:00 EDT" in page

    def test_a_second_schedule_for_another_time_keeps_the_first_and_says_so(self, scene: Scene) -> None:
        self.post(scene, confirm="1")
        page = words(self.post(scene, confirm="1", date="2030-07-05"))
        (campaign,) = campaigns_of(scene.issue)
        assert campaign.scheduled_at.day == 2
        assert "was scheduled already, for Tuesday, July 2, 2030, 13:00 UTC" in page

    def test_seconds_count(self, scene: Scene) -> None:
        self.post(scene, confirm="1", date="2030-07-01", time="08:20:20")
        assert campaigns_of(scene.issue)[0].scheduled_at.second == 20

    def test_what_is_planned_sooner_than_the_hold_waits_for_it_and_the_page_says_so(self, scene: Scene) -> None:
        shown = self.post(scene, date="2030-07-01", time="08:03")
        assert "a little later than you chose" in words(shown)
        assert "08:10 EDT" in words(shown)
        self.post(scene, confirm="1", date="2030-07-01", time="08:03", at=shown.context["at"])
        assert campaigns_of(scene.issue)[0].scheduled_at.isoformat() == "2030-07-01T12:10:00+00:00"

    @pytest.mark.parametrize(("minutes", "is_scheduled"), [(1, True), (5, True), (6, False)])
    def test_what_waits_for_the_hold_moves_on_while_somebody_reads_but_not_far(
        self, scene: Scene, minutes: int, is_scheduled: bool
    ) -> None:
        shown = self.post(scene, date="2030-07-01", time="08:03")
        with time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=False):
            again = self.post(scene, confirm="1", date="2030-07-01", time="08:07", at=shown.context["at"])
        assert bool(campaigns_of(scene.issue)) is is_scheduled
        assert ("It is too late for the time" in words(again)) is not is_scheduled

    @pytest.mark.parametrize("at", ["", "soon", "2030-07-01T12:10:00", "9999-12-31T23:59:59+00:00"])
    def test_what_no_page_of_ours_says_is_shown_again(self, scene: Scene, at: str) -> None:
        again = self.post(scene, confirm="1", date="2030-07-01", time="08:03", at=at)
        assert "It is too late for the time" in words(again)
        assert not campaigns_of(scene.issue)


class TestTestSend:
    def test_without_a_choice_it_goes_to_the_own_address_whatever_else_is_posted(self, scene: Scene) -> None:
        data = {"email": "stranger@example.com", "recipient": "stranger@example.com"}
        log_in("Editor").post(scene.address("newsletter_issues:test"), data)
        assert [mail.recipient for mail in OutgoingMail.objects.all()] == ["editor@example.com"]

    @pytest.mark.parametrize(
        "address", ["stranger@example.com", "editor@example.com, stranger@example.com", "doctor@example.com", "nobody"]
    )
    def test_an_address_that_is_not_open_to_tests_is_refused(self, address: str, scene: Scene) -> None:
        Newsletter.objects.update(test_addresses="litmus@example.com")
        response = log_in("Editor").post(scene.address("newsletter_issues:test"), {"to": address}, follow=True)
        assert "Tests go to your own address" in words(response)
        assert not OutgoingMail.objects.exists()

    def test_an_address_that_the_newsletter_lists_can_be_chosen(self, scene: Scene) -> None:
        Newsletter.objects.update(test_addresses="litmus@example.com\n")
        client, address = log_in("Editor"), scene.address("newsletter_issues:test")
        page = client.get(address).content.decode()
        assert '<option value="editor@example.com">' in page
        assert '<option value="litmus@example.com">' in page
        client.post(address, {"to": "litmus@example.com"})
        assert [mail.recipient for mail in OutgoingMail.objects.all()] == ["litmus@example.com"]

    def test_opening_the_page_sends_nothing(self, scene: Scene) -> None:
        page = words(log_in("Doctor").get(scene.address("newsletter_issues:test")))
        assert "doctor@example.com" in page
        assert OutgoingMail.objects.count() == 0

    def test_a_login_without_address_is_told_where_to_add_one(self, scene: Scene) -> None:
        User.objects.filter(username="editor").update(email="")
        client = log_in("Editor")
        assert "has no mail address" in words(client.get(scene.address("newsletter_issues:test")))
        page = words(client.post(scene.address("newsletter_issues:test"), follow=True))
        assert "has no address" in page
        assert OutgoingMail.objects.count() == 0

    @pytest.mark.slow
    def test_tests_are_capped(self, scene: Scene) -> None:
        client = log_in("Editor")
        for _ in range(21):
            response = client.post(scene.address("newsletter_issues:test"), follow=True)
        assert OutgoingMail.objects.count() == 20
        assert "20 tests within an hour" in words(response)

    def test_it_makes_no_campaign(self, scene: Scene) -> None:
        log_in("Editor").post(scene.address("newsletter_issues:test"))
        assert campaigns_of(scene.issue) == []


@pytest.mark.parametrize("name", ["send", "schedule", "test"])
def test_an_issue_that_does_not_exist_is_not_found(name: str, scene: Scene) -> None:
    assert log_in("Editor").get(reverse(f"newsletter_issues:{name}", args=[10**9])).status_code == 404
    assert log_in("Editor").post(reverse(f"newsletter_issues:{name}", args=[10**9])).status_code == 404


def test_a_cancelled_campaign_makes_room_for_the_next(scene: Scene) -> None:
    client = log_in("Editor")
    client.post(reverse("newsletter_campaigns:control", args=[scene.campaign.pk, "cancel"]))
    issue = scene.campaign.issue
    again = compose(scene.newsletter, stories=[scene.story.pk])
    assert again.pk != issue.pk
    page = words(client.get(reverse("newsletter_issues:send", args=[issue.pk])))
    assert "Send to 3 readers now" in page
    assert timedelta(0) < scene.campaign.scheduled_at - timezone.now()
