"""Schedules in the admin: setting up, switching, what comes next and what was done; who may do what."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.urls import reverse

from newsletter.delivery.issue_notes import schedule_link
from newsletter.issues.due import next_due
from newsletter.models import Campaign, Issue, IssueTemplate, Newsletter, Schedule
from tests.factories import make_subscriptions
from tests.factories_schedules import DAY, HOUR, MONDAY, TUESDAY, make_schedule, publish_at, tick
from tests.integration.admin_scene import log_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blog.models import StoryIndexPage

pytestmark = pytest.mark.django_db

FIELDS = {
    "weekday": "1",
    "time": "09:00",
    "time_zone": "Europe/Berlin",
    "composed_into": "draft",
    "lead_hours": "24",
    "least_stories": "1",
    "most_stories": "10",
    "template": "",
}


@pytest.fixture(autouse=True)
def _on_monday(logins: None) -> Iterator[None]:
    with time_machine.travel(MONDAY, tick=False):
        yield


def at(name: str, newsletter: Newsletter, frequency: str = "weekly") -> str:
    return reverse(f"newsletter_schedules:{name}", args=[newsletter.pk, frequency])


def words(response: Any) -> str:
    page = response.content.decode()
    return " ".join(page[page.index("<main") :].split())


def set_up(newsletter: Newsletter, frequency: str = "weekly", role: str = "Editor", **fields: str) -> Any:
    return log_in(role).post(at("edit", newsletter, frequency), {**FIELDS, **fields}, follow=True)


class TestSettingUp:
    def test_the_list_has_each_frequency_of_each_newsletter_with_its_readers(self, newsletter: Newsletter) -> None:
        make_subscriptions(newsletter, 3)
        make_schedule(newsletter)
        page = words(log_in("Editor").get(reverse("newsletter_schedules:index")))
        assert "Every Tuesday at 09:00 (Europe/Berlin)." in page
        assert "3 readers" in page
        assert page.count("Not set up") == 2

    def test_a_new_one_is_off_until_it_is_switched_on_and_then_what_is_published_is_news(
        self, newsletter: Newsletter
    ) -> None:
        page = words(set_up(newsletter))
        schedule = Schedule.objects.get()
        assert not schedule.active
        assert "It does nothing until you switch it on" in page
        Schedule.objects.update(since=MONDAY - 9 * DAY, timed_from=MONDAY - 9 * DAY)
        page = words(log_in("Editor").post(at("switch", newsletter), {"switch": "on"}, follow=True))
        schedule.refresh_from_db()
        assert (schedule.active, schedule.since, schedule.timed_from) == (True, MONDAY, MONDAY)
        assert schedule.changed_by is not None
        assert schedule.changed_by.username == "editor"
        assert "Switched on" in page

    def test_switching_on_twice_keeps_what_waits_already(self, newsletter: Newsletter) -> None:
        schedule = make_schedule(newsletter, since=MONDAY - DAY)
        log_in("Owner").post(at("switch", newsletter), {"switch": "on"})
        schedule.refresh_from_db()
        assert schedule.since == MONDAY - DAY
        log_in("Owner").post(at("switch", newsletter), {"switch": "off"})
        schedule.refresh_from_db()
        assert not schedule.active

    @pytest.mark.parametrize(
        ("frequency", "asked"),
        [
            ("each_story", {"quiet_minutes"}),
            ("weekly", {"weekday", "time", "time_zone", "lead_hours"}),
            ("monthly", {"week", "weekday", "time", "time_zone", "lead_hours"}),
        ],
    )
    def test_each_frequency_is_asked_only_what_it_needs(
        self, frequency: str, asked: set[str], newsletter: Newsletter
    ) -> None:
        page = words(log_in("Editor").get(at("edit", newsletter, frequency)))
        own = {"quiet_minutes", "week", "weekday", "time", "time_zone", "lead_hours"}
        assert {name for name in own if f'name="{name}"' in page} == asked
        fields = {"quiet_minutes": "30", "week": "5"}
        assert "Set up." in words(set_up(newsletter, frequency, **fields))

    @pytest.mark.parametrize(
        ("fields", "complaint"),
        [
            ({"least_stories": "5", "most_stories": "2"}, "nothing would ever go out"),
            ({"time_zone": "Mars/Olympus"}, "Select a valid choice"),
            ({"weekday": "7"}, "Select a valid choice"),
            ({"most_stories": "21"}, "less than or equal to 20"),
            ({"least_stories": "0"}, "greater than or equal to 1"),
            ({"lead_hours": "999"}, "less than or equal to 168"),
            ({"time": "25:00"}, "Enter a valid time"),
        ],
    )
    def test_what_makes_no_sense_is_said_so_and_not_kept(
        self, fields: dict[str, str], complaint: str, newsletter: Newsletter
    ) -> None:
        assert complaint in words(set_up(newsletter, **fields))
        assert not Schedule.objects.exists()

    def test_only_templates_of_this_newsletter_or_of_all_can_be_chosen(self, newsletter: Newsletter) -> None:
        from tests.factories import make_newsletter

        other = make_newsletter(name="Other", slug="other")
        for name, owner in (("Ours", newsletter), ("Everybody's", None), ("Theirs", other)):
            IssueTemplate.objects.create(name=name, newsletter=owner)
        page = words(log_in("Editor").get(at("edit", newsletter)))
        assert [name in page for name in ("Ours", "Everybody&#x27;s", "Theirs")] == [True, True, False]

    def test_a_changed_hour_holds_from_now_on_and_makes_up_for_nothing(self, newsletter: Newsletter) -> None:
        schedule = make_schedule(newsletter, timed_from=MONDAY - 30 * DAY, since=MONDAY - 30 * DAY)
        set_up(newsletter, weekday="0", time="08:00", composed_into="campaign")
        schedule.refresh_from_db()
        due = next_due(schedule)
        assert due is not None
        assert due.at == MONDAY + 7 * DAY - 5 * HOUR, "this Monday's eight o'clock is over"
        assert schedule.since == MONDAY - 30 * DAY, "no story is lost by it"
        set_up(newsletter, weekday="0", time="08:00", composed_into="campaign", most_stories="5")
        assert Schedule.objects.get().timed_from == MONDAY


class TestOnePage:
    def test_it_shows_three_instants_on_both_clocks_and_what_is_new(
        self, newsletter: Newsletter, stories: StoryIndexPage
    ) -> None:
        make_schedule(newsletter)
        publish_at(stories, MONDAY + HOUR, title="Light at night")
        page = words(log_in("Editor").get(at("show", newsletter)))
        for moment in ("Jan. 6, 2026, 08:00 UTC", "Jan. 6, 2026, 03:00 EST", "Jan. 13, 2026", "Jan. 20, 2026"):
            assert moment in page
        assert "Jan. 27" not in page
        assert "Light at night" in page

    def test_it_shows_what_it_did_with_the_issue(self, newsletter: Newsletter, stories: StoryIndexPage) -> None:
        make_schedule(newsletter, composed_into="draft")
        tick(TUESDAY - HOUR)
        publish_at(stories, TUESDAY, title="Light at night")
        tick(TUESDAY + 7 * DAY - HOUR)
        page = words(log_in("Editor").get(at("show", newsletter)))
        issue = Issue.objects.get()
        assert f'href="{reverse("newsletter_issues:edit", args=[issue.pk])}"' in page
        assert page.index("composed for approval") < page.index("nothing new")
        assert "1 story" in page

    def test_a_failing_one_says_so_everywhere(self, newsletter: Newsletter) -> None:
        make_schedule(newsletter, failure="ValueError: nobody thought of this", failing_since=MONDAY)
        client = log_in("Editor")
        assert "ValueError: nobody thought of this" in words(client.get(at("show", newsletter)))
        assert "fails" in words(client.get(reverse("newsletter_schedules:index")))
        assert "Rounds: Weekly fails" in words(client.get(reverse("wagtailadmin_home")))

    def test_a_frequency_that_is_none_is_not_found(self, newsletter: Newsletter) -> None:
        assert log_in("Owner").get(at("show", newsletter, "yearly")).status_code == 404
        assert log_in("Owner").post(at("switch", newsletter), {"switch": "on"}).status_code == 404


class TestRoles:
    @pytest.mark.parametrize(("role", "sees"), [("Doctor", True), ("Analyst", True), ("Contributor", False)])
    def test_who_may_not_change_them_sees_no_button_and_is_refused(
        self, role: str, sees: bool, newsletter: Newsletter
    ) -> None:
        make_schedule(newsletter, active=False)
        client = log_in(role)
        assert (client.get(at("show", newsletter)).status_code == 200) is sees
        assert client.get(reverse("newsletter_calendar:index")).status_code == (200 if sees else 403)
        if sees:
            page = words(client.get(at("show", newsletter)))
            assert "Switch on" not in page
            assert at("edit", newsletter) not in page
        assert client.post(at("switch", newsletter), {"switch": "on"}).status_code == 403
        assert client.post(at("edit", newsletter), FIELDS).status_code == 403
        assert not Schedule.objects.get().active


class TestApproving:
    """From the mail or the first page: one page, two clicks."""

    @pytest.fixture
    def issue(self, newsletter: Newsletter, stories: StoryIndexPage) -> Issue:
        make_subscriptions(newsletter, 1)
        make_schedule(newsletter, composed_into="draft")
        publish_at(stories, MONDAY + HOUR, title="Light at night")
        tick(TUESDAY - 12 * HOUR)
        return Issue.objects.get()

    def test_the_link_leads_to_its_instant_and_looking_it_over_and_confirming_is_all(self, issue: Issue) -> None:
        client = log_in("Editor")
        run = issue.schedule_runs.get()
        with time_machine.travel(TUESDAY - 11 * HOUR, tick=False):
            link = schedule_link(run, now=TUESDAY - 11 * HOUR)
            assert f'href="{link}"' in words(client.get(reverse("wagtailadmin_home"))).replace("&amp;", "&")
            first = client.get(link)
            form = first.context["form"]
            given = {name: form[name].value() for name in ("date", "time", "zone")}
            assert f"{given['date']} {given['time']} {given['zone']}" == "2026-01-06 03:00:00 America/New_York"
            version = first.context["confirmation"].version
            page = words(client.post(link, given))
            assert "Only those who read" in page
            client.post(link, {**given, "version": version, "confirm": "1"})
            campaign = Campaign.objects.get()
            assert (campaign.scheduled_at, campaign.frequency) == (TUESDAY, "weekly")
            assert "Composed, and waiting for you" not in words(client.get(reverse("wagtailadmin_home")))

    def test_a_doctor_is_led_to_the_issue_which_she_may_approve(self, issue: Issue) -> None:
        page = words(log_in("Doctor").get(reverse("wagtailadmin_home")))
        assert "Composed, and waiting for you" in page
        assert f'href="{reverse("newsletter_issues:edit", args=[issue.pk])}"' in page
        assert reverse("newsletter_issues:schedule", args=[issue.pk]) not in page

    @pytest.mark.parametrize("text", ["", "yesterday", "2020-01-01T09:00:00+00:00", "9999-99-99T09:00", "%00"])
    def test_an_instant_that_is_none_or_over_is_left_out(self, issue: Issue, text: str) -> None:
        page = log_in("Editor").get(reverse("newsletter_issues:schedule", args=[issue.pk]), {"at": text})
        assert page.status_code == 200
        assert page.context["form"]["time"].value().hour == 9

    def test_once_its_time_is_over_the_link_has_no_instant(self, issue: Issue) -> None:
        run = issue.schedule_runs.get()
        assert "?at=" in schedule_link(run, now=TUESDAY - timedelta(seconds=1))
        assert "?" not in schedule_link(run, now=TUESDAY)
