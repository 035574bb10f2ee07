"""Where in an issue something stands that a pattern finds: subject, preview text, both bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from newsletter.issues.checks.places import PREVIEW_TEXT, SUBJECT

if TYPE_CHECKING:
    import re

    from newsletter.issues.checks.examined import Examined
    from newsletter.issues.findings import Place

#: So much of what was found is shown.
_SHOWN = 20


def typed(seen: Examined, pattern: re.Pattern[str], *, mail: str) -> dict[str, tuple[str, Place]]:
    """The beginning of each find with where it stands first, in words and as a place.

    `mail` is the HTML part, as the pattern has to see it. The pattern has no groups.
    """
    found: dict[str, tuple[str, Place]] = {}
    for words, place, text in (
        (_("the subject"), SUBJECT, seen.issue.subject),
        (_("the preview text"), PREVIEW_TEXT, seen.issue.preview_text),
        (_("the mail"), None, mail),
        (_("the plain text"), None, seen.text),
    ):
        for match in pattern.findall(text):
            shown = match.strip()[:_SHOWN]
            if shown not in found:
                found[shown] = (words, place or seen.places.holding(shown))
    return found
