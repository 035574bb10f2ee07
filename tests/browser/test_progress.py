"""A campaign's page follows what happens without being loaded again, and its buttons do what they say."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import logged_in
from tests.browser.test_public_pages import violations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Route

    from tests.browser.conftest import Publication

pytestmark = [pytest.mark.browser, pytest.mark.slow]

expect.set_options(timeout=60_000)

#: Campaigns in the middle of being sent by a worker that is far away: ours leaves their chunks alone.
MAKE = """
from datetime import timedelta
from django.utils import timezone
from newsletter.issues.compose import compose
from newsletter.models import Campaign, Chunk, Delivery, Issue, Newsletter
from blog.models import StoryPage
newsletter, now = Newsletter.objects.get(slug="rounds"), timezone.now()
issue = Issue.objects.first() or compose(newsletter, stories=[StoryPage.objects.live().first().pk])
def rows(state, number, reply="", **more):
    Delivery.objects.bulk_create(
        Delivery(campaign=campaign, address=f"{{state}}{{n}}@example.com", state=state, last_reply=reply, **more)
        for n in range(number))
for number in range({number}):
    campaign = Campaign.objects.create(
        issue=issue, newsletter=newsletter, key=f"watched:{{number}}", revision=1, subject=f"Watched letter {{number}}",
        compiled=b"", web_html="", scheduled_at=now, time_zone="UTC", backend="default", state="paused", recipients=200,
        started_at=now - timedelta(minutes=2))
    rows("accepted", 100)
    rows("pending", 90)
    rows("refused", 6, "550 5.1.1 <x>: User unknown")
    rows("deferred", 3, "450 4.2.0 Greylisted", next_attempt_at=now + timedelta(days=1), deferred_since=now)
    rows("uncertain", 1, "the worker ended before the answer came", settled_at=now)
    ids = campaign.deliveries.order_by("pk").values_list("pk", flat=True)
    Chunk.objects.create(campaign=campaign, first_id=ids[0], last_id=ids[199], owner="far away", fence=1,
        lease_until=now + timedelta(days=1))
    Campaign.objects.filter(pk=campaign.pk).update(state="sending")
    print(campaign.pk, campaign.subject)
