"""An owner brings 200 readers over from Mailchimp, in a real browser, with the publication's own worker."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PATIENCE, Publication, logged_in

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HEADER = (
    *("Email Address", "First Name", "Last Name", "Diagnosis", "MEMBER_RATING", "OPTIN_TIME", "OPTIN_IP"),
    *("CONFIRM_TIME", "CONFIRM_IP", "LEID", "EUID", "TAGS"),
)


def mailchimp_file(folder: Path) -> Path:
    """190 who confirmed, eight of whom no time is known, and two rows without an address."""
    path = folder / "subscribed_members_export.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for number in range(200):
            asked = "" if number >= 190 else f"2021-03-04 05:{number % 60:02}:00"
            email = "not an address" if number >= 198 else f"moved{number}@example.com"
            network = "192.0.2.7" if asked else ""
            writer.writerow(
                [
                    email,
                    f"Ada{number}",
                    "Quist",
                    "F32.1",
                    "2",
                    asked,
                    network,
                    asked,
                    network,
                    number,
                    "a1",
                    '"Old site"',
                ]
            )
    return path


def on_a_phone(page: Page) -> None:
    """Nothing on the page is wider than a phone."""
    page.set_viewport_size({"width": 375, "height": 812})
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 375, f"{page.url} is {wide} wide"
    page.set_viewport_size({"width": 1280, "height": 1000})


def test_an_owner_imports_the_readers_of_a_mailchimp_export(
    browser: Browser, publication: Publication, tmp_path: Path
) -> None:
    with logged_in(browser, publication, "owner") as context:
        page = context.new_page()
        page.goto("/admin/newsletter/imports/")
        page.get_by_role("link", name="Import readers").click()
        on_a_phone(page)

        page.locator("#id_newsletter").select_option(label="Rounds")
        page.locator("input[type=file]").set_input_files(mailchimp_file(tmp_path))
        page.get_by_label("What did these readers agree to").fill("Signed up on the old site, confirmed by mail")
        page.get_by_role("checkbox", name="Everybody in this file asked for this newsletter").check()
        page.get_by_role("button", name="Upload").click()

        expect(page.get_by_text("This looks like a file of Mailchimp")).to_be_visible()
        expect(page.get_by_label("Email Address")).to_have_value("email")
        expect(page.get_by_label("CONFIRM_TIME")).to_have_value("confirmed_at")
        expect(page.get_by_label("MEMBER_RATING")).to_have_value("ignore")
        expect(page.get_by_label("Diagnosis")).to_have_count(0)
        on_a_phone(page)
        page.get_by_label("Tags for everybody").fill("Moved over")
        page.get_by_role("button", name="Read the file").click()

        # The worker reads it, and the page brings itself up to date.
        decide = page.get_by_role("button", name="Import 198 readers")
        expect(decide).to_be_visible(timeout=PATIENCE)
        assert publication.manage("shell", "--no-imports", "-c", HOW_MANY).split() == ["0", "0"]
        on_a_phone(page)
        decide.click()
        expect(page.get_by_text("The import is finished.")).to_be_visible(timeout=PATIENCE)
        assert publication.manage("shell", "--no-imports", "-c", HOW_MANY).split() == ["190", "8"]

        with page.expect_download() as taken:
            page.get_by_role("link", name="Download the rows that were left out").click()
        left_out = list(csv.reader(taken.value.path().read_text("utf-8-sig").splitlines()))
        assert len(left_out) == 3
        assert all("not an address" in row for row in left_out[1:])


HOW_MANY = """
from newsletter.models import Subscription
of = Subscription.objects.filter(subscriber__email__startswith="moved")
print(of.filter(state="confirmed").count(), of.filter(state="pending").count())
"""
