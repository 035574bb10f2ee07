"""Citations and glossary words: from the editor's form to what readers get, and back into the editor."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail.admin.rich_text.converters.contentstate import ContentstateConverter
from wagtail.models import ReferenceIndex
from wagtail.rich_text import expand_db_html
from wagtail.test.utils.form_data import inline_formset, nested_form_data, streamfield

from blog.blocks import STORY_TEXT_FEATURES
from blog.citations import MARK
from blog.models import GlossaryTerm, Reference, StoryIndexPage, StoryPage
from tests.factories import make_story

pytestmark = pytest.mark.slow

CITED = f'<a linktype="citation" key="aaaa2222">{MARK}</a>'


@pytest.fixture
def doctor(client: Client, db: None) -> User:
    user = User.objects.create_superuser("ada", "ada@example.com", "a long password for tests")
    client.force_login(user)
    return user


@pytest.fixture
def term(db: None) -> GlossaryTerm:
    return GlossaryTerm.objects.create(term="Anhedonia", slug="anhedonia", definition="Feeling <no> pleasure.")


def converter() -> ContentstateConverter:
    return ContentstateConverter(STORY_TEXT_FEATURES)


def contentstate(text: str, entity: dict[str, Any] | None = None, *, offset: int = 0, length: int = 1) -> str:
    ranges = [{"key": 0, "offset": offset, "length": length}] if entity else []
    block = {
        "key": "abcde",
        "text": text,
        "type": "unstyled",
        "depth": 0,
        "inlineStyleRanges": [],
        "entityRanges": ranges,
    }
    return json.dumps({"blocks": [block], "entityMap": {"0": entity} if entity else {}})


def citation(key: object = "aaaa2222") -> dict[str, Any]:
    return {"type": "CITATION", "mutability": "IMMUTABLE", "data": {"key": key}}


def row(**fields: Any) -> dict[str, Any]:
    return {"key": "", "text": "A book", "doi": "", "pmid": "", "url": "", "evidence": "", **fields}


def typed(rows: list[dict[str, Any]], *, initial: int = 0, text: str = "", **more: Any) -> dict[str, Any]:
    """What the editor's form sends for a story with these rows."""
    form: dict[str, Any] = nested_form_data(
        {
            "title": "As typed",
            "slug": "as-typed",
            "kind": "news",
            "body": streamfield([("text", text or contentstate("It helps."))]),
            "references": inline_formset(rows, initial=initial),
            "corrections": inline_formset([]),
            "comments": inline_formset([]),
            **more,
        }
    )
    return form


def save(client: Client, stories: StoryIndexPage, form: dict[str, Any]) -> StoryPage:
    """A new draft made by the editor's own view; a refusal is the test's failure."""
    response = client.post(f"/admin/pages/add/blog/storypage/{stories.pk}/", form)
    assert response.status_code == 302, response.context["form"].formsets["references"].errors
    story: StoryPage = StoryPage.objects.get(slug="as-typed")
    return story


def page_of(story: StoryPage) -> str:
    return Client().get(story.url).content.decode()


def preview_of(story: StoryPage) -> str:
    """As a reader would get it; for what the editorial check would not let go live."""
    html: str = story.make_preview_request(preview_mode=story.default_preview_mode).content.decode()
    return html


def assert_links_lead_somewhere(html: str) -> None:
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r' href="#([^"]+)"', html)) <= set(ids)


def test_a_citation_goes_through_the_editor_and_back_unchanged() -> None:
    stored = f'<p data-block-key="abcde">It helps{CITED}, says <b>who</b>.</p>'
    assert converter().to_database_format(converter().from_database_format(stored)) == stored


def test_a_bold_citation_is_still_a_citation() -> None:
    stored = converter().to_database_format(converter().from_database_format(f"<p>It <b>helps{CITED}</b></p>"))
    assert 'key="aaaa2222"' in stored
    assert MARK in stored


@pytest.mark.parametrize(
    "key", ["", None, "javascript:alert(1)", '"><script>alert(1)</script>', "A" * 17, ["aaaa2222"], "aaaa2222\n"]
)
def test_a_tampered_key_makes_no_citation_and_loses_no_word(key: object) -> None:
    stored = converter().to_database_format(contentstate("It helps.", citation(key), length=8))
    assert stored == '<p data-block-key="abcde">It helps.</p>'


@pytest.mark.parametrize("term_id", ["", None, "javascript:alert(1)", '3" onclick="x', "-1", "0", 1.5, "9" * 40])
def test_a_tampered_term_leaves_the_plain_word(term_id: object) -> None:
    entity = {"type": "GLOSSARY", "mutability": "MUTABLE", "data": {"id": term_id}}
    stored = converter().to_database_format(contentstate("It helps.", entity, length=8))
    assert stored == '<p data-block-key="abcde">It helps.</p>'


def test_a_tampered_link_is_no_link() -> None:
    entity = {"type": "LINK", "mutability": "MUTABLE", "data": {"url": "javascript:alert(1)", "onerror": "alert(1)"}}
    stored = converter().to_database_format(contentstate("It helps.", entity, length=8))
    assert "javascript" not in stored
    assert "onerror" not in stored


