"""A text file as the check reads it: sections are told by their headings, and nothing is filled in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby
from pathlib import Path

from blog.editorial.manuscript import Block, BlockKind, CitedReference, Manuscript
from blog.importing import formats
from blog.importing.document import Document, Section, Signature
from blog.importing.kinds import guess_kind
from blog.importing.source import Source, read_source

#: What a heading says of the paragraphs under it. A story's own blocks need no such guess.
SECTIONS = (
    (
        BlockKind.WHO_SHOULD_NOT,
        r"who should(?: not|n['’]t)\b|who (?:can ?not|can['’]t|must not)\b|contraindications?\b",
    ),
    (BlockKind.REGULATORY_STATUS, r"regulatory status|is (?:it|\w+(?: \w+)?) approved|approval status|fda status"),
    (BlockKind.KEY_POINTS, r"key (?:points|facts|messages)|(?:the )?main points|at a glance|in brief|takeaways"),
    (
        BlockKind.CRISIS_HELP,
        r"(?:in|if you(?: are|['’]re) in) (?:a )?crisis|(?:get )?(?:crisis|urgent) help|if you need help",
    ),
    (
        BlockKind.ALTERNATIVES,
        r"(?:the |what are (?:the|your|my) )?(?:alternatives?|other (?:options|treatments|choices))\b",
    ),
    (
        BlockKind.RISKS,
        r"(?:(?:the|possible|common|what are (?:the|its)) )*"
        r"(?:risks?|side[ -]effects?|harms|adverse effects)\b(?! and benefits)",
    ),
    (BlockKind.BENEFITS, r"(?:(?:the|possible|likely|what are (?:the|its)) )*benefits?\b(?! and (?:risks|harms))"),
    (BlockKind.REFERENCES, r"references?$|sources$|bibliography$|notes and references$"),
)
HEADINGS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in SECTIONS)
CONFLICT = re.compile(
    r"(?:conflicts? of interest|competing interests|disclosures?|declaration of interests?)\b", re.IGNORECASE
)
#: A number that answers people in a crisis, with the word that says what to do with it.
CRISIS_LINE = re.compile(
    r"\b(?:call|text|dial|ring|phone|lifeline)\W+(?:[\w’']+\W+){0,4}988\b|\b988\W+(?:\w+\W+){0,2}(?:lifeline|crisis)"
    r"|\bsamaritans\b|\b116[ -]?123\b|\b741741\b|\b1-800-273-(?:8255|TALK)\b|\b13 11 14\b"
    r"|\b(?:crisis|suicide) (?:line|hotline)\W+\d",
    re.IGNORECASE,
)
#: A line that opens a section has no more words than this, and doesn't end like a sentence.
PLAIN_HEADING_WORDS = 8
ENDS = (".", "!", ",", ";", ":", "…")
NUMBERED = re.compile(r"(?:\[\d{1,3}\]|\d{1,3}[.)])\s+")
DOI = re.compile(r"\b10\.\d{4,9}/\S+[^\s.,;)\]]")
PMID = re.compile(r"\bPMID:?\s*(\d{1,9})\b", re.IGNORECASE)
URL = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;)\]]")


def manuscript_of_file(path: Path, *, today: date) -> Manuscript:
    """The text as it stands in the file. It has no defaults: no standing conflict statement, no review dates.

    Its kind is guessed from the treatments that title and headings name, as when it is imported.

    Raises:
        StoryImportError: it is missing, no text, or of a format that isn't read; the message says what to do.
    """
    source = read_source(path)
    document = formats.READERS[formats.choose(source, formats.AUTO)](source)
    signature, sections = document.signature, list(with_plain_headings(document.sections))
    return Manuscript(
        kind=guess_kind(document.title, document.headings),
        blocks=(*title(document, source), *named(body(sections, signature))),
        references=tuple(references(sections)),
        people=frozenset([signature.name] if signature else []),
        author_credential=signature.credential if signature else "",
        conflict_statement=conflict_statement(sections),
        today=today,
    )


def title(document: Document, source: Source) -> Iterator[Block]:
    """The title, unless it was made of the file's name."""
    if document.title in " ".join(source.text().split()):
        yield Block(kind=BlockKind.TITLE, name="title", paragraphs=(document.title,))


