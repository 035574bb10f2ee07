"""A story as the check reads it: from the page in the database, or from one that an editor has just typed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from html import unescape
from typing import TYPE_CHECKING, Any

from django.utils.html import strip_tags

from blog.citations import as_markers
from blog.editorial.manuscript import Block, BlockKind, CitedReference, Manuscript
from blog.models import PatientConsent
from blog.reading import READ_FIELDS, SECTIONS
from core.models import PublicationSettings

if TYPE_CHECKING:
    from blog.models import StoryPage

PARAGRAPH_ENDS = re.compile(r"</(?:p|li|h[1-6]|blockquote|td|th|tr)>|<hr[^>]*>", re.IGNORECASE)
BREAK = re.compile(r"<br[^>]*>", re.IGNORECASE)
#: What prints nothing, or only hides from a search: soft hyphen, zero-width marks.
INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")

#: Python 3.11 can't ask an enumeration for a plain string.
KINDS = frozenset(map(str, BlockKind))
#: The level of a heading that begins a section.
SECTION = 2

Value = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Turns a block's raw values into plain paragraphs."""

    #: Keys of the story's references in their order: what chosen citations resolve to.
    keys: Sequence[str]

    def rich(self, html: object) -> list[str]:
        """HTML as plain paragraphs, chosen citations as markers of rows."""
        marked = as_markers(str(html or ""), self.keys)
        ended = PARAGRAPH_ENDS.sub("\n\n", BREAK.sub(" ", marked))
        return [plain for part in ended.split("\n\n") if (plain := clean(unescape(strip_tags(part))))]

    def of(self, value: Value, *names: str) -> list[str]:
        return [paragraph for name in names for paragraph in self.lines(value.get(name))]

    def lines(self, value: object) -> list[str]:
        """A field of either kind: HTML where it looks like it, else plain text, blank lines between paragraphs."""
        text = "" if value is None else str(value)
        if "</" in text:
            return self.rich(text)
        return [plain for part in re.split(r"\n\s*\n", text) if (plain := clean(part))]


def manuscript_of(story: StoryPage, *, today: date) -> Manuscript:
    """The story as it is given, saved or not, with what it inherits: the standing conflict statement.

    A draft's own text is that of its latest revision: `story.get_latest_revision_as_object()`.
    """
    references = list(story.references.all())
    texts = Texts(keys=[reference.key for reference in references])
    author, reviewer = story.author, story.reviewer
    blocks = tuple(number(fields(story), body(story, texts)))
    return Manuscript(
        kind=story.kind,
        blocks=blocks,
        references=tuple(
            CitedReference(text=reference.text, doi=reference.doi, pmid=reference.pmid, url=reference.url)
            for reference in references
        ),
        people=frozenset(filter(None, [*(person.title for person in (author, reviewer) if person), *signed(story)])),
        author_credential=author.credential if author else "",
        conflict_statement=story.conflict_statement.strip() or standing_statement(story),
        reviewed_on=story.reviewed_on,
        review_due_on=story.review_due_on,
        today=today,
    )


def fields(story: StoryPage) -> Iterator[Block]:
    """What stands around the body; what search engines show counts as title and standfirst, too."""
    for kind, name, text in (
        (BlockKind.TITLE, "title", story.title),
        (BlockKind.STANDFIRST, "standfirst", story.standfirst),
        (BlockKind.TITLE, "title tag", story.seo_title),
        (BlockKind.STANDFIRST, "meta description", story.search_description),
    ):
        if words := clean(text or ""):
            yield Block(kind=kind, name=name, paragraphs=(words,))


def body(story: StoryPage, texts: Texts) -> Iterator[Block]:
    """The body's blocks in order, not numbered yet."""
    section = ""
    for item in story.body.raw_data:
        kind, value = item["type"], item.get("value")
        if kind not in KINDS:
            continue
        found = block_of(BlockKind(kind), value, texts)
        if (found.kind is BlockKind.HEADING and found.level == SECTION) or found.kind in SECTIONS:
            section = found.paragraphs[0] if found.paragraphs else section
        yield replace(found, section=section, block_id=str(item.get("id") or ""))


def number(around: Iterator[Block], inside: Iterator[Block]) -> Iterator[Block]:
    """All blocks; those of the body named by their place, such as `4 text`."""
    yield from around
    for place, block in enumerate(inside, start=1):
        yield replace(block, name=f"{place} {block.kind}")


