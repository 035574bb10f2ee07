"""An editor puts a segment together: it is counted without loading the page anew, and the keyboard is enough."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.test_public_pages import AXE

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def violations(page: Page) -> list[str]:
    """What axe finds in our own part of the page; the rest of it is Wagtail's."""
    page.evaluate(AXE)
    found: dict[str, Any] = page.evaluate("axe.run('form.newsletter-segment', {resultTypes: ['violations']})")
    return [f"{one['id']}: {node['html']}" for one in found["violations"] for node in one["nodes"]]


def test_a_segment_is_counted_while_it_is_put_together(editor: BrowserContext) -> None:
    page = editor.new_page()
    page.goto("/admin/newsletter/segments/new/")
    page.evaluate("window.isTheSamePage = true")
    counted = page.locator("[data-part=count]")
    expect(counted).to_contain_text("Everybody who reads Rounds.")

    page.get_by_role("button", name="Add a condition").press("Enter")
    about = page.get_by_role("group", name="Condition 2").get_by_label("What it is about")
    expect(about).to_be_focused()
    about.select_option("Printed copies")
    value = page.get_by_role("group", name="Condition 2").get_by_role("textbox", name="With what")
    value.press_sequentially("many")
    expect(page.get_by_text("“many” is no number")).to_be_visible()
    expect(value).to_be_focused()
    value.press("Control+a")
    value.press_sequentially("3")
    expect(page.get_by_text("“many” is no number")).to_be_hidden()
    expect(counted).to_contain_text("and whose Printed copies is 3.")
    expect(page.locator("form.newsletter-segment").get_by_role("status")).to_have_text(
        re.compile(r"^\d+ readers? at this moment$")
    )

    page.get_by_role("group", name="Condition 2").get_by_role("button", name="Remove this condition").press("Space")
    expect(page.get_by_role("button", name="Add a condition")).to_be_focused()
    page.get_by_role("button", name="Add a group of conditions").press("Enter")
    page.get_by_label("Of this group").select_option("none of these is true")
    expect(counted).to_contain_text("not (reads Rounds)")
    expect(counted).to_contain_text("0 readers")
    assert page.evaluate("window.isTheSamePage"), "the page was loaded anew"

    page.get_by_label("Name").fill("Nobody at all")
    page.get_by_label("Name").press("Enter")
    expect(page.get_by_text("“Nobody at all” is saved.")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_its_page_is_free_of_what_axe_finds_and_fits_a_phone(editor: BrowserContext, scheme: Any, width: int) -> None:
    page = editor.new_page()
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/admin/newsletter/segments/new/")
    page.get_by_role("button", name="Add a group of conditions").click()
    page.get_by_role("group", name="and of whom").get_by_label("What it is about").select_option("City")
    page.get_by_role("group", name="and of whom").get_by_role("textbox", name="With what").fill("Boston")
    expect(page.locator("[data-part=count]")).to_contain_text("whose City is Boston")

    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
