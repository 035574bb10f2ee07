"""Readers around a story: the report form without JavaScript, listening, printing, and what the doctor then sees."""

from __future__ import annotations

import io
import time
import wave
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import BrowserContext, Page, expect

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.browser.conftest import Publication

pytestmark = [pytest.mark.browser, pytest.mark.slow]
STORY = "/stories/magnetic-stimulation/"


def test_a_report_goes_from_a_reader_without_javascript_to_the_doctors_start_page(
    phone: BrowserContext, doctor: BrowserContext
) -> None:
    reader = phone.new_page()
    reader.goto(STORY)
    title = reader.get_by_role("heading", level=1).inner_text()
    reader.get_by_role("link", name="Report a problem with this page").click()
    time.sleep(1.2)  # the form takes a faster hand for a robot's
    reader.get_by_role("button", name="Send to the editors").click()
    expect(reader.get_by_role("alert")).to_contain_text("Tell us what you noticed.")
    reader.get_by_label("A link is broken").check()
    reader.get_by_label("What did you notice?").fill("The third source leads nowhere.")
    time.sleep(1.2)
    reader.get_by_role("button", name="Send to the editors").click()
    expect(reader.get_by_role("heading", name="Thank you")).to_be_visible()

    desk = doctor.new_page()
    desk.goto("/admin/")
    desk.get_by_role("link", name=f"A link is broken: {title}").click()
    expect(desk.get_by_text("The third source leads nowhere.")).to_be_visible()
    desk.get_by_label("Note").fill("Mended.")
    desk.get_by_role("button", name="Solved").click()
    expect(desk.get_by_text("The report is now: Solved.")).to_be_visible()


def test_one_click_leads_from_the_start_page_to_an_empty_story(doctor: BrowserContext) -> None:
    page = doctor.new_page()
    page.goto("/admin/")
    expect(page.get_by_role("link", name="Grief or Depression?")).to_be_visible()
    page.get_by_role("link", name="Write a story").click()
    expect(page.get_by_role("textbox", name="Title*")).to_be_visible()
    expect(page.locator("[name$='-value-name']").last).to_have_value("Tamsin Arkwell")


def silence(folder: Path) -> str:
    """Two seconds of nothing, as a WAV file."""
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(2 * 2 * 8000))
    path = folder / "read-aloud.wav"
    path.write_bytes(sound.getvalue())
    return str(path)


def add_recording(publication: Publication, path: str) -> None:
    publication.manage(
        "shell",
        "-c",
        "from django.core.files import File; from wagtail.documents.models import Document;"
        "from blog.models import StoryPage;"
        f"file = open({path!r}, 'rb'); document = Document(title='Read', file=File(file, name='read-aloud.wav'));"
        f"document.save(); StoryPage.objects.filter(slug='{STORY.split('/')[2]}').update(audio=document)",
    )


def test_a_listener_can_jump_to_the_middle(publication: Publication, browser: Browser, tmp_path: Path) -> None:
    add_recording(publication, silence(tmp_path))
    page = browser.new_page(base_url=publication.url)
    parts: list[int] = []
    page.on("response", lambda response: parts.append(response.status) if "read-aloud" in response.url else None)
    page.goto(STORY)
    assert parts == [], "nothing is loaded before somebody wants to listen"
    duration = page.evaluate(
        """async () => {
            const audio = document.querySelector("audio");
            const until = (name) => new Promise((done) => audio.addEventListener(name, done, { once: true }));
            audio.load(); audio.preload = "auto"; await until("loadedmetadata");
            const jumped = until("seeked"); audio.currentTime = 1.5; await jumped;
            return [audio.duration, audio.currentTime];
        }"""
    )
    page.close()
    assert duration == [2, 1.5]
    assert set(parts) == {206}


def test_a_printed_story_has_its_words_and_sources_and_no_buttons(publication: Publication, browser: Browser) -> None:
    page = browser.new_page(base_url=publication.url)
    page.goto(STORY)
    page.emulate_media(media="print")
    printed(page)
    pdf = page.pdf(format="A4")
    page.close()
    assert pdf.startswith(b"%PDF")


def printed(page: Page) -> None:
    for name in ("Report a problem with this page", "Subscribe", "Send this story to someone"):
        expect(page.get_by_text(name, exact=True).last).to_be_hidden()
    expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
    expect(page.locator("audio")).to_be_hidden()
    expect(page.get_by_text("Last reviewed")).to_be_visible()
    expect(page.get_by_role("heading", name="References")).to_be_visible()
    address = page.locator(".references .source").first
    assert "https://" in address.evaluate("node => getComputedStyle(node, '::after').content")
    assert page.locator("body").evaluate("node => getComputedStyle(node).color") == "rgb(0, 0, 0)"
    assert page.locator("details:not([open])").evaluate_all(
        "nodes => nodes.filter((node) => node.checkVisibility()).every((node) => node.offsetHeight > 30)"
    )
