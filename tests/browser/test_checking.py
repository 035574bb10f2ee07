"""An editor meets a blocker beside the composer, is led to it, mends one and overrides another."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import PATIENCE, Publication

pytestmark = [pytest.mark.browser, pytest.mark.slow]

expect.set_options(timeout=PATIENCE)

REASON = "A field by intention: the story is about templates."


def open_composer(page: Page, publication: Publication) -> None:
    page.goto(f"{publication.url}/admin/newsletter/issues/add/")
    open_panel(page)


def open_panel(page: Page) -> None:
    """Wagtail remembers which panel was open, and opens it once its script runs."""
    toggle = page.get_by_role("button", name="Toggle the check before sending")
    expect(toggle).to_be_visible()
    expect(toggle).to_have_attribute("aria-expanded", re.compile("true|false"))
    if toggle.get_attribute("aria-expanded") == "false":
        toggle.click()
    expect(page.get_by_role("complementary", name="The check before sending")).to_be_visible()


def test_an_editor_is_led_to_what_has_to_be_mended(editor: BrowserContext, publication: Publication) -> None:
    page = editor.new_page()
    open_composer(page, publication)
    panel = page.get_by_role("complementary", name="The check before sending")
    badge = page.locator("[data-side-panel-toggle=newsletter-check] [data-side-panel-toggle-counter]")
    expect(panel.get_by_text("The subject is empty.")).to_be_visible()
    expect(panel.get_by_text(re.compile(r"\d+ of 100 kB that Gmail shows"))).to_be_visible()
    expect(badge).to_have_text("2")
    panel.get_by_role("button", name="Show subject").click()
    expect(page.locator("#id_subject")).to_be_focused()
    page.keyboard.type("Dear {{ name }}")
    expect(panel.get_by_text("looks like a field; readers would see it just so.").first).to_be_visible()
    expect(panel.get_by_text("The subject is empty.")).to_have_count(0)
    page.locator("#id_subject").fill("A walk before noon")
    expect(page.get_by_text("18 characters; up to 60 show well")).to_be_visible()
    expect(panel.get_by_text("looks like a field")).to_have_count(0)
    expect(badge).to_have_text("1")


def test_an_override_is_noted_while_composing(editor: BrowserContext, publication: Publication) -> None:
    page = editor.new_page()
    open_composer(page, publication)
    page.locator("#id_subject").fill("Dear {{ name }}")
    page.get_by_role("button", name="Save draft").click()
    page.wait_for_url(re.compile(r"/issues/($|edit/)"))
    page.goto(f"{publication.url}/admin/newsletter/issues/")
    page.get_by_role("link", name="Dear {{ name }}").first.click()
    page.wait_for_url("**/issues/edit/**")
    open_panel(page)
    panel = page.get_by_role("complementary", name="The check before sending")
    finding = panel.get_by_role("listitem").filter(has_text="looks like a field")
    finding.get_by_text("Override…").click()
    finding.get_by_role("textbox").fill(REASON)
    finding.get_by_role("button", name="Override").click()
    expect(panel.get_by_text(re.compile(f"Overridden by .*: {re.escape(REASON)}"))).to_be_visible()
