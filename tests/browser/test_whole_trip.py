"""The main job once, in a real browser: from a text file to a mail that a reader gets, reads and ends."""

from __future__ import annotations

import email
import email.policy
import json
import re
import time
import urllib.request
from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils.text import slugify
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Publication

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: Milliseconds. The whole publication shares two cores with the other tests; a slow page is no wrong page.
expect.set_options(timeout=90_000)

NEWSLETTER_ZONE = ZoneInfo("America/New_York")
READER = "ines.duarte@example.com"
ARTICLE = """A Quiet Season for the Mind

When the light goes early, many of us slow down.  For some people the slowing doesn’t stop.

What Helps in Winter

A walk before noon is a small thing. It is also the one that my patients keep.

With steady hands,

Nora Winterfeld, MD
"""
SECOND_ARTICLE = ARTICLE.replace("A Quiet Season for the Mind", "The Long Way Into Spring")


def eventually(look: Callable[[], Any], what: str, seconds: float = 120) -> Any:
    """What `look` finds, asked again until it finds something."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := look():
            return found
        time.sleep(0.3)
    raise AssertionError(f"{what}: not seen within {seconds} seconds")


def mails(publication: Publication, to: str) -> list[dict[str, Any]]:
    """What the local inbox holds for one address, newest first."""
    with urllib.request.urlopen(f"{publication.url}/inbox/messages.json?to={to}", timeout=20) as answer:
        found: list[dict[str, Any]] = json.load(answer)["messages"]
        return found


def mail_with(publication: Publication, to: str, subject: str) -> EmailMessage:
    """The newest mail to this address whose subject holds these words, read by Python's own parser."""

    def look() -> dict[str, Any] | None:
        return next((mail for mail in mails(publication, to) if subject in mail["subject"]), None)

    found = eventually(look, f"a mail about {subject!r} to {to}")
    with urllib.request.urlopen(publication.url + found["raw"], timeout=20) as answer:
        return email.message_from_bytes(answer.read(), policy=email.policy.default)


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(preferencelist=("plain",))
    assert part is not None
    return str(part.get_content())


def link_in(mail: EmailMessage, pattern: str) -> str:
    found = re.search(rf"https?://\S+{pattern}[^\s>]*", text_of(mail))
    assert found, text_of(mail)
    return found.group().rstrip(".)")


def import_story(publication: Publication, folder: Path, text: str) -> dict[str, Any]:
    article = folder / f"{slugify(text.splitlines()[0])}.txt"
    article.write_text(text, encoding="utf-8")
    story: dict[str, Any] = json.loads(publication.manage("import_stories", str(article), "--json"))["stories"][0]
    assert story["status"] == "created"
    return story


def publish(editor: BrowserContext, story: dict[str, Any]) -> None:
    page = editor.new_page()
    page.goto(f"/admin/pages/{story['id']}/edit/")
    page.get_by_role("button", name="More actions", exact=True).click()
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("has been published")).to_be_visible(timeout=30_000)
    page.close()


def read_on_the_site(reader: Page, title: str) -> None:
    reader.goto("/stories/")
    reader.get_by_role("link", name=title).first.click()
    expect(reader.get_by_role("heading", level=1)).to_have_text(title)
    expect(reader.get_by_role("heading", name="What Helps in Winter")).to_be_visible()


def subscribe_and_confirm(reader: Page, publication: Publication) -> None:
    reader.goto("/subscribe/")
    reader.get_by_label("Your email address").fill(READER)
    reader.get_by_label("Your name").fill("Inês Duarte")
    time.sleep(1.2)  # the form takes a faster hand for a robot's
    reader.get_by_role("button", name="Subscribe").click()
    expect(reader.get_by_role("heading", level=1)).to_be_visible()
    confirmation = eventually(lambda: mails(publication, READER), "the confirmation")[0]
    reader.goto(confirmation["url"])
    link = link_in(mail_with(publication, READER, confirmation["subject"]), "/confirm/")
    reader.goto(link)
    reader.get_by_role("button", name="Yes, subscribe me").click()
    expect(reader.get_by_role("button", name="Yes, subscribe me")).to_have_count(0)


