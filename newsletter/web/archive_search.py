"""Searching what was sent. What readers look for says something about them: it is never stored or logged."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

from blog.discovery.highlight import marked, passage, stem, stems
from newsletter.models import Campaign

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.utils.safestring import SafeString

_WORD = re.compile(r"\w+")
#: More make a query slow and find nothing.
MOST_WORDS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An issue that was found, with the words that were looked for marked."""

    campaign: Campaign
    title: SafeString
    text: SafeString


def matching(campaigns: QuerySet[Campaign], query: str) -> QuerySet[Campaign]:
    """Those whose subject or text holds every word of the query, or words that begin like it without its ending.

    A newsletter has hundreds of issues, not millions: the texts are read, on every database in the same way.
    """
    words = _WORD.findall(query)[:MOST_WORDS]
    found = campaigns.defer("compiled", "web_html")
    for word in words:
        holds = Q()
        for spelling in spellings(word):
            holds |= Q(subject__icontains=spelling) | Q(web_text__icontains=spelling)
        found = found.filter(holds)
    return found if words else found.none()


def spellings(word: str) -> set[str]:
    """What to look for. SQLite's search knows no small and capital letters beyond those of English."""
    without_ending = stem(word)
    found = {word, without_ending} if len(without_ending) > 2 else {word}
    return found if word.isascii() else found | {word.casefold(), word.capitalize(), word.upper()}


def hit(campaign: Campaign, query: str) -> Hit:
    wanted = stems(query)
    text = passage(campaign.web_text.splitlines(), wanted)
    return Hit(campaign=campaign, title=marked(campaign.subject, wanted), text=marked(text, wanted))
