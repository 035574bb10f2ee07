"""Clicks: a campaign's links are written down when it is frozen, answered, and counted by nobody in particular."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from newsletter.engine.message import CompiledMessage
from newsletter.issues.sample import sample
from newsletter.issues.schedule import schedule
from newsletter.models import Campaign, Link, LinkHour
from newsletter.web.clicks import counting, links, visitors
from newsletter.web.clicks.programs import is_program
from tests.integration.issue_samples import full_issue
from tests.stages import stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blog.models import HomePage, StoryIndexPage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile Safari/604.1"


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    links.forget()
    yield
    links.forget()


@stage
def campaign(home: HomePage, stories: StoryIndexPage, newsletter: Newsletter) -> Campaign:
    """Scheduled while clicks are counted; began to go out an hour ago."""
    newsletter.tracks_clicks = True
    newsletter.save()
    issue = full_issue(home, stories, newsletter)
    made = schedule(issue, at=timezone.now(), time_zone="UTC", approve=True, now=timezone.now())
    Campaign.objects.update(state="sent", started_at=timezone.now() - timedelta(hours=1))
    return Campaign.objects.get(pk=made.pk)


def bodies(campaign: Campaign) -> tuple[str, str]:
    mail = message_from_bytes(sample(CompiledMessage.load(campaign.compiled), date=NOW), policy=policy.default)
    assert isinstance(mail, EmailMessage)
    html, text = mail.get_body(("html",)), mail.get_body(("plain",))
    assert html is not None
    assert text is not None
    return html.get_content(), text.get_content()


def follow(path: str, *, agent: str = PHONE, ip: str = "203.0.113.7", method: str = "get", **headers: str) -> Any:
    client = Client(headers={"user-agent": agent, **headers}, REMOTE_ADDR=ip)
    return getattr(client, method)(path)


def path(link: Link) -> str:
    return f"/r/{link.campaign_id}/{link.number}"


def counts() -> tuple[int, int]:
    rows = LinkHour.objects.values_list("raw", "filtered")
    return sum(raw for raw, _ in rows), sum(filtered for _, filtered in rows)


class TestFreezing:
    def test_every_link_of_both_bodies_leads_through_a_stored_one(self, campaign: Campaign) -> None:
        html, text = bodies(campaign)
        stored = {f"{settings.BASE_URL}{path(link)}": link.url for link in campaign.links.all()}
        for found in re.findall(r'href="(https?://[^"]*)"', html) + re.findall(r"https?://\S+", text):
            assert found in stored or found == f"{settings.BASE_URL}/subscribe/"  # a sample's personal links
        assert "https://www.nimh.nih.gov/health/topics/depression?a=1&b=2" in stored.values()
        assert f"{settings.BASE_URL}/stories/sleep-first/" in stored.values()
        assert "mailto:editor@rounds.example" in html
        assert campaign.links.get(url=f"{settings.BASE_URL}/stories/sleep-first/").label == "Sleep first"

    def test_all_readers_get_the_same_links(self, campaign: Campaign) -> None:
        message = CompiledMessage.load(campaign.compiled)
        one, other = (
            set(re.findall(rb"/r/\d+/\d+", sample(message, date=NOW, address=address).replace(b"=\r\n", b"")))
            for address in ("ada@example.com", "grace@example.com")
        )
        assert one == other
        assert len(one) == campaign.links.count()

    def test_the_archive_keeps_the_addresses_themselves(self, campaign: Campaign) -> None:
        assert "/r/" not in campaign.web_html
        assert "https://www.nimh.nih.gov/health/topics/depression?a=1&amp;b=2" in campaign.web_html

    def test_where_clicks_are_not_counted_links_stay_as_they_are(
        self, home: HomePage, stories: StoryIndexPage, newsletter: Newsletter
    ) -> None:
        issue = full_issue(home, stories, newsletter)
        now = timezone.now()
        campaign = schedule(issue, at=now, time_zone="UTC", approve=True, now=now)
        html, text = bodies(campaign)
        assert "/r/" not in html + text
        assert not Link.objects.exists()

    def test_scheduling_once_more_writes_no_second_set_of_links(self, campaign: Campaign) -> None:
        before = Link.objects.count()
        now = timezone.now()
        again = schedule(campaign.issue, at=now, time_zone="UTC", approve=True, now=now)
        assert again.pk == campaign.pk
        assert Link.objects.count() == before


class TestAnswering:
    def test_a_reader_is_sent_on_without_cookie_session_or_referrer(self, campaign: Campaign) -> None:
        link = campaign.links.get(url__contains="nimh")
        with CaptureQueriesContext(connection) as queries:
            response = follow(path(link))
        assert (response.status_code, response["Location"]) == (302, link.url)
        assert response["Cache-Control"] == "no-store"
        assert response["Referrer-Policy"] == "no-referrer"
        assert not response.cookies
        assert not any("session" in query["sql"] for query in queries)

    def test_its_second_answer_takes_no_query_for_the_link(self, campaign: Campaign) -> None:
        link = campaign.links.all()[0]
        follow(path(link))
        with CaptureQueriesContext(connection) as queries:
            links.find(campaign.pk, link.number)
        assert len(queries) == 0

    @pytest.mark.parametrize(
        "edited",
        [
            "/r/{campaign}/9999",
            "/r/{campaign}/0",
            "/r/{campaign}/-1",
            "/r/{campaign}/99999999999999999999999",
            "/r/99999/1",
            "/r/999999999999999999999999/1",
            "/r/{campaign}/1/",
            "/r/{campaign}",
            "/r/{campaign}/1?to=https://evil.example/",
            "/r/{campaign}/https://evil.example/",
            "/r//evil.example/1",
            "/r/{campaign}/١",
        ],
    )
    def test_an_edited_address_never_leads_elsewhere(self, campaign: Campaign, edited: str) -> None:
        """Security case 45."""
        response = follow(edited.format(campaign=campaign.pk))
        if "?" in edited:  # what is asked for has no say
            assert response["Location"] == Link.objects.get(campaign=campaign, number=1).url
            return
        assert response.status_code == 404
        assert "This link leads nowhere" in response.content.decode()
        assert response["Cache-Control"] == "no-store"
        assert not response.cookies

    def test_nothing_can_be_posted_to_a_link(self, campaign: Campaign) -> None:
        assert follow(path(campaign.links.all()[0]), method="post").status_code == 405
        assert counts() == (0, 0)


class TestCounting:
    def test_a_click_is_counted_in_its_hour(self, campaign: Campaign) -> None:
        link = campaign.links.all()[0]
        with time_machine.travel(NOW.replace(minute=59), tick=False):
            Campaign.objects.update(started_at=NOW - timedelta(hours=1))
            follow(path(link))
        with time_machine.travel(NOW.replace(hour=13), tick=False):
            follow(path(link), ip="203.0.113.8")
        assert list(LinkHour.objects.values_list("link", "hour", "raw", "filtered")) == [
            (link.pk, NOW, 1, 1),
            (link.pk, NOW.replace(hour=13), 1, 1),
        ]

    @pytest.mark.parametrize(
        ("agent", "more"),
        [
            ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", {}),
            ("", {}),
            ("curl/8.5.0", {}),
            (PHONE, {"Purpose": "prefetch"}),
            (PHONE, {"Sec-Purpose": "prefetch;prerender"}),
            (PHONE, {"method": "head"}),
        ],
    )
    def test_programs_and_looks_ahead_are_counted_raw_only(
        self, campaign: Campaign, agent: str, more: dict[str, str]
    ) -> None:
        assert follow(path(campaign.links.all()[0]), agent=agent, **more).status_code == 302
        assert counts() == (1, 0)

    def test_who_fetches_the_hidden_link_is_taken_out_again(self, campaign: Campaign) -> None:
        follow(path(campaign.links.all()[0]))
        follow(path(campaign.links.all()[0]), ip="203.0.113.8")
        assert counts() == (2, 2)
        response = follow(path(campaign.links.get(is_trap=True)))
        assert response["Location"] == f"{settings.BASE_URL}/newsletters/rounds/7/"
        assert counts() == (3, 1)

    def test_a_scanner_that_follows_everything_leaves_no_reader(self, campaign: Campaign) -> None:
        for link in campaign.links.filter(is_trap=False):
            follow(path(link))
        assert counts() == (campaign.links.count() - 1, 0)

    def test_within_ten_seconds_of_the_beginning_nobody_has_read(self, campaign: Campaign) -> None:
        Campaign.objects.update(started_at=timezone.now() - timedelta(seconds=8))
        follow(path(campaign.links.all()[0]))
        assert counts() == (1, 0)

    def test_a_count_is_never_taken_below_nothing(self, campaign: Campaign) -> None:
        link = campaign.links.all()[0]
        follow(path(link))
        LinkHour.objects.update(filtered=0)  # as after a kill between the cache and the database
        follow(path(campaign.links.get(is_trap=True)))
        assert counts() == (2, 0)

    def test_a_database_that_is_away_loses_nothing(self, campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
        link = links.find(campaign.pk, 1)
        assert link is not None
        tally = counting.Tally()
        click = counting.Click(campaign.pk, link, "ab12", timezone.now().timestamp(), is_declared=False)

        def away(*_counts: Any) -> None:
            raise ConnectionError

        with monkeypatch.context() as patched:
            patched.setattr(counting, "write_counts", away)
            for _ in range(2):
                with pytest.raises(ConnectionError):
                    tally.add(click)
        tally.write()
        assert counts() == (2, 1)
        tally.write()
        assert counts() == (2, 1)

    def test_what_can_not_wait_any_more_is_said_to_be_lost(
        self, campaign: Campaign, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr(counting, "MOST_WAITING", 0)
        tally = counting.Tally()
        link = links.find(campaign.pk, 1)
        assert link is not None
        tally.add(counting.Click(campaign.pk, link, "ab12", timezone.now().timestamp(), is_declared=False))
        tally.write()
        assert "1 clicks were not counted" in caplog.text


class TestPrivacy:
    def test_the_database_holds_nothing_of_a_visitor(self, campaign: Campaign) -> None:
        follow(path(campaign.links.all()[0]), ip="203.0.113.77")
        columns = {field.name for model in (Link, LinkHour) for field in model._meta.get_fields()}
        assert columns == {
            *("id", "campaign", "number", "url", "label", "is_trap", "hours"),
            *("link", "hour", "raw", "filtered"),
        }

    def test_a_visitor_is_another_one_tomorrow(self, rf: Any) -> None:
        request = rf.get("/r/1/1", REMOTE_ADDR="203.0.113.7", headers={"user-agent": PHONE})
        with time_machine.travel(NOW):
            today = visitors.visitor_of(request)
            assert visitors.visitor_of(request) == today
        with time_machine.travel(NOW + timedelta(days=1)):
            assert visitors.visitor_of(request) != today

    def test_address_and_browser_stand_in_no_key_and_no_value(self, campaign: Campaign) -> None:
        follow(path(campaign.links.all()[0]), ip="203.0.113.77")
        kept = repr(cache._cache)  # type: ignore[attr-defined]
        assert f"clicks.{campaign.pk}." in kept
        assert "203.0.113" not in kept
        assert "iPhone" not in kept

    def test_processes_of_one_day_share_their_key(self, rf: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        request = rf.get("/r/1/1", REMOTE_ADDR="203.0.113.7")
        monkeypatch.setattr(visitors, "_keys", {})
        first = visitors.visitor_of(request)
        monkeypatch.setattr(visitors, "_keys", {})
        assert visitors.visitor_of(request) == first


CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0"


@pytest.mark.parametrize(
    "agent",
    [
        PHONE,
        f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36",
        f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36 Edg/131.0.0.0",
        f"Mozilla/5.0 (Linux; Android 14; Pixel 8) {CHROME} Mobile Safari/537.36",
        "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Safari/605.1.15",
    ],
)
def test_a_browser_is_no_program(agent: str) -> None:
    assert not is_program(agent)