"""
NUMBER = 14
SEEN_WITHIN = 60  #: seconds: counts are kept for a moment, for all who look
ACCEPT = (
    "UPDATE newsletter_delivery SET state = 'accepted' WHERE id IN (SELECT id FROM newsletter_delivery"
    " WHERE campaign_id = :campaign AND state = 'pending' LIMIT :number)",
)
FINISH = (
    "UPDATE newsletter_chunk SET owner = '', closed_at = CURRENT_TIMESTAMP WHERE campaign_id = :campaign",
    "UPDATE newsletter_delivery SET state = 'accepted'"
    " WHERE campaign_id = :campaign AND state IN ('pending', 'deferred')",
    "UPDATE newsletter_campaign SET state = 'sent', finished_at = CURRENT_TIMESTAMP WHERE id = :campaign",
)


class Watched(NamedTuple):
    """A campaign of 200: 100 accepted, 90 pending, 6 refused, 3 deferred, 1 uncertain."""

    pk: int
    subject: str
    database: Path

    def happen(self, statements: tuple[str, ...], number: int = 0) -> None:
        """What workers would have written."""
        connection = sqlite3.connect(self.database, timeout=60)
        with contextlib.closing(connection), connection:
            for statement in statements:
                connection.execute(statement, {"campaign": self.pk, "number": number})


@pytest.fixture(scope="module")
def campaigns(publication: Publication) -> list[Watched]:
    printed = publication.manage("shell", "--no-imports", "-c", MAKE.format(number=NUMBER))
    database = Path(publication.environment["VAR_DIR"]) / "rounds.sqlite3"
    made = [line.split(" ", 1) for line in printed.splitlines() if "Watched letter" in line]
    return [Watched(int(pk), subject, database) for pk, subject in made]


@pytest.fixture
def campaign(campaigns: list[Watched]) -> Iterator[Watched]:
    """Another one for each test."""
    watched = campaigns.pop()
    yield watched
    watched.happen(FINISH)


def open_page(context: BrowserContext, campaign: Watched, rest: str = "") -> Page:
    page = context.new_page()
    page.goto(f"/admin/newsletter/campaigns/{campaign.pk}/{rest}")
    # A mark that a reload would take away.
    page.evaluate("window.sameDocument = true")
    return page


def test_counts_change_without_a_reload_until_it_is_sent(editor: BrowserContext, campaign: Watched) -> None:
    page = open_page(editor, campaign)
    bar = page.get_by_role("progressbar")
    expect(bar).to_have_attribute("aria-valuetext", "107 of 200")
    expect(page.get_by_role("link", name="Refresh")).to_be_hidden()
    campaign.happen(ACCEPT, 40)
    expect(bar).to_have_attribute("aria-valuetext", "147 of 200")
    expect(page.get_by_role("row", name=re.compile("Delivered"))).to_contain_text("140")
    expect(page.get_by_text(re.compile("a minute now"))).to_be_visible()
    expect(page.get_by_text("No such mailbox")).to_be_visible()

    asked: list[str] = []
    campaign.happen(FINISH)
    expect(bar).to_have_attribute("aria-valuetext", "200 of 200")
    expect(page.locator(".newsletter-state")).to_contain_text("Sent")
    expect(page.get_by_role("button", name="Pause")).to_have_count(0)
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(5000)
    assert [url for url in asked if "/live/" in url] == [], "what is over is not asked for"
    assert page.evaluate("window.sameDocument"), "the page was never loaded again"


def test_the_buttons_pause_and_resume_and_another_window_sees_it(editor: BrowserContext, campaign: Watched) -> None:
    watching, acting = open_page(editor, campaign), open_page(editor, campaign)
    acting.get_by_role("button", name="Pause").click()
    expect(acting.get_by_text(f"“{campaign.subject}”: Paused.")).to_be_visible()
    expect(watching.get_by_role("button", name="Resume")).to_be_visible()
    expect(watching.locator(".newsletter-state")).to_contain_text("Paused")
    acting.get_by_role("button", name="Resume").click()
    expect(watching.get_by_role("button", name="Pause")).to_be_visible()
    assert watching.evaluate("window.sameDocument")


def test_the_keyboard_stays_where_it_is_when_the_buttons_change(
    editor: BrowserContext, publication: Publication, campaign: Watched
) -> None:
    page = open_page(editor, campaign)
    page.get_by_role("link", name="Change the speed").focus()
    publication.manage("campaign", "pause", str(campaign.pk))
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    expect(page.get_by_role("link", name="Change the speed")).to_be_focused()


def test_a_speed_is_chosen_and_shown(editor: BrowserContext, campaign: Watched) -> None:
    page = open_page(editor, campaign)
    page.get_by_role("link", name="Change the speed").click()
    page.get_by_label("Most mails an hour").fill("30")
    page.get_by_role("button", name="Change the speed").click()
    expect(page.get_by_text("The 90 that wait take about 3 hours.")).to_be_visible()
    expect(page.locator("#campaign")).to_contain_text("At most 30 mails an hour, chosen for this campaign.")


def test_a_site_that_does_not_answer_is_asked_less_often_and_that_is_said(
    editor: BrowserContext, campaign: Watched
) -> None:
    page = open_page(editor, campaign)
    broken = {"on": True}

    def answer(route: Route) -> None:
        if broken["on"]:
            route.fulfill(status=503, body="away")
        else:
            route.continue_()

    page.route("**/live/", answer)
    expect(page.get_by_text("The site does not answer.")).to_be_visible()
    expect(page.get_by_role("link", name="Refresh")).to_be_visible()
    campaign.happen(ACCEPT, 10)
    broken["on"] = False
    expect(page.get_by_role("progressbar")).to_have_attribute("aria-valuetext", "117 of 200")
    expect(page.get_by_text("The site does not answer.")).to_have_count(0)


def test_who_is_signed_out_meanwhile_is_told(editor: BrowserContext, campaign: Watched) -> None:
    page = open_page(editor, campaign)
    editor.clear_cookies()
    expect(page.get_by_text("You are signed out")).to_be_visible()


def test_without_a_script_the_page_shows_the_same_and_a_link(
    browser: Browser, editor: BrowserContext, publication: Publication, campaign: Watched
) -> None:
    plain = browser.new_context(
        base_url=publication.url, java_script_enabled=False, storage_state=editor.storage_state()
    )
    page = plain.new_page()
    page.goto(f"/admin/newsletter/campaigns/{campaign.pk}/")
    expect(page.get_by_role("progressbar")).to_have_attribute("aria-valuetext", "107 of 200")
    campaign.happen(ACCEPT, 5)
    bar, end = page.get_by_role("progressbar"), time.monotonic() + SEEN_WITHIN
    while bar.get_attribute("aria-valuetext") != "112 of 200" and time.monotonic() < end:
        page.get_by_role("link", name="Refresh").click()
    expect(bar).to_have_attribute("aria-valuetext", "112 of 200")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    plain.close()


def test_the_list_moves_too(editor: BrowserContext, campaign: Watched) -> None:
    page = editor.new_page()
    page.goto("/admin/newsletter/campaigns/")
    row = page.get_by_role("row", name=re.compile(rf"{campaign.subject}\b"))
    expect(row.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "53")
    campaign.happen(ACCEPT, 90)
    expect(row.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "98")
    campaign.happen(FINISH)
    expect(row.get_by_text("Sent")).to_be_visible()


@pytest.mark.parametrize("window", [(375, "light"), (375, "dark"), (1280, "light"), (1280, "dark")])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(
    browser: Browser, editor: BrowserContext, publication: Publication, campaign: Watched, window: tuple[int, Any]
) -> None:
    width, scheme = window
    context = browser.new_context(
        base_url=publication.url,
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        storage_state=editor.storage_state(),
    )
    page, wrong = context.new_page(), {}
    own = f"/admin/newsletter/campaigns/{campaign.pk}/"
    for address in [own, f"{own}speed/", f"{own}uncertain/", f"{own}cancel/", "/admin/newsletter/campaigns/"]:
        page.goto(address)
        page.wait_for_load_state("networkidle")
        if found := violations(page):
            wrong[address] = found
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
    context.close()
    assert wrong == {}


def test_an_analyst_follows_it_and_can_do_nothing(
    browser: Browser, publication: Publication, campaign: Watched
) -> None:
    with logged_in(browser, publication, "analyst") as context:
        page = open_page(context, campaign)
        expect(page.get_by_role("progressbar")).to_have_attribute("aria-valuetext", "107 of 200")
        assert page.get_by_role("button", name="Pause").count() == 0
        campaign.happen(ACCEPT, 5)
        expect(page.get_by_role("progressbar")).to_have_attribute("aria-valuetext", "112 of 200")
        page.get_by_role("link", name="See who and when").click()
        expect(page.get_by_text("One mail was handed over")).to_be_visible()
        assert "@example.com" not in page.content()