def compose(editor: BrowserContext, title: str) -> tuple[Page, str]:
    """An issue of all that is new, looked at in its three previews; the page stays in the composer."""
    page = editor.new_page()
    page.goto("/admin/")
    page.get_by_role("button", name=re.compile("new issue", re.IGNORECASE)).first.click()
    page.wait_for_url("**/newsletter/issues/edit/**")
    subject = page.get_by_role("textbox", name="Subject*").input_value()
    issue_url = page.url
    page.get_by_role("button", name="Toggle preview").click()
    frame = page.frame_locator("iframe#w-preview-iframe")
    heading = frame.frame_locator("iframe").get_by_role("heading", name=title)
    for mode, there in (("desktop", heading), ("phone", heading), ("text", frame.locator("pre"))):
        page.get_by_label("Preview mode").select_option(mode)
        # The old frame stays until the new one has loaded.
        expect(page.locator("iframe#w-preview-iframe")).to_have_attribute("src", re.compile(f"mode={mode}"))
        expect(there).to_be_visible()
    page.goto(issue_url)
    return page, subject


def send_themselves_a_test(page: Page, publication: Publication, subject: str) -> None:
    page.get_by_role("link", name="Send a test").click()
    page.get_by_role("button", name=re.compile("test", re.IGNORECASE)).last.click()
    assert mail_with(publication, "editor@example.com", "[Test]")["Subject"].endswith(subject)


def schedule_soon(page: Page, issue_url: str) -> None:
    """A few seconds ahead, as the newsletter's clock shows it; the time to call it back is cut short."""
    page.goto(issue_url.replace("/edit/", "/schedule/"))
    soon = datetime.now(NEWSLETTER_ZONE) + timedelta(seconds=30)
    page.get_by_label("Date").fill(soon.strftime("%Y-%m-%d"))
    page.get_by_label("Time", exact=False).first.fill(soon.strftime("%H:%M:%S"))
    page.get_by_role("button", name="Look it over").click()
    expect(page.get_by_text("a little later than you chose")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Schedule")).click()
    expect(page.get_by_text("goes out on").first).to_be_visible()
    page.get_by_role("link", name="Don't wait").click()
    page.get_by_role("button", name="Don't wait").click()
    expect(page.get_by_text("It is going out.")).to_be_visible()


def one_click(mail: EmailMessage) -> None:
    """What a mail program does (RFC 8058): a POST without cookies, from the header alone."""
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = re.search(r"<(https?://[^>]+)>", mail["List-Unsubscribe"])
    assert url
    request = urllib.request.Request(url.group(1), data=b"List-Unsubscribe=One-Click", method="POST")
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.status == 200
        assert answer.url == url.group(1), "one click is not redirected"


def next_send(publication: Publication) -> dict[str, Any]:
    """One more story to everybody who is still there; the finished campaign."""
    issue = json.loads(publication.manage("compose_issue", "--newsletter", "rounds", "--json"))["issue"]
    made = json.loads(publication.manage("schedule_issue", str(issue), "--at", "now", "--json"))["campaign"]

    def look() -> dict[str, Any] | None:
        shown: dict[str, Any] = json.loads(publication.manage("campaign", "show", str(made), "--json"))
        return shown if shown["state"] == "sent" else None

    finished: dict[str, Any] = eventually(look, "the next campaign's end")
    return finished


def test_a_story_makes_its_round(
    editor: BrowserContext, phone: BrowserContext, publication: Publication, tmp_path: Path
) -> None:
    publication.manage("demo", "--subscribers", "3")
    story = import_story(publication, tmp_path, ARTICLE)
    title = story["title"]
    publish(editor, story)
    reader = phone.new_page()
    read_on_the_site(reader, title)
    subscribe_and_confirm(reader, publication)

    page, subject = compose(editor, title)
    issue_url = page.url
    send_themselves_a_test(page, publication, subject)
    schedule_soon(page, issue_url)

    mail = mail_with(publication, READER, subject)
    assert mail["To"].addresses[0].display_name == "Inês Duarte"
    assert title in text_of(mail)
    reader.goto(link_in(mail, "/newsletters/rounds/"))
    expect(reader.get_by_role("heading", level=1).first).to_be_visible()
    assert "Inês" not in reader.content(), "an archive page names nobody"
    assert len(mails(publication, READER)) == 3, "a confirmation, a welcome, one issue"

    one_click(mail)
    reader.goto(link_in(mail, "/unsubscribe/"))
    expect(reader.get_by_role("heading", name="You are unsubscribed")).to_be_visible()

    publish(editor, import_story(publication, tmp_path, SECOND_ARTICLE))
    finished = next_send(publication)
    # Three of the demo, and whoever other tests have signed up here.
    assert finished["counts"]["accepted"] == finished["recipients"] >= 3
    assert len(mails(publication, READER)) == 3, "who left gets nothing more"
