"""The golden issue with every block in a real browser: axe, width, pictures off, and the logo in the dark."""

from __future__ import annotations

from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

pytestmark = [pytest.mark.browser, pytest.mark.slow]

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
DOCUMENTS = ["issue-every-block.html", "issue-every-block-archive.html", "issue-whole.html"]
AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
#: A mail is no page: it stands inside one, which has the landmarks.
RULES = {name: {"enabled": False} for name in ("landmark-one-main", "region", "page-has-heading-one")}
LOOKS = [(width, scheme) for width in (375, 600, 1280) for scheme in ("light", "dark")]


def picture(size: tuple[int, int]) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", size, "#6E9C97").save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def opened(browser: Browser) -> Any:
    """Opens a golden document; nothing is asked of the network."""

    def open_(name: str, width: int = 600, scheme: Any = "light", *, pictures: bool = True) -> Page:
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)

        def answer(route: Route) -> None:
            if pictures and "/media/" in route.request.url:
                route.fulfill(body=picture((1200, 600)), content_type="image/png")
            else:
                route.abort()

        page.route("**/*", answer)
        page.set_content((GOLDEN / name).read_text(encoding="utf-8"))
        return page

    return open_


def violations(page: Page) -> list[str]:
    page.evaluate(AXE)
    result: dict[str, Any] = page.evaluate("rules => axe.run(document, {resultTypes: ['violations'], rules})", RULES)
    return [
        f"{violation['id']}: {violation['help']} {[node['html'][:160] for node in violation['nodes'][:3]]}"
        for violation in result["violations"]
    ]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(opened: Any, name: str) -> None:
    wrong = {}
    for width, scheme in LOOKS:
        page = opened(name, width, scheme)
        found = violations(page)
        if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
            found.append(f"{wide} pixels wide")
        if found:
            wrong[width, scheme] = found
        page.close()
    assert wrong == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_with_pictures_off_it_is_as_wide_and_says_as_much(opened: Any, scheme: str) -> None:
    page = opened(DOCUMENTS[0], 375, scheme, pictures=False)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    assert page.get_by_role("heading", level=1).get_by_role("img", name="The Weekly Round").count() == 1


def test_axe_sees_what_is_wrong_with_a_mail(opened: Any) -> None:
    page = opened(DOCUMENTS[0])
    page.evaluate("document.querySelector('h2').outerHTML = '<img src=x><p style=\"color:#ddd\">pale</p>'")
    found = {violation.partition(":")[0] for violation in violations(page)}
    assert {"image-alt", "color-contrast"} <= found


def test_the_logo_is_changed_in_the_dark_and_only_there(opened: Any) -> None:
    for scheme, shown in (("light", "rings"), ("dark", "rings-dark")):
        page = opened(DOCUMENTS[0], 600, scheme)
        visible = [node for node in page.locator("h1 img").all() if node.is_visible()]
        assert [f"/{shown}." in (node.get_attribute("src") or "") for node in visible] == [True]


def test_a_crisis_number_can_be_called_and_links_are_large_enough_to_press(opened: Any) -> None:
    page = opened(DOCUMENTS[0], 375)
    assert page.locator("a[href='tel:116123']").is_visible()
    heights = [box["height"] for node in page.locator(".button a").all() if (box := node.bounding_box())]
    assert len(heights) == 2
    assert min(heights) >= 44