def test_tampered_attributes_in_stored_text_reach_no_reader(stories: StoryIndexPage) -> None:
    evil = '<a linktype="citation" key="aaaa2222&quot; onclick=&quot;alert(1)" onmouseover="alert(1)">x</a>'
    word = '<a linktype="glossary" id="1&quot; onclick=&quot;alert(1)" href="javascript:alert(1)">y</a>'
    story = make_story(stories, live=False, body=[("text", f"<p>It helps {evil} {word}.</p>")])
    html = preview_of(story)
    assert "alert(1)" not in html
    assert "It helps x y." in html


def test_where_nobody_numbers_a_citation_is_no_link() -> None:
    assert expand_db_html(f"<p>It helps{CITED}.</p>") == f'<p>It helps<a data-cite="aaaa2222">{MARK}</a>.</p>'


def test_readers_see_numbers_by_first_mention_with_links_both_ways(stories: StoryIndexPage) -> None:
    second = CITED.replace("aaaa2222", "bbbb3333")
    story = make_story(
        stories,
        live=False,
        body=[
            ("text", f"<p>First{second}, then{CITED}.</p>"),
            ("callout", {"tone": "note", "text": f"<p>Again{second}</p>"}),
        ],
    )
    story.references = [
        Reference(key="aaaa2222", text="Second mentioned", pmid="123"),
        Reference(key="bbbb3333", text="First mentioned", doi="10.1000/x<y>", evidence="trial"),
    ]
    story.save_revision().publish()
    html = page_of(story)
    assert_links_lead_somewhere(html)
    listed = html[html.index('id="ref-1"') :]
    assert listed.index("First mentioned") < listed.index("Second mentioned")
    assert "Randomised trial" in listed
    assert 'href="https://doi.org/10.1000/x%3Cy%3E"' in listed
    assert 'href="#cite-1-2"' in listed
    assert 'aria-label="Back to mention 2 of reference 1 in the text"' in listed


def test_a_citation_of_a_deleted_reference_shows_readers_nothing(stories: StoryIndexPage) -> None:
    story = make_story(stories, live=False, body=[("text", f"<p>It helps{CITED}.</p>")])
    html = preview_of(story)
    assert "It helps.</p>" in html
    assert MARK not in html
    assert_links_lead_somewhere(html)


def test_text_pasted_into_another_story_cites_nothing_there(stories: StoryIndexPage) -> None:
    story = make_story(stories, live=False, body=[("text", f"<p>It helps{CITED}.</p>")])
    story.references = [Reference(text="Another story's only source")]
    html = preview_of(story)
    assert "It helps.</p>" in html
    assert 'href="#ref-1"' not in html


def test_a_row_keeps_the_key_that_the_browser_gave_it(client: Client, doctor: User, stories: StoryIndexPage) -> None:
    text = contentstate(f"It helps{MARK}.", citation(), offset=8)
    story = save(client, stories, typed([row(key="aaaa2222")], text=text))
    draft = story.get_latest_revision_as_object()
    assert [reference.key for reference in draft.references.all()] == ["aaaa2222"]
    assert f"It helps{CITED}." in str(draft.body.raw_data[0]["value"])


@pytest.mark.parametrize("key", ["", "x", "<script>", "AAAA2222", "a" * 16 + "!"])
def test_a_row_without_a_proper_key_gets_one(client: Client, doctor: User, stories: StoryIndexPage, key: str) -> None:
    save(client, stories, typed([row(key=key, text="One"), row(key=key, text="Two")]))
    keys = list(Reference.objects.values_list("key", flat=True))
    assert len(set(keys)) == 2
    assert all(re.fullmatch(r"[a-z0-9]{8}", found) for found in keys)


def test_the_template_of_a_new_row_has_no_key_to_share(client: Client, doctor: User, stories: StoryIndexPage) -> None:
    html = client.get(f"/admin/pages/add/blog/storypage/{stories.pk}/").content.decode()
    template = re.search(r'<input[^>]*name="references-__prefix__-key"[^>]*>', html)
    assert template
    assert 'value="' not in template[0]
    assert 'type="hidden"' in template[0]


def test_keys_survive_a_refused_form_and_reordering(client: Client, doctor: User, stories: StoryIndexPage) -> None:
    rows = [row(key="aaaa2222", doi="nonsense"), row(key="bbbb3333", text="Two")]
    response = client.post(
        f"/admin/pages/add/blog/storypage/{stories.pk}/", {**typed(rows), "action-publish": "action-publish"}
    )
    html = response.content.decode()
    assert response.status_code == 200
    assert 'value="aaaa2222"' in html
    assert 'value="bbbb3333"' in html
    form = typed(rows) | {"references-0-ORDER": "2", "references-1-ORDER": "1"}
    draft = save(client, stories, form).get_latest_revision_as_object()
    assert [reference.key for reference in draft.references.all()] == ["bbbb3333", "aaaa2222"]


