"""Our findings among Wagtail's content checks: the marked preview, and the rules that axe is given."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from blog.admin.content_checks import mark
from blog.editorial.catalogue import catalogue
from blog.editorial.findings import Finding, Level
from blog.models import StoryIndexPage
from tests.factories import make_author, make_story
from tests.integration.editorial_scene import CALM, blocked_draft, form_of, make_user

PAGE = (
    "<header><h1>Rounds</h1></header><main id=main><h1>A title</h1><p>The <b>first</b> one.</p>"
    "<ul><li><p>In &amp; out<sup>1</sup>.</p></li></ul></main><template><p>The first one.</p></template>"
)


def finding(rule: str, sentence: str) -> Finding:
    return Finding(rule=rule, level=Level.BLOCKER, block="1 text", sentence=sentence, why="Because.", remedy="Mend it.")


@pytest.mark.parametrize(
    ("sentence", "marked"),
    [
        ("The first one.", '<p data-editorial="S2">The <b>first</b> one.</p>'),
        ("In & out[1].", '<p data-editorial="S2">In &amp; out<sup>1</sup>.</p>'),
        ("", '<h1 data-editorial="S2">A title</h1>'),
        ("Nowhere to be found.", '<h1 data-editorial="S2">A title</h1>'),
    ],
)
def test_the_element_that_a_finding_is_about_is_marked(sentence: str, marked: str) -> None:
    page = mark(PAGE, [finding("S2", sentence)])
    assert marked in page
    assert re.sub(r' data-editorial="[^"]*"', "", page) == PAGE, "nothing else is touched"


def test_an_element_may_bear_several_marks() -> None:
    page = mark(PAGE, [finding("S2", "The first one."), finding("S1", "The first one."), finding("S2", "The first")])
    assert '<p data-editorial="S1 S2">' in page


def test_a_page_without_a_main_part_is_left_alone() -> None:
    assert mark("<p>An error.</p>", [finding("S2", "An error.")]) == "<p>An error.</p>"


def test_the_preview_beside_the_editor_is_marked_and_whole(stories: StoryIndexPage) -> None:
    client = Client()
    client.force_login(make_user("Editor"))
    story = blocked_draft(stories)
    address = reverse("wagtailadmin_pages:preview_on_edit", args=[story.pk])
    client.post(address, form_of(story))
    beside = client.get(address, {"in_preview_panel": "true"})
    assert 'data-editorial="A1"' in beside.content.decode()
    assert beside.headers["Content-Length"] == str(len(beside.content))
    assert b'data-editorial="' not in client.get(address).content


def axe_configuration(html: str) -> dict[str, Any]:
    found = re.search(r'id="checker-axe-configuration" type="application/json">(.*?)</script>', html)
    assert found is not None
    configuration: dict[str, Any] = json.loads(found[1])
    return configuration


def test_axe_is_given_a_rule_and_words_for_each_of_ours_in_the_editor_of_a_story(stories: StoryIndexPage) -> None:
    client = Client()
    client.force_login(make_user("Editor"))
    page = client.get(reverse("wagtailadmin_pages:edit", args=[make_story(stories, body=CALM).pk]))
    configuration = axe_configuration(page.content.decode())
    ours = {f"rounds-{rule.lower()}" for rule in catalogue()}
    assert ours <= {rule["id"] for rule in configuration["spec"]["rules"]}
    assert ours <= set(configuration["messages"])
    assert ours <= set(configuration["options"]["runOnly"])
    assert "heading-order" in configuration["options"]["runOnly"], "Wagtail's own stay"


def test_other_pages_have_wagtails_checks_alone(stories: StoryIndexPage) -> None:
    client = Client()
    client.force_login(make_user("Owner"))
    author = make_author(stories.get_parent())
    page = client.get(reverse("wagtailadmin_pages:edit", args=[author.pk]))
    assert "rounds-s1" not in page.content.decode()
