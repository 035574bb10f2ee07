"""From new stories to a scheduled issue in four clicks; from a template; and the preview, whose frames do nothing."""

from __future__ import annotations

import json
import re
import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PATIENCE
from tests.browser.test_public_pages import AXE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Route

    from tests.browser.conftest import Publication

pytestmark = [pytest.mark.browser, pytest.mark.slow]

expect.set_options(timeout=PATIENCE)

NEWSLETTER_ZONE = ZoneInfo("America/New_York")
#: Would be seen in the frame and in the title of the page if it ran.
NASTY = "<script>document.body.append('It ran.'); parent.document.title = 'ran'</script>"
MAKE_ISSUE = """
from newsletter.issues.compose import compose
from newsletter.issues.queries import mailable_stories
from newsletter.models import Newsletter
stories = list(mailable_stories().exclude(hero_image=None).values_list("pk", flat=True)[:2])
issue = compose(Newsletter.objects.get(slug="rounds"), stories=stories)
draft = issue.get_latest_revision_as_object()
draft.body = [("text", "<p>Dear reader</p>"), *[(b.block_type, b.value) for b in draft.body]]
draft.save_revision()
print(issue.pk)
"""
ARTICLE = """{title}

When the light goes early, many of us slow down.  For some people the slowing doesn’t stop.

What Helps in Winter

A walk before noon is a small thing. It is also the one that my patients keep.

With steady hands,

Nora Winterfeld, MD
"""
PUBLISH = "from blog.models import StoryPage; StoryPage.objects.get(pk={}).get_latest_revision().publish()"


@pytest.fixture(scope="module")
def issue(publication: Publication) -> str:
    """A draft with pictures in it."""
    return publication.manage("shell", "--no-imports", "-c", MAKE_ISSUE).strip()


@pytest.fixture
def new_stories(publication: Publication, tmp_path: Path) -> None:
    """Two that nobody has got yet: other tests send what is new."""
    for word in ("walking", "resting"):
        article = tmp_path / f"{word}.txt"
        article.write_text(ARTICLE.format(title=f"On {word}, {uuid.uuid4().hex[:6]}"), encoding="utf-8")
        done = json.loads(publication.manage("import_stories", str(article), "--json"))["stories"][0]
        publication.manage("shell", "--no-imports", "-c", PUBLISH.format(done["id"]))


def violations(page: Page) -> list[str]:
    page.evaluate(AXE)
    result: dict[str, Any] = page.evaluate("axe.run('#main', {resultTypes: ['violations'], iframes: false})")
    return [f"{found['id']}: {found['nodes'][0]['html']}" for found in result["violations"]]


def with_a_script(route: Route) -> None:
    """The frame's own answer with a script at its end, as if one had got through everything before it."""
    answer = route.fetch()
    route.fulfill(response=answer, body=answer.text() + NASTY)


@pytest.mark.usefixtures("new_stories")
def test_four_clicks_lead_from_new_stories_to_a_scheduled_issue(editor: BrowserContext) -> None:
    page = editor.new_page()
    page.goto("/admin/")
    clicks = []

    def click(role: Any, name: str | re.Pattern[str]) -> None:
        page.get_by_role(role, name=name).first.click()
        clicks.append(name)

    click("button", "New issue from new stories")
    page.wait_for_url("**/newsletter/issues/edit/**")
    click("link", "Schedule")
    soon = datetime.now(NEWSLETTER_ZONE) + timedelta(days=2)
    page.get_by_label("Date").fill(soon.strftime("%Y-%m-%d"))
    page.get_by_label("Time", exact=False).first.fill("09:00")
    click("button", "Look it over")
    click("button", re.compile("^Schedule"))
    expect(page.get_by_text("goes out on").first).to_be_visible()
    assert len(clicks) == 4
    page.get_by_role("button", name="Call it back").click()
    expect(page.get_by_text("Called back; nothing was sent.")).to_be_visible()


