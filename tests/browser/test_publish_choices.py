"""Publish & email in a browser: another newsletter is shown at once, and nothing is sent that was not shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PATIENCE
from tests.browser.hands import button, press

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext

    from tests.browser.conftest import Publication

pytestmark = [pytest.mark.browser, pytest.mark.slow]

expect.set_options(timeout=PATIENCE)

SECOND = """
from blog.models import StoryPage
from newsletter.models import Newsletter
kept = Newsletter.objects.get(slug="rounds")
kept.pk, kept.name, kept.slug = None, "Specialist", "specialist"
kept.save()
print(StoryPage.objects.live().exclude(hero_image=None).first().pk)
"""
GONE = "from newsletter.models import Newsletter; Newsletter.objects.filter(slug='specialist').delete()"
CAMPAIGNS = "from newsletter.models import Campaign; print(Campaign.objects.count())"


@pytest.fixture
def story(publication: Publication) -> Iterator[str]:
    """A story that there are two newsletters to mail to, for as long as the test runs."""
    yield publication.manage("shell", "--no-imports", "-c", SECOND).strip()
    publication.manage("shell", "--no-imports", "-c", GONE)


def campaigns(publication: Publication) -> str:
    return publication.manage("shell", "--no-imports", "-c", CAMPAIGNS).strip()


def test_another_newsletter_is_shown_at_once_and_enter_in_a_field_sends_nothing(
    editor: BrowserContext, publication: Publication, story: str
) -> None:
    before = campaigns(publication)
    page = editor.new_page()
    page.goto(f"/admin/newsletter/issues/publish-and-email/{story}/")
    summary = page.locator("#publish-summary")
    expect(summary).to_contain_text("of Rounds")
    shown = page.locator("[name=version]").input_value()

    page.locator("[name=newsletter]").select_option(label="Specialist")
    page.locator("[name=subject]").fill("Typed while the page asks")
    expect(summary).to_contain_text("of Specialist")
    expect(page.locator("[name=subject]")).to_have_value("Typed while the page asks")
    expect(page.locator("[name=version]")).not_to_have_value(shown)

    with page.expect_navigation():
        page.locator("[name=subject]").press("Enter")
    expect(summary).to_contain_text("of Specialist")
    expect(button(page, "Publish and email it")).to_be_visible()

    # A page that could not ask, as without a script, is shown again by its own button.
    page.locator("[name=newsletter]").evaluate("field => { field.value = field.options[0].value; }")
    press(page, "Publish and email it")
    expect(page.locator("#publish-said")).to_contain_text("You chose another newsletter than this page showed.")
    expect(summary).to_contain_text("of Rounds")
    assert campaigns(publication) == before
