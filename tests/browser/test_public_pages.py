"""Every public page of the demo: free of what axe finds, and HTML as the standard has it.

axe-core comes with a package of the index (axe-playwright-python bundles it), so that nothing is fetched or vendored;
html5lib in strict mode stops at every parse error that the standard names. Validators that know each attribute need a
Java or Node program and were left out.
"""

from __future__ import annotations

import re
import urllib.request
from collections import Counter
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import html5lib
import pytest
from selectolax.lexbor import LexborHTMLParser

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.browser.conftest import Publication

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: Pages that no site map lists.
BESIDE = [
    "/search/",
    "/search/?q=sleep",
    "/search/?q=zzz",
    "/corrections/",
    "/glossary/",
    "/series/treatments-plainly/",
    "/stories/?topic=sleep",
    "/report/",
    "/report/thanks/",
    "/subscribe/",
    "/subscribe/check-your-inbox/",
    "/newsletters/rounds/",
]
AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
#: What refers to other elements of the page by their id.
REFERRING = ("for", "aria-labelledby", "aria-describedby", "aria-controls", "headers")


#: A mail as it was sent: a document that runs no script, axe's neither. `test_issue_mail` looks at those.
MAIL = re.compile(r"/newsletters/[^/]+/\d+/")


def addresses(publication: Publication) -> list[str]:
    with urllib.request.urlopen(f"{publication.url}/sitemap.xml", timeout=60) as answer:
        found = re.findall(r"<loc>([^<]+)</loc>", answer.read().decode())
    mapped = [urlsplit(address).path for address in found]
    assert len(mapped) > 10, "the site map has the demo's pages"
    return [*(path for path in mapped if not MAIL.fullmatch(path)), *BESIDE]


def violations(page: Page) -> list[str]:
    page.evaluate(AXE)
    result: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{violation['id']}: {violation['help']} {[node['html'][:160] for node in violation['nodes'][:3]]}"
        for violation in result["violations"]
    ]


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(publication: Publication, browser: Browser, scheme: Any, width: int) -> None:
    context = browser.new_context(
        base_url=publication.url, viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    page, wrong = context.new_page(), {}
    for address in addresses(publication):
        page.goto(address)
        if found := violations(page):
            wrong[address] = found
    page.goto("/report/")
    page.get_by_role("button", name="Send to the editors").click()
    page.get_by_role("alert").wait_for()
    if found := violations(page):
        wrong["a report with mistakes"] = found
    context.close()
    assert wrong == {}


def test_axe_sees_mistakes(publication: Publication, browser: Browser) -> None:
    page = browser.new_page(base_url=publication.url)
    page.goto("/report/")
    page.evaluate("document.querySelector('main').innerHTML = '<img src=x><input><p style=\"color:#ddd\">pale</p>'")
    found = {violation.partition(":")[0] for violation in violations(page)}
    page.close()
    assert {"image-alt", "label", "color-contrast"} <= found


def test_every_page_parses_without_an_error(publication: Publication) -> None:
    wrong = {}
    for address in addresses(publication):
        with urllib.request.urlopen(publication.url + address, timeout=60) as answer:
            html = answer.read().decode()
        if found := mistakes(html):
            wrong[address] = found
    assert wrong == {}


def mistakes(html: str) -> list[str]:
    """Parse errors, ids used twice, and references to ids that the page doesn't have."""
    parser = html5lib.HTMLParser()
    parser.parse(html)
    found = [f"line {line}: {code} {values}" for (line, _column), code, values in parser.errors]
    tree = LexborHTMLParser(html)
    ids = Counter(node.attributes["id"] for node in tree.css("[id]"))
    found += [f"the id {name} is used {count} times" for name, count in ids.items() if count > 1]
    for name in REFERRING:
        wanted = {word for node in tree.css(f"[{name}]") for word in (node.attributes[name] or "").split()}
        found += [f"{name} names {word}, which is nowhere" for word in sorted(wanted - ids.keys())]
    anchors = {node.attributes["href"] or "" for node in tree.css('[href^="#"]')}
    return found + [f"{anchor} leads nowhere" for anchor in sorted(anchors) if anchor[1:] not in ids]


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ("<p><div>x</div></p>", "unexpected-end-tag"),
        ('<p id="a">x</p><p id="a">y</p>', "the id a is used 2 times"),
        ('<label for="b">x</label>', "for names b"),
        ('<a href="#c">x</a>', "#c leads nowhere"),
        ("<ul><li>x</p></ul>", "unexpected-end-tag"),
    ],
)
def test_the_parser_sees_mistakes(html: str, said: str) -> None:
    frame = f"<!doctype html><html lang=en><head><title>x</title></head><body>{html}</body></html>"
    assert any(said in mistake for mistake in mistakes(frame))