@pytest.mark.usefixtures("new_stories")
def test_an_issue_becomes_a_template_that_the_next_one_starts_from(editor: BrowserContext, issue: str) -> None:
    page = editor.new_page()
    page.goto(f"/admin/newsletter/issues/template/{issue}/")
    assert violations(page) == []
    page.get_by_label("Name").fill("A letter on Tuesdays")
    page.get_by_role("button", name="Save as template").click()
    expect(page.get_by_text("is kept").first).to_be_visible()
    expect(page.get_by_text("New stories").first).to_be_visible()

    page.goto("/admin/newsletter/issues/compose/")
    assert violations(page) == []
    page.get_by_label("Start from").first.select_option(label="A letter on Tuesdays")
    boxes = page.get_by_role("checkbox")
    for place in range(boxes.count() - 1, 1, -1):
        boxes.nth(place).uncheck()
    page.get_by_label(re.compile("^Place")).nth(0).fill("2")
    page.get_by_label(re.compile("^Place")).nth(1).fill("1")
    page.get_by_label(re.compile("^How much")).nth(0).select_option(label="Headline")
    second = page.locator(".newsletter-take__story span").nth(2).inner_text()
    page.get_by_role("button", name="Make a draft").first.click()
    page.wait_for_url("**/newsletter/issues/edit/**")
    expect(page.locator("#id_body-count, [name=body-count]").first).to_have_value("3")
    assert page.get_by_role("textbox", name="Subject*").input_value().startswith(second.splitlines()[0].strip())
    page.get_by_role("button", name="Toggle stories in this issue").click()
    expect(page.get_by_text(re.compile("Not yet sent by Rounds")).first).to_be_visible()


def test_the_frames_of_the_preview_are_loaded_and_sealed_off(editor: BrowserContext, issue: str) -> None:
    page = editor.new_page()
    page.goto(f"/admin/newsletter/issues/everywhere/{issue}/")
    frames = page.locator("iframe")
    for place, width in enumerate([375, 600, 600, 600, 1200]):
        frames.nth(place).scroll_into_view_if_needed()
        inside = page.frame_locator("iframe").nth(place)
        expect(inside.get_by_text("Dear reader")).to_be_visible()
        assert frames.nth(place).evaluate("frame => frame.clientWidth") == width
        assert frames.nth(place).evaluate("frame => frame.contentDocument") is None, "it is of another origin"
    dark = page.frame_locator("iframe").nth(2).locator("body")
    assert dark.evaluate("body => matchMedia('(prefers-color-scheme: dark)').matches") is False
    light, shade = (
        page.frame_locator("iframe").nth(place).get_by_text("Dear reader").evaluate("p => getComputedStyle(p).color")
        for place in (1, 2)
    )
    assert light != shade, "the rules for dark screens are on in this frame alone"
    picture = page.frame_locator("iframe").first.locator("img").first
    assert picture.evaluate("img => img.decode().then(() => img.naturalWidth)") > 0, "pictures are loaded here"
    assert violations(page) == []


def test_a_script_that_got_into_a_frame_does_not_run(editor: BrowserContext, issue: str) -> None:
    page = editor.new_page()
    page.route(re.compile(r"/everywhere/\d+/[a-z-]+/"), with_a_script)
    page.goto(f"/admin/newsletter/issues/everywhere/{issue}/")
    title = page.title()
    inside = page.frame_locator("iframe").first
    expect(inside.get_by_text("Dear reader")).to_be_visible()
    assert inside.locator("script").count() > 0, "there is something that could run"
    expect(inside.get_by_text("It ran.")).to_have_count(0)
    assert page.title() == title
    page.goto(f"/admin/newsletter/issues/everywhere/{issue}/mail/")  # by itself, without a frame around it
    assert page.locator("script").count() > 0
    expect(page.get_by_text("It ran.")).to_have_count(0)


def test_with_pictures_off_no_request_goes_out(editor: BrowserContext, issue: str) -> None:
    page = editor.new_page()
    finished: list[str] = []
    page.on("response", lambda response: finished.append(response.url))
    page.goto(f"/admin/newsletter/issues/everywhere/{issue}/no-pictures/")
    page.wait_for_load_state("networkidle")
    expect(page.get_by_text("Dear reader")).to_be_visible()
    assert page.locator("img").count() > 0, "there are pictures that could have been loaded"
    assert [url.split("/everywhere/")[-1] for url in finished] == [f"{issue}/no-pictures/"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_axe_finds_nothing_on_the_new_pages(
    browser: Browser, editor: BrowserContext, issue: str, scheme: Any, width: int
) -> None:
    page = editor.new_page()
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    found = {}
    for address in (
        "compose/",
        f"copy/{issue}/",
        f"template/{issue}/",
        f"everywhere/{issue}/",
        f"test/{issue}/",
        "../templates/",
    ):
        page.goto(f"/admin/newsletter/issues/{address}")
        page.wait_for_load_state("networkidle")
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        found[address] = [*violations(page), *(["wider than the window"] if wide else [])]
    assert found == {address: [] for address in found}
