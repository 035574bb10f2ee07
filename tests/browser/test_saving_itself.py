"""Publishing while the draft of a new story is still being saved by itself, on a line that is slow."""

from __future__ import annotations

import pytest
from playwright.sync_api import APIResponse, BrowserContext, Page, Route, expect

from tests.browser.conftest import PATIENCE

pytestmark = [pytest.mark.browser, pytest.mark.slow]

expect.set_options(timeout=PATIENCE)

#: Milliseconds after which Wagtail takes its first look at the form; what is typed afterwards is saved by itself.
FIRST_LOOK = 10_500


def test_publish_waits_for_a_draft_that_is_being_saved_and_makes_one_page(
    doctor: BrowserContext, new_story: Page
) -> None:
    page = new_story
    held: list[tuple[Route, APIResponse]] = []

    def hold(route: Route) -> None:
        """The site has saved the draft, and its answer takes its time."""
        if route.request.headers.get("accept") == "application/json" and not held:
            held.append((route, route.fetch()))
        else:
            route.continue_()

    page.route("**/admin/pages/add/**", hold)
    page.locator("#id_title").fill("A line that is slow")
    page.wait_for_timeout(FIRST_LOOK)
    page.locator(".public-DraftEditor-content").first.click()
    page.keyboard.type("A walk before noon is a small thing, and the one that people keep.")
    for _ in range(300):
        if held:
            break
        page.wait_for_timeout(100)
    assert held, "the draft was never saved by itself"

    page.locator("footer").get_by_role("button", name="More actions").click()
    page.get_by_role("button", name="Publish", exact=True).click()
    page.wait_for_timeout(500)
    route, answer = held[0]
    route.fulfill(response=answer)

    page.wait_for_url(lambda url: "/admin/pages/add/" not in url)
    expect(page.locator(".messages")).to_contain_text("A line that is slow")
    expect(page.locator(".messages")).not_to_contain_text("validation errors")