def with_plain_headings(sections: Iterable[Section]) -> Iterator[Section]:
    """Cut at lines such as "Risks" and "Side effects", too, which an import takes for paragraphs."""
    for section in sections:
        heading, paragraphs = section.heading, list[str]()
        for paragraph in section.paragraphs:
            if is_plain_heading(paragraph):
                if heading or paragraphs:
                    yield Section(heading=heading, paragraphs=tuple(paragraphs))
                heading, paragraphs = paragraph, []
            else:
                paragraphs.append(paragraph)
        yield Section(heading=heading, paragraphs=tuple(paragraphs))


def is_plain_heading(paragraph: str) -> bool:
    if len(paragraph.split()) > PLAIN_HEADING_WORDS or not paragraph[:1].isupper() or paragraph.endswith(ENDS):
        return False
    return kind_under(paragraph) is not BlockKind.TEXT or bool(CONFLICT.fullmatch(paragraph))


def body(sections: Iterable[Section], signature: Signature | None) -> Iterator[Block]:
    for section in sections:
        if section.heading:
            yield Block(
                kind=BlockKind.HEADING,
                name="",
                paragraphs=(section.heading,),
                section=section.heading,
                level=2,
            )
        kind = kind_under(section.heading)
        for found, paragraphs in groupby(section.paragraphs, lambda text, kind=kind: kind_of(text, kind)):  # type: ignore[misc]
            yield Block(kind=found, name="", paragraphs=tuple(paragraphs), section=section.heading)
    if signature:
        lines = filter(None, [signature.closing, str(signature)])
        yield Block(kind=BlockKind.SIGNATURE, name="", paragraphs=tuple(lines))


def named(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks under the names of a story's body: place and kind."""
    for place, block in enumerate(blocks, start=1):
        yield Block(
            kind=block.kind,
            name=f"{place} {block.kind}",
            paragraphs=block.paragraphs,
            section=block.section,
            level=block.level,
        )


def kind_under(heading: str) -> BlockKind:
    return next((kind for kind, pattern in HEADINGS if pattern.match(heading)), BlockKind.TEXT)


def kind_of(paragraph: str, section: BlockKind) -> BlockKind:
    """A paragraph that gives a crisis line is crisis help wherever it stands."""
    if section is not BlockKind.REFERENCES and CRISIS_LINE.search(paragraph):
        return BlockKind.CRISIS_HELP
    return section


def references(sections: Sequence[Section]) -> Iterator[CitedReference]:
    """The numbered lines under "References"; a line without a number goes on with the one before it."""
    for section in sections:
        if kind_under(section.heading) is BlockKind.REFERENCES:
            yield from map(reference, rows(section.paragraphs))


def rows(paragraphs: Sequence[str]) -> list[str]:
    found: list[str] = []
    for text in paragraphs:
        parts = re.split(r"\s(?=\[\d{1,3}\]\s)", text)
        for part in parts:
            mark = NUMBERED.match(part)
            if mark or not found:
                found.append(part[mark.end() :] if mark else part)
            else:
                found[-1] = f"{found[-1]} {part}"
    return found


def reference(text: str) -> CitedReference:
    doi, pmid, url = DOI.search(text), PMID.search(text), URL.search(text)
    return CitedReference(text=text, doi=doi[0] if doi else "", pmid=pmid[1] if pmid else "", url=url[0] if url else "")


def conflict_statement(sections: Sequence[Section]) -> str:
    """What the file itself says of its author's interests, under a heading or after those words and a colon."""
    for section in sections:
        if CONFLICT.match(section.heading) and section.paragraphs:
            return " ".join(section.paragraphs)
        for paragraph in section.paragraphs:
            head, colon, rest = paragraph.partition(":")
            if colon and rest.strip() and CONFLICT.fullmatch(head.strip()):
                return rest.strip()
    return ""
