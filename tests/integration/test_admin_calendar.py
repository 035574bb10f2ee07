"""The calendar, and the button that pauses everything, in the admin."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.urls import reverse
from wagtail.users.models import UserProfile

from newsletter.admin.schedules.upcoming import calendar
from newsletter.delivery import halt
from newsletter.models import Campaign, Newsletter, SendingHalt
from tests.factories_delivery import make_campaign, make_sending_campaign
from tests.factories_schedules import DAY, HOUR, MINUTE, MONDAY, TUESDAY, make_schedule, publish_at, tick
from tests.integration.admin_scene import log_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blog.models import StoryIndexPage

pytestmark = pytest.mark.django_db
CALENDAR, HALT, GO_ON = (f"newsletter_calendar:{name}" for name in ("index", "halt", "go_on"))


@pytest.fixture(autouse=True)
def _on_monday(logins: None) -> Iterator[None]:
    with time_machine.travel(MONDAY, tick=False):
        yield


def words(response: Any) -> str:
    page = response.content.decode()
    return " ".join(page[page.index("<main") :].split())


def entries(now: Any = MONDAY, zone: str = "UTC") -> list[tuple[str, str, str]]:
    return [
        (f"{entry.at:%m-%d %H:%M}", entry.kind, entry.title)
        for day in calendar(zone=zone, now=now)
        for entry in day.entries
    ]


class TestCalendar:
    def test_campaigns_drafts_and_rules_stand_in_the_order_of_their_instants(
        self, newsletter: Newsletter, stories: StoryIndexPage
    ) -> None:
        make_schedule(newsletter, composed_into="draft")
        make_schedule(newsletter, frequency="monthly", week=1, weekday=2)
        publish_at(stories, MONDAY + HOUR, title="Light at night")
        tick(TUESDAY - 12 * HOUR)
        make_campaign(newsletter, subject="By hand", scheduled_at=TUESDAY - HOUR, state="scheduled")
        make_campaign(newsletter, subject="Cancelled", scheduled_at=TUESDAY, state="cancelled")
        now = TUESDAY - 11 * HOUR
        found = entries(now)
        assert found[:3] == [
            ("01-06 07:00", "campaign", "By hand"),
            ("01-06 08:00", "draft", "Light at night"),
            ("01-07 08:00", "rule", "Monthly"),
        ]
        weekly = [at for at, kind, title in found if (kind, title) == ("rule", "Weekly")]
        assert weekly[:2] == ["01-13 08:00", "01-20 08:00"], "the draft stands there itself"
        assert len(weekly) == 8
        assert [at for at, _, title in found if title == "Monthly"] == ["01-07 08:00", "02-04 08:00", "03-04 08:00"]

    def test_a_rule_says_how_many_stories_it_has_so_far_and_later_ones_only_if(
        self, newsletter: Newsletter, stories: StoryIndexPage
    ) -> None:
        make_schedule(newsletter)
        for _ in range(2):
            publish_at(stories, MONDAY + HOUR)
        first, second, *_ = [entry for day in calendar(zone="UTC", now=MONDAY) for entry in day.entries]
        assert first.detail == "Every Tuesday at 09:00 (Europe/Berlin): 2 stories so far."
        assert second.detail == "Every Tuesday at 09:00 (Europe/Berlin), if there is something new."

    def test_a_story_that_waits_for_its_quiet_stands_there(
        self, newsletter: Newsletter, stories: StoryIndexPage
    ) -> None:
        make_schedule(newsletter, frequency="each_story")
        assert entries() == []
        publish_at(stories, MONDAY)
        assert entries() == [("01-05 12:30", "rule", "Each story")]

    def test_days_are_those_of_the_reader_s_clock_and_the_other_one_stands_beside_it(
        self, newsletter: Newsletter
    ) -> None:
        make_campaign(newsletter, subject="Late", scheduled_at=TUESDAY - 6 * HOUR, state="scheduled")
        UserProfile.objects.update_or_create(
            user=User.objects.get(username="editor"), defaults={"current_time_zone": "Asia/Tokyo"}
        )
        page = words(log_in("Editor").get(reverse(CALENDAR)))
        assert re.search(r"<h2[^>]*>Tuesday, Jan. 6, 2026</h2>", page)
        assert "11:00 JST" in page
        assert "In America/New York it is Monday, Jan. 5, 2026, 21:00 EST." in page

    def test_one_clock_is_enough_where_both_show_the_same(self, newsletter: Newsletter) -> None:
        Newsletter.objects.update(time_zone="UTC")
        make_campaign(newsletter, scheduled_at=TUESDAY, state="scheduled")
        assert "it is Tuesday" not in words(log_in("Editor").get(reverse(CALENDAR)))

    def test_links_lead_only_where_the_person_may_go(self, newsletter: Newsletter) -> None:
        campaign = make_campaign(newsletter, scheduled_at=TUESDAY, state="scheduled")
        address = reverse("newsletter_campaigns:show", args=[campaign.pk])
        assert address in words(log_in("Analyst").get(reverse(CALENDAR)))
        doctor = words(log_in("Doctor").get(reverse(CALENDAR)))
        assert address not in doctor
        assert campaign.subject in doctor

    def test_an_unknown_zone_breaks_nothing(self, newsletter: Newsletter) -> None:
        make_schedule(newsletter, time_zone="Mars/Olympus")
        assert log_in("Editor").get(reverse(CALENDAR)).status_code == 200

    def test_an_empty_one_says_what_to_do(self, newsletter: Newsletter) -> None:
        assert "Nothing is planned." in words(log_in("Editor").get(reverse(CALENDAR)))


class TestPausingEverything:
    def test_one_button_with_a_reason_pauses_and_another_lets_it_go_on(self, newsletter: Newsletter) -> None:
        campaign = make_sending_campaign(newsletter)
        client = log_in("Editor")
        for page in ("wagtailadmin_home", CALENDAR):
            assert "Pause everything now" in words(client.get(reverse(page)))
        told = words(client.post(reverse(HALT), {"reason": "The <wrong> list"}, follow=True))
        assert "Everything is paused." in told
        assert "The &lt;wrong&gt; list" in told
        assert Campaign.objects.get().state == "paused"
        told = words(client.post(reverse(GO_ON), follow=True))
        assert "Everything goes on. 1 campaign is sent further." in told
        campaign.refresh_from_db()
        assert (campaign.state, SendingHalt.objects.exists()) == ("sending", False)
        assert "Nothing was paused" in words(client.post(reverse(GO_ON), follow=True))

    @pytest.mark.parametrize("role", ["Owner", "Editor", "Doctor", "Analyst"])
    def test_a_banner_stands_on_the_newsletters_pages_for_everybody_who_sees_them(
        self, role: str, newsletter: Newsletter
    ) -> None:
        campaign = make_campaign(newsletter, state="sent")
        halt.halt(reason="The wrong list", user=User.objects.get(username="owner"), now=MONDAY - MINUTE)
        pages = {
            "Owner": ["newsletter_issues:list", "newsletter_newsletters:index", HALT, "newsletter_subscribers:index"],
            "Editor": ["newsletter_issues:list", "newsletter_campaigns:index", "newsletter_issues:compose"],
            "Doctor": ["newsletter_issues:list", "newsletter_schedules:index"],
            "Analyst": ["newsletter_campaigns:index", CALENDAR],
        }
        client = log_in(role)
        addresses = [reverse(name) for name in pages[role]]
        if role != "Doctor":
            addresses.append(reverse("newsletter_campaigns:show", args=[campaign.pk]))
        if role != "Analyst":
            addresses.append(reverse("newsletter_issues:edit", args=[campaign.issue_id]))
        for address in addresses:
            page = words(client.get(address))
            assert page.count("Everything is paused.") == 1, address
            assert "by owner" in page
            assert "Single mails, such as confirmations, go on." in page
            assert ("Let everything go on" in page) is (role in {"Owner", "Editor"})

    def test_other_pages_and_quiet_times_have_no_banner(self, newsletter: Newsletter) -> None:
        client = log_in("Owner")
        assert "Everything is paused." not in words(client.get(reverse("newsletter_issues:list")))
        halt.halt(now=MONDAY)
        assert "Everything is paused." not in words(client.get(reverse("wagtailimages:index")))
        assert "Everything is paused." in words(client.get(reverse("wagtailadmin_home")))

    def test_the_page_of_a_paused_campaign_offers_no_resume(self, newsletter: Newsletter) -> None:
        campaign = make_sending_campaign(newsletter)
        halt.halt(now=MONDAY)
        client = log_in("Owner")
        assert "resume/" not in words(client.get(reverse("newsletter_campaigns:show", args=[campaign.pk])))
        answer = client.post(reverse("newsletter_campaigns:control", args=[campaign.pk, "resume"]), follow=True)
        assert "nothing is sent until somebody lets it go on" in words(answer)
        assert Campaign.objects.get().state == "paused"

    @pytest.mark.parametrize("role", ["Doctor", "Contributor", "Analyst"])
    def test_others_are_refused(self, role: str, newsletter: Newsletter) -> None:
        client = log_in(role)
        assert client.get(reverse(HALT)).status_code == 403
        assert client.post(reverse(HALT), {"reason": ""}).status_code == 403
        assert not SendingHalt.objects.exists()
        halt.halt(now=MONDAY)
        assert client.post(reverse(GO_ON)).status_code == 403
        assert SendingHalt.objects.exists()

    def test_a_reason_that_is_too_long_pauses_nothing_and_says_so(self, newsletter: Newsletter) -> None:
        page = words(log_in("Owner").post(reverse(HALT), {"reason": "x" * 201}))
        assert "at most 200 characters" in page
        assert not SendingHalt.objects.exists()


def test_a_draft_whose_time_is_over_says_so_for_a_month(newsletter: Newsletter, stories: StoryIndexPage) -> None:
    make_schedule(newsletter, composed_into="draft")
    publish_at(stories, MONDAY + HOUR, title="Light at night")
    tick(TUESDAY - 12 * HOUR)
    late = [entry for day in calendar(zone="UTC", now=TUESDAY + DAY) for entry in day.entries if entry.kind == "draft"]
    assert [entry.detail for entry in late] == ["Its time is over: choose another one."]
    assert [kind for _, kind, _ in entries(TUESDAY + 31 * DAY)].count("draft") == 0