def test_an_autosave_tells_the_page_the_key_it_made(client: Client, doctor: User, stories: StoryIndexPage) -> None:
    response = client.post(
        f"/admin/pages/add/blog/storypage/{stories.pk}/", typed([row()]), headers={"Accept": "application/json"}
    )
    made = Reference.objects.get()
    assert response.json()["success"] is True
    assert response.json()["field_updates"]["references-0-key"] == made.key


def test_what_is_pasted_is_put_in_order(client: Client, doctor: User, stories: StoryIndexPage) -> None:
    pasted = row(
        doi="https://doi.org/10.1001/jama.2020.1234.",
        pmid="https://pubmed.ncbi.nlm.nih.gov/31234567/",
        url="example.org/paper",
    )
    save(client, stories, typed([pasted]))
    made = Reference.objects.get()
    assert (made.doi, made.pmid, made.url) == ("10.1001/jama.2020.1234", "31234567", "https://example.org/paper")


BAD = {"doi": "10.1/half", "pmid": "PMC77", "url": "javascript:alert(1)"}


@pytest.mark.parametrize("field", BAD)
def test_a_draft_saves_whatever_stands_in_a_reference(
    client: Client, doctor: User, stories: StoryIndexPage, field: str
) -> None:
    save(client, stories, typed([row(**{field: BAD[field]})]))
    made = Reference.objects.get()
    assert getattr(made, field) == BAD[field]
    assert made.link == "", "what is not whole is no link"


@pytest.mark.parametrize("field", BAD)
def test_publishing_names_the_row_and_the_remedy_and_loses_nothing(
    client: Client, doctor: User, stories: StoryIndexPage, field: str
) -> None:
    form = typed([row(text="Fine"), row(**{field: BAD[field]})]) | {"action-publish": "action-publish"}
    response = client.post(f"/admin/pages/add/blog/storypage/{stories.pk}/", form)
    errors = response.context["form"].formsets["references"].errors
    assert errors[0] == {}
    assert list(errors[1]) == [field]
    assert errors[1][field][0].startswith(f"Reference 2: “{BAD[field]}” is not")
    assert not StoryPage.objects.exists()
    assert f'value="{BAD[field]}"' in response.content.decode()


def test_a_word_leads_to_its_definition_and_back(stories: StoryIndexPage, term: GlossaryTerm) -> None:
    word = f'<a linktype="glossary" id="{term.pk}">no joy</a>'
    story = make_story(stories, body=[("text", f"<p>She felt {word}, {word}.</p>")])
    html = page_of(story)
    assert_links_lead_somewhere(html)
    assert f'<a class="word" href="#word-{term.pk}" id="said-{term.pk}-1">no joy</a>' in html
    assert "Words in this story" in html
    assert "Feeling &lt;no&gt; pleasure." in html
    assert f'href="#said-{term.pk}-2"' in html


def test_a_deleted_term_leaves_the_plain_word(stories: StoryIndexPage, term: GlossaryTerm) -> None:
    story = make_story(stories, body=[("text", f'<p>She felt <a linktype="glossary" id="{term.pk}">no joy</a>.</p>')])
    term.delete()
    html = page_of(story)
    assert "She felt no joy.</p>" in html
    assert "Words in this story" not in html


def test_all_terms_of_a_story_take_one_query(stories: StoryIndexPage, term: GlossaryTerm) -> None:
    other = GlossaryTerm.objects.create(term="Half-life", slug="half-life", definition="A time.")
    words = [f'<p><a linktype="glossary" id="{one.pk}">a word</a></p>' for one in (term, other)]
    story = make_story(stories, body=[("text", word) for word in words * 3])
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page_of(story)
    assert sum("blog_glossaryterm" in query["sql"] for query in queries) == 1


def test_a_story_without_words_asks_for_no_terms(stories: StoryIndexPage) -> None:
    story = make_story(stories, body=[("text", "<p>Plain.</p>")])
    with CaptureQueriesContext(connection) as queries:
        page_of(story)
    assert not any("blog_glossaryterm" in query["sql"] for query in queries)


def test_a_term_knows_the_stories_that_use_it(stories: StoryIndexPage, term: GlossaryTerm) -> None:
    story = make_story(stories, body=[("text", f'<p><a linktype="glossary" id="{term.pk}">joy</a></p>')])
    assert [str(used.object_id) for used in ReferenceIndex.get_references_to(term)] == [str(story.pk)]


def test_the_glossary_lists_every_term(client: Client, home: object, term: GlossaryTerm) -> None:
    html = client.get("/glossary/").content.decode()
    assert '<div id="anhedonia">' in html
    assert "Feeling &lt;no&gt; pleasure." in html


def test_the_dialogs_terms_are_for_people_of_the_admin(client: Client, doctor: User, term: GlossaryTerm) -> None:
    assert client.get("/admin/glossary/terms.json").json()["terms"][0]["term"] == "Anhedonia"
    assert Client().get("/admin/glossary/terms.json").status_code == 302
