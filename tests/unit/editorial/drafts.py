"""Stories to check: from a sentence, from blocks, from the doctor's own article."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from blog.editorial.findings import Finding
from blog.editorial.manuscript import Block, BlockKind, CitedReference, Manuscript

#: The day on which drafts are checked.
TODAY = date(2026, 3, 2)
#: The doctor's own article; it lies beside the repository and isn't part of it.
ARTICLE = Path(__file__).resolve().parents[4] / "shared" / "articles" / "iv-ketamine-infusions-restore.txt"
needs_the_article = pytest.mark.skipif(
    not ARTICLE.is_file(), reason="the doctor's article is not beside this checkout (../shared/articles)"
)

RuleFunction = Callable[[Manuscript], Iterator[Finding]]


def paragraphs(text: str) -> tuple[str, ...]:
    """What blank lines part; single line breaks inside a paragraph are spaces."""
    parts = re.split(r"\n\s*\n", text.replace("\u00a0", " ").strip())
    return tuple(" ".join(part.split()) for part in parts if part.strip())


def block(
    kind: BlockKind | str,
    text: str = "",
    *,
    section: str = "",
    level: int = 0,
    alt: str | None = None,
    consent: str = "",
    typical_result: str = "",
    status: str = "",
) -> Block:
    """One block of any kind; `draft` gives it its number."""
    return Block(
        kind=BlockKind(kind),
        name=str(kind),
        block_id=f"{kind}-id",
        paragraphs=paragraphs(text),
        section=section,
        level=level,
        alt=alt,
        consent=consent,
        typical_result=typical_result,
        status=status,
    )


def text_block(text: str, *, section: str = "") -> Block:
    return block(BlockKind.TEXT, text, section=section)


def heading(text: str, *, level: int = 2) -> Block:
    return block(BlockKind.HEADING, text, level=level)


def patient_story(text: str, *, consent: str = "", typical_result: str = "") -> Block:
    return block(BlockKind.PATIENT_STORY, text, consent=consent, typical_result=typical_result)


def crisis_help(text: str = "If you are in crisis, call or text 988.") -> Block:
    return block(BlockKind.CRISIS_HELP, text)


def draft(
    *parts: str | Block,
    kind: str = "treatment",
    title: str = "",
    standfirst: str = "",
    references: Sequence[str | CitedReference] = (),
    people: Iterable[str] = (),
    author_credential: str = "",
    conflict_statement: str = "",
    reviewed_on: date | None = None,
    review_due_on: date | None = None,
    today: date = TODAY,
) -> Manuscript:
    """A story of these parts: a string is a block of text, blank lines part its paragraphs.

    Body blocks are numbered from 1 and named as in a real story: `1 text`, `2 risks`. Title and standfirst come first.
    Blocks without a section of their own get the one of the heading they stand under.
    """
    blocks = [
        block(field, words) for field, words in ((BlockKind.TITLE, title), (BlockKind.STANDFIRST, standfirst)) if words
    ]
    section = ""
    for number, part in enumerate(parts, start=1):
        made = text_block(part) if isinstance(part, str) else part
        if made.kind is BlockKind.HEADING and made.level <= 2:
            section = " ".join(made.paragraphs)
        blocks.append(
            replace(made, name=f"{number} {made.kind}", block_id=f"block-{number}", section=made.section or section)
        )
    return Manuscript(
        kind=kind,
        blocks=tuple(blocks),
        references=tuple(CitedReference(text=row) if isinstance(row, str) else row for row in references),
        people=frozenset(people),
        author_credential=author_credential,
        conflict_statement=conflict_statement,
        reviewed_on=reviewed_on,
        review_due_on=review_due_on,
        today=today,
    )


def article() -> Manuscript:
    """The doctor's own article, cut into title, headings, texts and signature as the import does."""
    from blog.importing.headings import is_heading

    lines = [line for line in ARTICLE.read_text(encoding="utf-8").replace("\u00a0", " ").split("\n") if line.strip()]
    title, *body = (" ".join(line.split()) for line in lines)
    *body, closing, name = body
    parts: list[Block] = []
    for line in body:
        if is_heading(line):
            parts.append(heading(line))
        elif parts and parts[-1].kind is BlockKind.TEXT:
            parts[-1] = text_block("\n\n".join([*parts[-1].paragraphs, line]))
        else:
            parts.append(text_block(line))
    parts.append(block(BlockKind.SIGNATURE, f"{closing}\n\n{name}"))
    return draft(*parts, title=title, people=[name.partition(",")[0]])


def fired(rule: RuleFunction, manuscript: Manuscript | str) -> list[Finding]:
    """All findings of one rule; a string is a story of one block of text."""
    return list(rule(draft(manuscript) if isinstance(manuscript, str) else manuscript))


def sentences_fired(rule: RuleFunction, manuscript: Manuscript | str) -> list[str]:
    """The sentences that a rule fires on, in order."""
    return [finding.sentence for finding in fired(rule, manuscript)]
