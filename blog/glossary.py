"""Glossary words: a word of the text that is tied to a term leads to its definition at the story's end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from blog.citations import ATTRIBUTE, TAG


class Term(Protocol):
    """What is asked of `blog.models.GlossaryTerm`."""

    pk: int
    term: str
    slug: str
    definition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A term that the story explains, and the anchors of its mentions."""

    term: Term
    mentions: tuple[str, ...]

    @property
    def anchor(self) -> str:
        return f"word-{self.term.pk}"


def term_of(tag: str) -> int | None:
    """The id in the opening tag of a glossary word, as stored or as expanded by Wagtail; None for another tag.

    0 stands for one that names no term.
    """
    if not tag.startswith("<a "):
        return None
    attributes = dict(ATTRIBUTE.findall(tag))
    found = attributes.get("id", "") if attributes.get("linktype") == "glossary" else attributes.get("data-term")
    if found is None:
        return None
    # Eighteen digits fit every database's integer.
    return int(found) if found.isascii() and found.isdecimal() and len(found) <= 18 else 0


def terms_in(html: str) -> list[int]:
    """Ids of the terms that a fragment names, in order, each mention."""
    return [found for tag in TAG.findall(html) if (found := term_of(tag))]


class Glossary:
    """The terms of one rendering of one story.

    `fetch` gets their ids, all at once; it is not called for a story without glossary words.
    """

    def __init__(self, texts: Iterable[str], fetch: Callable[[set[int]], Mapping[int, Term]]) -> None:
        named = [term for text in texts for term in terms_in(text)]
        self._terms = fetch(set(named)) if named else {}
        self._counts = {term: named.count(term) for term in dict.fromkeys(named) if term in self._terms}
        self._met: dict[int, int] = {}

    def explain(self, html: str) -> SafeString:
        """The fragment with its glossary words as links to their definitions; call it once per text.

        A word whose term is gone stays, without a link.
        """
        parts: list[str] = []
        closing: str | None = None
        for part in TAG.split(html):
            term = term_of(part)
            if term is not None:
                parts.append(self._opening(term))
                closing = "</a>" if parts[-1] else ""
            elif closing is not None and part == "</a>":
                parts.append(closing)
                closing = None
            else:
                parts.append(part)
        # The fragment is rich text that Wagtail has sanitised; what is put in is escaped.
        return mark_safe("".join(parts))  # noqa: S308

    def _opening(self, term: int) -> str:
        if term not in self._counts:
            return ""
        self._met[term] = self._met.get(term, 0) + 1
        return format_html('<a class="word" href="#word-{}" id="said-{}-{}">', term, term, self._met[term])

    def words(self) -> list[Word]:
        """The terms explained, in the order of the alphabet."""
        found = (
            Word(term=self._terms[term], mentions=tuple(f"said-{term}-{mention}" for mention in range(1, count + 1)))
            for term, count in self._counts.items()
        )
        return sorted(found, key=lambda word: word.term.term.casefold())