def block_of(kind: BlockKind, value: Any, texts: Texts) -> Block:
    if not isinstance(value, Mapping):
        return Block(kind=kind, name=kind, paragraphs=tuple(texts.lines(value)))
    paragraphs = READERS.get(kind, by_fields)(kind, value, texts)
    return Block(kind=kind, name=kind, paragraphs=tuple(paragraphs), **MORE.get(kind, nothing)(value))


def by_fields(kind: BlockKind, value: Value, texts: Texts) -> list[str]:
    """The fields that readers of the page see, in their order."""
    return texts.of(value, *READ_FIELDS.get(kind, ()))


def image(_: BlockKind, value: Value, texts: Texts) -> list[str]:
    return texts.of(value, "caption", "credit")


def stat(_: BlockKind, value: Value, texts: Texts) -> list[str]:
    """The big figure and the words beside it are one sentence to a reader."""
    first, *others = texts.of(value, "text") or [""]
    return [clean(f"{value.get('figure') or ''} {first}"), *others]


def faq(_: BlockKind, value: Value, texts: Texts) -> list[str]:
    pairs = [item.get("value", item) for item in value.get("items") or []]
    inside = (paragraph for pair in pairs for paragraph in texts.of(pair, "question", "answer"))
    return [*texts.of(value, "title"), *inside]


def table(_: BlockKind, value: Value, texts: Texts) -> list[str]:
    """A paragraph for the headings and one for each row."""
    inner = value.get("table") or {}
    headings = "; ".join(filter(None, (clean(str(column.get("heading") or "")) for column in inner.get("columns", []))))
    rows = ("; ".join(" ".join(texts.lines(cell)) for cell in row.get("values", [])) for row in inner.get("rows", []))
    title, note = texts.of(value, "title"), texts.of(value, "note")
    return [*title, *filter(None, [headings, *map(clean, rows)]), *texts.lines(inner.get("caption")), *note]


def signature(_: BlockKind, value: Value, texts: Texts) -> list[str]:
    name = ", ".join(filter(None, (clean(str(value.get(part) or "")) for part in ("name", "credential"))))
    return [*texts.of(value, "closing"), *([name] if name else [])]


READERS: Mapping[BlockKind, Callable[[BlockKind, Value, Texts], list[str]]] = {
    BlockKind.IMAGE: image,
    BlockKind.STAT: stat,
    BlockKind.FAQ: faq,
    BlockKind.TABLE: table,
    BlockKind.SIGNATURE: signature,
}


def nothing(_: Value) -> dict[str, Any]:
    return {}


def heading_level(value: Value) -> dict[str, Any]:
    return {"level": 3 if str(value.get("level")) == "3" else 2}


def alt_text(value: Value) -> dict[str, Any]:
    """None for decoration, and while no picture is chosen."""
    shown = value.get("image")
    if not isinstance(shown, Mapping):
        return {"alt": "" if shown else None}
    if shown.get("decorative") or not shown.get("image"):
        return {"alt": None}
    return {"alt": clean(str(shown.get("alt_text") or ""))}


def consent(value: Value) -> dict[str, Any]:
    """A consent that was withdrawn is none."""
    record = value.get("consent")
    withdrawn = record is not None and PatientConsent.objects.filter(pk=record, withdrawn_on__isnull=False).exists()
    return {
        "consent": "" if withdrawn else str(value.get("basis") or ""),
        "typical_result": clean(str(value.get("typical_result") or "")),
    }


def status(value: Value) -> dict[str, Any]:
    return {"status": str(value.get("status") or "")}


MORE: Mapping[BlockKind, Callable[[Value], dict[str, Any]]] = {
    BlockKind.HEADING: heading_level,
    BlockKind.IMAGE: alt_text,
    BlockKind.PATIENT_STORY: consent,
    BlockKind.REGULATORY_STATUS: status,
}


def signed(story: StoryPage) -> Iterator[str]:
    """Names in the story's signatures."""
    for item in story.body.raw_data:
        if item["type"] == BlockKind.SIGNATURE and isinstance(item.get("value"), Mapping):
            yield clean(str(item["value"].get("name") or ""))


def standing_statement(story: StoryPage) -> str:
    site = story.get_site() if story.pk else None
    settings = PublicationSettings.for_site(site) if site else PublicationSettings.of_default_site()
    return str(settings.conflict_statement).strip()


def clean(text: str) -> str:
    """One line: white space of every kind is one space, marks that print nothing are gone."""
    return " ".join(INVISIBLE.sub("", text).split())
