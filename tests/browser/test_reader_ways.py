"""Forms of readers that lie beside the main way: the box on a page, leaving and coming back, a form on another site."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from playwright.sync_api import expect

from blog.models import Topic
from newsletter.audience.reader import token_for
from tests.browser.hands import Finger, Hand, Keyboard, field, press
from tests.browser.test_public_pages import mistakes, violations
from tests.browser.test_whole_trip import link_in, mail_with
from tests.factories import make_newsletter, make_subscription

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page
    from pytest_django import Settings

    from blog.models import HomePage
    from newsletter.models import Newsletter
    from tests.browser.conftest import Publication

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ELSEWHERE = "http://clinic.example/news/"
#: Prints the form that editors paste into another site.
SNIPPET = (
    "from newsletter.admin.sign_ups.embed import snippet; from newsletter.models import Newsletter;"
    "print(snippet(Newsletter.objects.get(slug='rounds')))"
)
INDEXED_WITHIN = 90  #: seconds: the worker puts stories into the index, after they were published
NOT_A_ROBOT = 1.2  #: seconds: the forms take a faster hand for a program's


@pytest.fixture(params=["keyboard", "touch"])
def hand(request: pytest.FixtureRequest, browser: Browser, phone: BrowserContext, publication: Publication) -> Hand:
    """The keyboard alone, with JavaScript; and a phone without it."""
    if request.param == "keyboard":
        return Keyboard(browser.new_page(base_url=publication.url))
    return Finger(phone.new_page())


def test_a_reader_signs_up_in_the_box_on_a_page_leaves_says_why_and_comes_back(
    hand: Hand, publication: Publication
) -> None:
    reader = f"{type(hand).__name__.lower()}-box@example.org"
    hand.page.goto("/")
    hand.type("Your email address", reader)
    hand.unfold("Name, frequency and topics")
    hand.type("Your name", "Inês")
    hand.choose("Weekly")
    hand.choose("Sleep")
    time.sleep(NOT_A_ROBOT)
    hand.press("Subscribe")
    hand.type("Your email address", reader)
    time.sleep(NOT_A_ROBOT)
    hand.press("Send it again")
    expect(hand.page.get_by_role("status")).to_contain_text("on its way once more")

    hand.page.goto(link_in(mail_with(publication, reader, "confirm"), "/confirm/"))
    hand.press("Yes, subscribe me")
    hand.follow("Choose how often, and what about")
    assert [field(hand.page, label).is_checked() for label in ("Weekly", "Sleep", "Medication")] == [True, True, False]
    hand.choose("Medication")
    hand.press("Save")
    hand.follow("Unsubscribe")
    leave = hand.page.url
    hand.press("Once a month")
    says(hand, "Good that you stay")
    hand.page.goto(leave)
    hand.press("A pause of four weeks")
    says(hand, "Good that you stay")

    hand.page.goto(leave)
    hand.press("Unsubscribe")
    says(hand, "You are unsubscribed")
    hand.choose("Too many mails")
    hand.press("Tell us")
    expect(hand.page.get_by_role("status")).to_have_text("Thank you for telling us.")
    hand.press("Subscribe again")
    says(hand, "Look into your inbox")


def test_the_data_come_as_a_file(hand: Hand, publication: Publication) -> None:
    publication.manage("demo", "--subscribers", "1")
    find = (
        "from newsletter.models import Subscription; from newsletter.audience.reader import token_for;"
        "print(token_for(Subscription.objects.get(subscriber__email='reader000001@example.com')))"
    )
    token = publication.manage("shell", "--no-imports", "-c", find).strip()
    hand.page.goto(f"/preferences/{token}/")
    hand.press("Mail me the link")
    hand.page.goto(link_in(mail_with(publication, "reader000001@example.com", "Your link"), "/your-data/"))
    assert hand.take("Download my data (JSON)") == "my-data.json"


def test_a_problem_is_reported(hand: Hand) -> None:
    hand.page.goto("/stories/sleep/")
    hand.follow("Report a problem with this page")
    hand.choose("Something is out of date")
    hand.type("What did you notice?", "The second source has a newer edition.")
    time.sleep(NOT_A_ROBOT)
    hand.press("Send to the editors")
    says(hand, "Thank you")


def test_what_is_looked_for_is_found(hand: Hand) -> None:
    hand.page.goto("/search/")
    found = hand.page.get_by_role("main").get_by_role("link", name="Sleep").first
    end = time.monotonic() + INDEXED_WITHIN
    while not found.is_visible() and time.monotonic() < end:
        hand.type("Words to look for", "sleep")
        hand.press("Search")
    expect(found).to_be_visible()


def test_a_form_on_another_site_takes_one_more_press_here(hand: Hand, publication: Publication) -> None:
    elsewhere(hand.page, publication)
    reader = f"{type(hand).__name__.lower()}-elsewhere@example.org"
    hand.type("Your email address", reader)
    hand.choose("Monthly")
    hand.choose("Medication")
    hand.press("Subscribe")
    says(hand, "Is this right?")
    expect(hand.page.get_by_role("main")).to_contain_text(reader)
    time.sleep(NOT_A_ROBOT)
    hand.press("Yes, send me the mail")
    says(hand, "Look into your inbox")
    assert mail_with(publication, reader, "confirm")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_forms_beside_the_main_way(
    publication: Publication, browser: Browser, scheme: Any
) -> None:
    context = browser.new_context(base_url=publication.url, color_scheme=scheme, reduced_motion="reduce")
    page, wrong = context.new_page(), {}

    def look(name: str) -> None:
        if found := violations(page) + mistakes(page.content()):
            wrong[name] = found

    page.goto("/")
    page.locator("summary", has_text="Name, frequency and topics").click()
    look("the box, unfolded")
    elsewhere(page, publication)
    look("the form on another site")
    field(page, "Your email address").fill("axe@example.org")
    press(page, "Subscribe")
    look("one more press")
    context.close()
    assert wrong == {}


@pytest.fixture
def choices(home: HomePage, newsletter: Newsletter, settings: Settings) -> dict[str, str]:
    """Pages of a publication with two newsletters, topics and two languages, as a reader's browser gets them."""
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch")]
    make_newsletter(slug="letters", name="Letters", description="A letter a month.")
    topic = Topic.objects.create(name="Sleep", slug="sleep")
    reader = make_subscription(newsletter)
    client, given = Client(), {"email": "ada@example.org", "language": "de", "topics": [topic.pk]}
    return {
        "several": client.get("/subscribe/").content.decode(),
        "several, none chosen": client.post("/subscribe/", given).content.decode(),
        "several, one more press": client.post("/subscribe/", {**given, "newsletter": "letters"}).content.decode(),
        "not found": client.get("/nowhere/").content.decode(),
        "preferences": client.get(f"/preferences/{token_for(reader)}/").content.decode(),
    }


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_where_there_is_more_to_choose(
    choices: dict[str, str], publication: Publication, browser: Browser, scheme: Any, width: int
) -> None:
    context = browser.new_context(
        base_url=publication.url, viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    page, wrong = context.new_page(), {}
    for name, html in choices.items():
        show(page, f"{publication.url}/choices/", html)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if (found := violations(page) + mistakes(html)) or wide > 0:
            wrong[name] = [*found, f"{wide} pixels too wide"]
    context.close()
    assert wrong == {}


def elsewhere(page: Page, publication: Publication) -> None:
    """Open a page of another site that shows our form."""
    form = publication.manage("shell", "--no-imports", "-c", SNIPPET)
    html = f'<!doctype html><html lang="en"><title>Clinic</title><body><main><h1>News</h1>{form}</main></body></html>'
    show(page, ELSEWHERE, html)


def show(page: Page, address: str, html: str) -> None:
    """Open this page at that address; what it loads comes from where it always does."""
    page.route(address, lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8"))
    page.goto(address)
    page.unroute(address)


def says(hand: Hand, heading: str) -> None:
    expect(hand.page.get_by_role("heading", level=1)).to_have_text(heading)
