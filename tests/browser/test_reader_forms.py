"""Readers' forms in a real browser: axe on every state of every page, and the whole trip in two ways."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import Finger, Hand, Keyboard, press
from tests.browser.readers import PRESSES, SPEND, pages_of_readers
from tests.browser.test_public_pages import mistakes, violations
from tests.browser.test_whole_trip import link_in, mail_with

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

    from tests.browser.conftest import Publication

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_state_of_a_readers_pages(
    publication: Publication, browser: Browser, scheme: Any, width: int
) -> None:
    paths = pages_of_readers(publication)
    context = browser.new_context(
        base_url=publication.url, viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    page, wrong = context.new_page(), {}

    def look(name: str) -> None:
        found = violations(page) + mistakes(page.content())
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if found or wide > 0:
            wrong[name] = [*found, f"{wide} pixels too wide"]

    for name, path in paths.items():
        page.goto(path)
        look(name)
    for name, place, fields, pressed in PRESSES:
        page.goto(paths[place])
        for label, text in fields.items():
            page.get_by_role("main").get_by_label(label).fill(text)
        press(page, pressed)
        look(name)
    page.goto(paths["mailbox"])
    press(page, "Erase me")
    press(page, "Yes, erase me")
    look("erased")
    too_many(page, publication)
    look("too many")
    context.close()
    assert wrong == {}


def too_many(page: Page, publication: Publication) -> None:
    page.goto("/subscribe/")
    page.get_by_label("Your email address").fill("crowd@example.org")
    publication.manage("shell", "--no-imports", "-c", SPEND.format(cost=1000))
    press(page, "Subscribe")
    publication.manage("shell", "--no-imports", "-c", SPEND.format(cost=-1000))
    expect(page.get_by_role("heading", level=1)).to_contain_text("try again")


def test_a_reader_goes_the_whole_way_by_keyboard(publication: Publication, browser: Browser) -> None:
    page = browser.new_page(base_url=publication.url)
    whole_way(Keyboard(page), publication, "tab")
    page.close()


def test_a_reader_goes_the_whole_way_without_javascript(publication: Publication, phone: BrowserContext) -> None:
    whole_way(Finger(phone.new_page()), publication, "touch")


def whole_way(hand: Hand, publication: Publication, name: str) -> None:
    """Subscribe, confirm, choose, pause, move to another address, take the data and be erased."""
    old, new = f"{name}@example.org", f"{name}@new.example.org"
    subscribe(hand, old)
    hand.page.goto(link_in(mail_with(publication, old, "confirm"), "/confirm/"))
    hand.press("Yes, subscribe me")
    says(hand, "Welcome, and thank you")

    hand.follow("Choose how often, and what about")
    preferences = hand.page.url
    hand.type("Your name", "Inês <3")
    hand.press("Save")
    expect(hand.page.get_by_role("alert")).to_contain_text("without web addresses")
    hand.type("Your name", "Inês")
    hand.press("Save")
    expect(hand.page.get_by_role("status")).to_contain_text("Saved.")
    hand.press("Pause")
    expect(hand.page.get_by_role("status")).to_contain_text("Enjoy the quiet.")
    hand.press("Read again now")
    expect(hand.page.get_by_role("status")).to_contain_text("Good to have you back.")

    hand.press("Mail me the link")
    hand.page.goto(link_in(mail_with(publication, old, "Your link"), "/your-data/"))
    hand.type("Your new email address", new)
    hand.press("Ask both mailboxes")
    says(hand, "Look into both inboxes")
    hand.page.goto(link_in(mail_with(publication, old, "new address"), "/change-address/"))
    hand.press("Yes, leave this address")
    says(hand, "That is one yes of two")
    hand.page.goto(link_in(mail_with(publication, new, "write to you here"), "/change-address/"))
    hand.press("Yes, write to me here")
    says(hand, "Your address is changed")

    hand.page.goto(preferences)
    hand.press("Mail me the link")
    hand.page.goto(link_in(mail_with(publication, new, "Your link"), "/your-data/"))
    hand.press("Erase me")
    hand.press("Yes, erase me")
    says(hand, "You are erased")
    hand.page.goto(preferences)
    says(hand, "You are not subscribed")


def subscribe(hand: Hand, address: str) -> None:
    hand.page.goto("/subscribe/")
    hand.type("Your email address", "nobody")
    hand.press("Subscribe")
    expect(hand.page.get_by_role("alert")).to_be_visible()
    hand.type("Your email address", address)
    time.sleep(1.2)  # the form takes a faster hand for a robot's
    hand.press("Subscribe")
    says(hand, "Look into your inbox")


def says(hand: Hand, heading: str) -> None:
    expect(hand.page.get_by_role("heading", level=1)).to_have_text(heading)
