"""Scheduling with a service that starts at some instants only: nothing else is offered or gets through."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.urls import reverse

from newsletter.engine.time_zones import local_instant
from newsletter.issues.digest import compose_for
from newsletter.issues.due import Due, goes_out_at
from newsletter.issues.starts import complaint, earliest
from newsletter.issues.switching import SwitchError, switch_on
from newsletter.models import Campaign, Frequency, Schedule
from tests.factories_schedules import make_schedule
from tests.integration.admin_scene import Scene, log_in
from tests.integration.mailed_by_mailchimp import at_mailchimp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db

#: Four minutes past a quarter; a campaign confirmed now can be called back for ten minutes.
NOW = datetime(2030, 7, 1, 12, 4, 30, tzinfo=UTC)


@pytest.fixture
def there(scene: Scene) -> Iterator[Scene]:
    """The scene with its newsletter at Mailchimp, and nothing of it under way."""
    Campaign.objects.update(state="cancelled")
    at_mailchimp(scene.newsletter)
    with time_machine.travel(NOW, tick=False):
        yield scene


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def schedule(scene: Scene, **data: str) -> Any:
    given = {"date": "2030-07-02", "time": "09:00", "zone": "America/New_York", "version": scene.version, **data}
    return log_in("Editor").post(scene.address("newsletter_issues:schedule"), given, follow=True)


def campaign_of(scene: Scene) -> Campaign | None:
    return Campaign.objects.filter(issue=scene.issue).first()


class TestScheduling:
    def test_the_dialog_offers_quarters_of_an_hour_and_says_why(self, there: Scene) -> None:
        page = words(log_in("Editor").get(there.address("newsletter_issues:schedule")))

        assert "Mailchimp starts on the quarters of an hour only." in page
        assert page.count('<option value="09:') == 4
        assert '<option value="09:00" selected>09:00</option>' in page

    def test_a_planned_instant_between_two_of_them_moves_to_the_next(self, there: Scene) -> None:
        address = there.address("newsletter_issues:schedule") + "?at=2030-07-03T10:07"
        assert '<option value="10:15" selected>' in words(log_in("Editor").get(address))

    @pytest.mark.parametrize(
        ("chosen", "nearest"),
        [
            ({"time": "09:07"}, "2030-07-02 09:00 and 09:15 (America/New York)"),
            ({"time": "09:07", "zone": "Asia/Kathmandu"}, "2030-07-02 09:00 and 09:15 (Asia/Kathmandu)"),
            ({"time": "23:59"}, "2030-07-02 23:45 and 2030-07-03 00:00 (America/New York)"),
        ],
    )
    def test_another_instant_is_refused_with_the_two_nearest(
        self, there: Scene, chosen: dict[str, str], nearest: str
    ) -> None:
        assert f"The nearest are {nearest}." in words(schedule(there, confirm="1", **chosen))
        assert campaign_of(there) is None

    @pytest.mark.parametrize(
        ("zone", "wall", "utc"),
        [
            ("Asia/Kathmandu", "2030-07-02T09:30", "2030-07-02T03:45"),
            ("Australia/Lord_Howe", "2030-07-02T09:15", "2030-07-01T22:45"),
            ("Europe/Berlin", "2031-03-30T02:30", "2031-03-30T01:00"),  # clocks skip it: the end of the gap
            ("Europe/Berlin", "2030-10-27T02:15", "2030-10-27T00:15"),  # clocks show it twice: the first
        ],
    )
    def test_quarters_are_on_the_grid_in_every_zone_and_on_days_when_clocks_change(
        self, there: Scene, zone: str, wall: str, utc: str
    ) -> None:
        date, time = wall.split("T")
        schedule(there, confirm="1", date=date, time=time, zone=zone)

        campaign = campaign_of(there)
        assert campaign is not None
        assert campaign.scheduled_at == datetime.fromisoformat(utc).replace(tzinfo=UTC)
        assert campaign.backend == "mailchimp"

    def test_what_is_chosen_within_the_hold_moves_to_the_first_quarter_after_it(self, there: Scene) -> None:
        page = words(schedule(there, date="2030-07-01", time="08:15"))  # 12:15 in UTC; the hold ends at 12:15
        assert "so it goes out a little later" not in page

        there.newsletter.hold_minutes = 20
        there.newsletter.save()
        page = words(schedule(there, date="2030-07-01", time="08:15"))
        assert "Monday, July 1, 2030, 12:30 UTC" in page
        assert "so it goes out a little later than you chose. Mailchimp starts on the quarters" in page

    def test_the_page_says_what_mailchimp_is_told_and_who_gets_it(self, there: Scene) -> None:
        page = words(schedule(there))
        assert "Everybody of the audience “Practice” at Mailchimp: 2 readers when last looked" in page
        assert "then it is unscheduled there, too" in page

    def test_send_now_waits_for_no_quarter(self, there: Scene) -> None:
        address = there.address("newsletter_issues:send")
        page = words(log_in("Editor").get(address))
        assert "as soon as Mailchimp takes it" in page
        assert "Let Mailchimp send it now" in page
        log_in("Editor").post(address, {"version": there.version})

        campaign = campaign_of(there)
        assert campaign is not None
        assert campaign.scheduled_at == NOW.replace(minute=15, second=0)

        there.newsletter.hold_minutes = 7
        assert earliest(there.newsletter, NOW) == NOW.replace(minute=15, second=0)

    @pytest.mark.parametrize("name", ["send", "schedule"])
    def test_a_page_that_showed_our_own_readers_does_not_mail_an_audience_there(self, scene: Scene, name: str) -> None:
        """The owner switched it over while the page was open: those who get it are others than were shown."""
        Campaign.objects.update(state="cancelled")
        address, client = scene.address(f"newsletter_issues:{name}"), log_in("Editor")
        seen = scene.version
        at_mailchimp(scene.newsletter)
        day = f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%d}"
        given = {"version": seen, "confirm": "1", "date": day, "time": "09:00", "zone": "America/New_York"}

        page = words(client.post(address, given, follow=True))

        assert "or who mails it, was changed after you opened this page" in page
        assert campaign_of(scene) is None
        client.post(address, given | {"version": scene.version})
        assert campaign_of(scene) is not None

    def test_a_newsletter_that_this_site_mails_takes_any_minute(self, scene: Scene) -> None:
        with time_machine.travel(NOW, tick=False):
            assert "quarters" not in words(log_in("Editor").get(scene.address("newsletter_issues:schedule")))
            schedule(scene, confirm="1", time="09:07")
        assert campaign_of(scene) is not None


def test_publish_and_mail_goes_by_the_same_instants(there: Scene) -> None:
    address = reverse("newsletter_issues:publish_and_mail", args=[there.story.pk])
    client = log_in("Editor")
    context = client.get(address).context
    later = {"when": "later", "date": "2030-07-02", "zone": "UTC", "display": "full", "confirm": "1"}
    given = {"newsletter": str(there.newsletter.pk), "subject": "A subject", "version": context["version"], **later}

    page = words(client.post(address, {**given, "time": "09:07"}))
    assert "The nearest are 2030-07-02 09:00 and 09:15 (UTC)." in page
    assert not Campaign.objects.filter(subject="A subject").exists()

    client.post(address, {**given, "when": "soon"})
    assert Campaign.objects.get(subject="A subject").scheduled_at == NOW.replace(minute=15, second=0)


class TestSchedules:
    GIVEN: dict[str, str] = {
        "weekday": "1",
        "time": "09:00",
        "time_zone": "Asia/Kathmandu",
        "composed_into": "campaign",
        "lead_hours": "24",
        "least_stories": "1",
        "most_stories": "10",
        "template": "",
    }

    def address(self, scene: Scene, name: str = "edit", frequency: str = "weekly") -> str:
        return reverse(f"newsletter_schedules:{name}", args=[scene.newsletter.pk, frequency])

    def test_the_form_offers_quarters_and_says_that_everybody_gets_it(self, there: Scene) -> None:
        client = log_in("Editor")
        page = words(client.get(self.address(there)))
        assert page.count('<option value="09:') == 4
        assert "goes to everybody, and one schedule can be on at a time" in page

        page = words(client.post(self.address(there), {**self.GIVEN, "time": "09:07"}))
        assert "Mailchimp starts on the quarters of an hour only. Choose such a time for it." in page
        assert not Schedule.objects.exists()
        client.post(self.address(there), self.GIVEN)
        assert Schedule.objects.get().time.isoformat() == "09:00:00"

    def test_its_pages_count_no_readers_of_a_frequency(self, there: Scene) -> None:
        make_schedule(there.newsletter, active=False)
        client = log_in("Editor")
        for address in (reverse("newsletter_schedules:index"), self.address(there, "show")):
            page = words(client.get(address))
            assert "Everybody of the audience “Practice” at Mailchimp" in page
            assert "who chose" not in page

    def test_only_one_can_be_on(self, there: Scene) -> None:
        make_schedule(there.newsletter)
        second = make_schedule(there.newsletter, frequency=Frequency.MONTHLY, active=False)
        page = words(log_in("Editor").post(self.address(there, "switch", "monthly"), {"switch": "on"}, follow=True))

        assert "readers get the same stories twice. Switch off “Weekly” first." in page
        second.refresh_from_db()
        assert not second.active

    def test_a_time_from_before_has_to_be_changed_before_it_is_switched_on(self, there: Scene) -> None:
        rule = make_schedule(there.newsletter, active=False, time="09:07")
        rule.refresh_from_db()
        with pytest.raises(SwitchError, match="Choose such a time"):
            switch_on(rule, now=NOW)
        Schedule.objects.update(time="09:15")
        rule.refresh_from_db()
        assert switch_on(rule, now=NOW)

    def test_what_it_composes_is_for_everybody_and_late_ones_go_out_on_a_quarter(self, there: Scene) -> None:
        rule = make_schedule(there.newsletter)
        issue = compose_for(rule, [there.story])
        assert (issue.frequency, issue.fits_reader) == ("", False)

        late = Due(at=NOW - timedelta(hours=1), compose_at=NOW - timedelta(hours=1))
        assert goes_out_at(rule, late, now=NOW) == NOW.replace(minute=15, second=0)


def test_an_instant_is_no_problem_where_there_is_no_grid(newsletter: Newsletter) -> None:
    at = local_instant(datetime(2030, 7, 2, 9, 7), "UTC")  # noqa: DTZ001 - a wall time
    assert complaint(newsletter, at, zone="UTC") == ""
