"""A doctor writes a story with two citations, meets a blocker, mends it and publishes."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.conftest import PATIENCE

pytestmark = [pytest.mark.browser, pytest.mark.slow]

expect.set_options(timeout=PATIENCE)

BLOCKED, MENDED = "commit suicide.", "end his life."


def add_reference(page: Page, number: int, text: str, doi: str) -> None:
    page.locator("#id_references-ADD").click()
    page.locator(f"[name=references-{number}-text]").fill(text)
    page.locator(f"[name=references-{number}-doi]").fill(doi)


def cite(page: Page, text: str) -> None:
    page.keyboard.type(" /cite")
    expect(page.get_by_role("option", name=re.compile("^Cite"))).to_be_visible()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Cite references")
    dialog.get_by_role("checkbox", name=re.compile(re.escape(text))).check()
    dialog.get_by_role("button", name="Cite", exact=True).click()
    expect(dialog).to_have_count(0)
    page.wait_for_function("document.activeElement.isContentEditable")


def panel_of(page: Page) -> Locator:
    panel = page.locator("[data-side-panel=editorial-check]")
    if not panel.is_visible():
        page.get_by_role("button", name="Toggle editorial check").click()
    return panel


def publish(page: Page) -> None:
    page.locator("footer").get_by_role("button", name="More actions").click()
    page.get_by_role("button", name="Publish", exact=True).click()


def test_a_doctor_meets_a_blocker_mends_it_and_publishes(doctor: BrowserContext, new_story: Page) -> None:
    page = new_story
    panel = panel_of(page)
    page.locator("#id_title").fill("A walk before noon")
    add_reference(page, 0, "Smith J. A trial of walking. 2021.", "10.1016/S0140-6736(20)30183-5")
    add_reference(page, 1, "Jones K. Sleep and mood. 2019.", "10.1176/appi.ajp.2019.1")
    text = page.locator(".public-DraftEditor-content").first
    text.click()
    page.keyboard.type("A walk helps")
    cite(page, "Smith J.")
    page.keyboard.type(", and so does sleep")
    cite(page, "Jones K.")
    page.keyboard.type(f". He tried to {BLOCKED}")
    expect(panel.get_by_role("heading", name=re.compile("^S2 "))).to_be_visible()

    publish(page)
    message = page.locator(".messages")
    expect(message).to_contain_text("“A walk before noon” can't be published yet: S1 (1 text), S2 (1 text).")
    expect(message).to_contain_text("Your draft is saved.")
    page.wait_for_url("**/edit/")
    assert doctor.request.get("/stories/a-walk-before-noon/").status == 404

    panel = panel_of(page)
    panel.get_by_role("button", name=re.compile("^Show S2")).click()
    text = page.locator(".public-DraftEditor-content").first
    expect(text).to_be_focused()
    panel.get_by_role("button", name="Add crisis help").click()
    expect(panel.get_by_role("heading", name=re.compile("^S1 "))).to_have_count(0)
    expect(text).to_contain_text(BLOCKED)

    text.click()
    page.keyboard.press("Control+End")
    for _letter in BLOCKED:
        page.keyboard.press("Backspace")
    page.keyboard.type(MENDED)
    expect(panel.get_by_role("heading", name=re.compile("^S2 "))).to_have_count(0)
    publish(page)
    expect(page.locator(".messages")).to_contain_text("has been published")

    page.goto("/stories/a-walk-before-noon/")
    expect(page.locator("main")).to_contain_text(f"He tried to {MENDED}")
    expect(page.locator("main")).to_contain_text("If you are in crisis")
    assert page.locator(".cite a").all_inner_texts() == ["1", "2"]
