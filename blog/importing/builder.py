"""Makes the draft: the same for every format."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

from blog.importing.authors import Authorship
from blog.importing.document import Document
from blog.importing.kinds import guess_kind
from blog.models import StoryIndexPage, StoryPage

BlockValue = tuple[str, Any]


def make_draft(
    document: Document, authorship: Authorship, *, index: StoryIndexPage, source_id: str, digest: str
) -> StoryPage:
    """A story with one revision that nobody but editors can see."""
    story = StoryPage(
        title=document.title,
        kind=guess_kind(document.title, document.headings),
        author=authorship.author,
        body=list(body_blocks(document)),
        source_id=source_id,
        source_digest=digest,
        live=False,
    )
    index.add_child(instance=story)
    story.save_revision()
    return story


def body_blocks(document: Document) -> Iterator[BlockValue]:
    """The body as StreamField values: a text block a section, so that an author edits a section in one place."""
    for section in document.sections:
        if section.heading:
            yield "heading", {"text": section.heading, "level": "2"}
        if section.paragraphs:
            yield "text", rich_text(section.paragraphs)
    if document.signature:
        yield (
            "signature",
            {
                "closing": document.signature.closing,
                "name": document.signature.name,
                "credential": document.signature.credential,
            },
        )


def rich_text(paragraphs: tuple[str, ...]) -> str:
    """Plain paragraphs as the HTML that Wagtail keeps; quotation marks stay as they are."""
    return "".join(f"<p>{escape(paragraph, quote=False)}</p>" for paragraph in paragraphs)
