"""An issue in a real browser: composed by one, approved by another, scheduled, and called back within the hold."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Publication

pytestmark = [pytest.mark.browser, pytest.mark.slow]
expect.set_options(timeout=90_000)

FIRST_STORY = "from blog.models import StoryPage; print(StoryPage.objects.live().first().pk)"


@pytest.fixture
def issue_url(publication: Publication) -> str:
    """The editor's page of a new draft with one story."""
    story = publication.manage("shell", "--no-imports", "-c", FIRST_STORY).strip()
    made = json.loads(publication.manage("compose_issue", "--newsletter", "rounds", "--stories", story, "--json"))
    return f"/admin/newsletter/issues/edit/{made['issue']}/"


def submit(page: Page, issue_url: str) -> None:
    page.goto(issue_url)
    page.get_by_role("textbox", name="Preview text").fill("A few calm words about what is new, and what it is not.")
    page.get_by_role("button", name="More actions", exact=True).click()
    page.get_by_role("button", name=re.compile("^Submit to")).click()
    expect(page.get_by_text("submitted").first).to_be_visible()


def approve(page: Page, issue_url: str) -> None:
    page.goto(issue_url)
    expect(page.get_by_text("Waits for approval").first).to_be_attached()
    more = page.get_by_role("button", name="More actions", exact=True)
    choice = page.get_by_role("button", name="Approve", exact=True)
    if not choice.first.is_visible():
        more.click()
    choice.first.click()
    expect(page.get_by_text("is approved. It goes out only when")).to_be_visible()


def test_one_composes_another_approves_and_the_first_schedules_it_and_calls_it_back(
    editor: BrowserContext, doctor: BrowserContext, issue_url: str
) -> None:
    page = editor.new_page()
    submit(page, issue_url)
    approve(doctor.new_page(), issue_url)
    page.goto(issue_url.replace("/edit/", "/send/"))
    expect(page.get_by_text("Approved by").first).to_be_visible()
    page.get_by_role("button", name=re.compile("^Send to")).click()
    expect(page.get_by_text("Until then one click calls it back.").first).to_be_visible()
    page.get_by_role("button", name="Call it back").click()
    expect(page.get_by_text("Called back; nothing was sent.")).to_be_visible()
    expect(page.get_by_text("Cancelled").first).to_be_visible()
