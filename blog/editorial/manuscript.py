"""The text that is checked: named blocks of plain paragraphs, cut into sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property

from blog.editorial.sentences import split_sentences

#: `[2]`, `[2, 5]`, `[2-4]` in running text; row 0 stands for a citation whose reference is gone.
MARKER = re.compile(r"\[(\d{1,3}(?:\s*[,–-]\s*\d{1,3})*)\]")
#: Speech and titles in quotation marks: straight, curly, guillemets; within a paragraph. A paragraph of a longer speech
#: opens with a mark and leaves it open.
QUOTED = re.compile(
    r"“[^”\n]*”|\A“[^”\n]*\Z|\"[^\"\n]*\"|«[^»\n]*»|(?<!\w)‘[^’\n]*(?:’\w[^’\n]*)*’(?!\w)"
    r"|(?<![\w'])'(?=[^\W\d])[^'\n]*(?:'\w[^'\n]*)*'(?!\w)"
)
#: What typesetters use for characters that typists have, one for one.
PLAIN_CHARACTERS = str.maketrans("‘’ʼ‐‑\u00a0\u202f", "'''--  ")


class BlockKind(StrEnum):
    """The names are those of the story's StreamField, and the fields around it."""

    TITLE = "title"
    STANDFIRST = "standfirst"
    HEADING = "heading"
    TEXT = "text"
    KEY_POINTS = "key_points"
    REGULATORY_STATUS = "regulatory_status"
    BENEFITS = "benefits"
    RISKS = "risks"
    ALTERNATIVES = "alternatives"
    WHO_SHOULD_NOT = "who_should_not"
    PATIENT_STORY = "patient_story"
    CRISIS_HELP = "crisis_help"
    QUOTE = "quote"
    PULL_QUOTE = "pull_quote"
    CALLOUT = "callout"
    STAT = "stat"
    IMAGE = "image"
    FAQ = "faq"
    TABLE = "table"
    EMBED = "embed"
    SIGNATURE = "signature"
    REFERENCES = "references"
    SUBSCRIBE_FORM = "subscribe_form"
    RELATED_STORIES = "related_stories"


#: Words that are somebody else's: rules on wording leave them alone.
QUOTATIONS = frozenset({BlockKind.QUOTE, BlockKind.PULL_QUOTE})


@dataclass(frozen=True)
class Sentence:
    text: str
    #: Which paragraph of its block, counted from 0.
    paragraph: int
    #: `prose`, where the quotations of the whole paragraph are known: speech may run over several sentences.
    own_words: str | None = field(default=None, repr=False, compare=False)

    @cached_property
    def prose(self) -> str:
        """The author's own words: quotations and citation markers blanked out, of the same length as `text`."""
        return own_words(self.text) if self.own_words is None else self.own_words

    @cached_property
    def folded(self) -> str:
        """`prose` as patterns read it: small letters, straight apostrophes, plain hyphens and spaces; same length."""
        return fold(self.prose)

    @cached_property
    def rows(self) -> tuple[int, ...]:
        """The rows of the references that it cites; 0 for one that is gone."""
        return tuple(row for found in MARKER.finditer(self.text) for row in rows_of(found[1]))


@dataclass(frozen=True, kw_only=True)
class Block:
    """One block of the story, as plain text.

    `paragraphs` hold citations as markers such as `[2]`, counted from 1 in the order of the story's list. A table's
    rows, a list's items, a question and its answer are a paragraph each.
    """

    kind: BlockKind
    #: What people and the command call it: its place in the body and its kind, such as `4 text`; `title`, `standfirst`.
    name: str
    block_id: str = ""
    paragraphs: tuple[str, ...] = ()
    #: The heading (section, level 2) that it stands under; empty before the first one.
    section: str = ""
    #: Of a heading: 2 or 3.
    level: int = 0
    #: Of an image: what it shows; empty when that is missing. None when it needs none (decoration, or no image).
    alt: str | None = None
    #: Of a patient's story: the basis of consent (`written`, `composite`, `illustrative`) or empty.
    consent: str = ""
    #: Of a patient's story: what usually happens, or empty.
    typical_result: str = ""
    #: Of a regulatory status: `approved`, `off_label`, `not_approved`, `investigational` or empty.
    status: str = ""

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        return tuple(
            sentence for index, paragraph in enumerate(self.paragraphs) for sentence in _sentences_of(paragraph, index)
        )

    @cached_property
    def word_count(self) -> int:
        return sum(len(WORD.findall(_blank(MARKER, paragraph))) for paragraph in self.paragraphs)


WORD = re.compile(r"\w[\w'’-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedReference:
    """A row of the list of references."""

    text: str
    doi: str = ""
    pmid: str = ""
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Manuscript:
    """A story as the check reads it. A file has no defaults: what it doesn't say is empty."""

    #: `treatment`, `condition`, `patient_story` or `news`.
    kind: str
    #: Title and standfirst first, then the body in order.
    blocks: tuple[Block, ...]
    references: tuple[CitedReference, ...] = ()
    #: Names of the author and the reviewer: people who are named because they answer for the text.
    people: frozenset[str] = field(default_factory=frozenset)
    author_credential: str = ""
    conflict_statement: str = ""
    reviewed_on: date | None = None
    review_due_on: date | None = None
    #: The day on which it is checked.
    today: date

    def of_kind(self, *kinds: BlockKind) -> Iterator[Block]:
        return (block for block in self.blocks if block.kind in kinds)

    def sentences(self, *, quotations: bool = False) -> Iterator[tuple[Block, Sentence]]:
        """Every sentence with its block, in order; blocks of quotations only on request, reference lists never."""
        for block in self.blocks:
            if block.kind is BlockKind.REFERENCES or (block.kind in QUOTATIONS and not quotations):
                continue
            for sentence in block.sentences:
                yield block, sentence

    @cached_property
    def word_count(self) -> int:
        return sum(block.word_count for block in self.blocks)


def rows_of(marker: str) -> list[int]:
    """`2, 4-6` as [2, 4, 5, 6]; a range that runs backwards has no rows."""
    rows: list[int] = []
    for part in marker.split(","):
        first, _, last = re.sub(r"\s*[–-]\s*", "-", part.strip()).partition("-")
        rows.extend(range(int(first), int(last or first) + 1))
    return rows


def own_words(text: str) -> str:
    """`text` with quotations and citation markers blanked out; same length."""
    return _blank(MARKER, _blank(QUOTED, text))


def fold(text: str) -> str:
    """Small letters, straight apostrophes, plain hyphens and spaces; same length."""
    plain = text.translate(PLAIN_CHARACTERS)
    lowered = plain.lower()
    if len(lowered) != len(plain):  # a Turkish İ becomes two characters
        lowered = "".join(letter.lower() if len(letter.lower()) == 1 else letter for letter in plain)
    return lowered


def _sentences_of(paragraph: str, index: int) -> Iterator[Sentence]:
    own = own_words(paragraph)
    end = 0
    for text in split_sentences(paragraph):
        start = paragraph.find(text, end)
        if start < 0:
            yield Sentence(text=text, paragraph=index)
            continue
        end = start + len(text)
        yield Sentence(text=text, paragraph=index, own_words=own[start:end])


def _blank(pattern: re.Pattern[str], text: str) -> str:
    return pattern.sub(lambda found: " " * len(found[0]), text)
