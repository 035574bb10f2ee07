"""A draft always saves: what blocks accept while they are being written, and what they ask for to be published."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from wagtail.blocks import StreamValue
from wagtail.images.models import Image

from blog.blocks import StoryBody
from blog.models import StoryPage

BLOCK = StoryPage.body.field.stream_block
STRUCTURED = [kind for kind in BLOCK.child_blocks if kind != "text"]


def body(kind: str, value: Any) -> StreamValue:
    return BLOCK.to_python([{"type": kind, "value": value}])


def empty(kind: str) -> dict[str, Any]:
    """What the form of a new block posts when nobody typed anything, its titles deleted."""
    fields = BLOCK.child_blocks[kind].child_blocks
    bare: dict[str, Any] = {"items": [], "stories": [], **dict.fromkeys(("image", "table", "poster", "consent"))}
    return {name: bare.get(name, "") for name in fields}


@pytest.fixture
def image(db: None) -> Image:
    return Image.objects.create(title="drawing", file="drawing.png", width=8, height=8)


@pytest.mark.parametrize("kind", STRUCTURED)
def test_a_draft_takes_a_block_that_nobody_has_filled_in_yet(kind: str) -> None:
    assert BLOCK.clean_deferred(body(kind, empty(kind)))[0].block_type == kind


@pytest.mark.parametrize("kind", ["key_points", "benefits", "risks", "patient_story", "stat", "embed", "heading"])
def test_a_block_without_its_text_is_not_published(kind: str) -> None:
    with pytest.raises(ValidationError):
        BLOCK.clean(body(kind, empty(kind)))


def test_a_draft_takes_an_image_without_words_and_publishing_asks_for_them(image: Image) -> None:
    value = body("image", {"image": {"image": image.pk, "alt_text": "", "decorative": False}, "caption": ""})

    kept = BLOCK.get_prep_value(BLOCK.clean_deferred(value))
    assert kept[0]["value"]["image"]["image"] == image.pk
    with pytest.raises(ValidationError):
        BLOCK.clean(value)


def test_a_draft_keeps_an_address_that_is_typed_by_half_and_publishing_asks_for_the_rest() -> None:
    value = body("embed", {"url": "https:/", "title": "A talk", "description": ""})

    assert BLOCK.clean_deferred(value)[0].value["url"] == "https:/"
    with pytest.raises(ValidationError):
        BLOCK.clean(value)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        # The editorial check asks about these two: it says why, the form could only say that it must.
        ("regulatory_status", {"status": "", "country": "", "as_of": None, "text": "<p>Unclear.</p>"}),
        ("patient_story", {"name": "Ana", "text": "<p>Hers.</p>", "basis": "", "consent": None}),
        ("subscribe_form", {"title": "", "text": ""}),
        ("crisis_help", {"title": "Help", "text": "", "country": ""}),
    ],
)
def test_what_may_stay_empty_is_no_error_of_the_form(kind: str, value: dict[str, Any]) -> None:
    assert BLOCK.clean(body(kind, value))[0].block_type == kind


def test_blocks_keep_their_names() -> None:
    """Texts in the database are stored under them: renaming one loses them."""
    assert set(StoryBody().child_blocks) == {
        *("heading", "text", "image", "quote", "callout", "references", "crisis_help", "signature"),
        *("key_points", "regulatory_status", "benefits", "risks", "alternatives", "who_should_not", "patient_story"),
        *("pull_quote", "stat", "faq", "table", "embed", "subscribe_form", "related_stories"),
    }
