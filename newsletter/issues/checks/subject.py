"""Rules about the two lines that a mailbox shows: the subject and the preview text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from newsletter.issues.checks.places import PREVIEW_TEXT, SUBJECT
from newsletter.issues.findings import Finding, Level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from newsletter.issues.checks.examined import Examined

LONG_SUBJECT = 60
PREVIEW_LENGTHS = range(40, 111)
#: Print nothing, or turn the direction of what follows: how a subject is made to look like another one. The plain marks
#: of Arabic and Hebrew (U+200E, U+200F) and what joins letters and emoji (U+200C, U+200D) are left alone.
_HIDDEN = re.compile("[\u00ad\u200b\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")


def subject(seen: Examined) -> Iterator[Finding]:
    text = seen.issue.subject.strip()
    if not text:
        yield Finding(
            rule="subject",
            level=Level.BLOCKER,
            text=_("The subject is empty."),
            remedy=_("Write a subject."),
            place=SUBJECT,
        )
    if len(text) > LONG_SUBJECT:
        yield Finding(
            rule="subject-length",
            level=Level.WARNING,
            text=_("The subject has %(count)d characters; many mail programs show 60.") % {"count": len(text)},
            remedy=_("Say the most important thing first, or shorten it."),
            place=SUBJECT,
        )
    if len(text) > 3 and text == text.upper() != text.lower():
        yield Finding(
            rule="subject-capitals",
            level=Level.WARNING,
            text=_("The subject is all in capital letters, which reads as shouting and as spam."),
            remedy=_("Write it as a sentence."),
            place=SUBJECT,
        )


def hidden_characters(seen: Examined) -> Iterator[Finding]:
    for place, text in ((SUBJECT, seen.issue.subject), (PREVIEW_TEXT, seen.issue.preview_text)):
        if _HIDDEN.search(text):
            yield Finding(
                rule="hidden-characters",
                level=Level.WARNING,
                text=_("It holds characters that print nothing or turn the writing round, as spam does."),
                remedy=_("Type the line anew instead of pasting it."),
                place=place,
            )


def preview_text(seen: Examined) -> Iterator[Finding]:
    length = len(seen.issue.preview_text.strip())
    if length not in PREVIEW_LENGTHS:
        yield Finding(
            rule="preview-text",
            level=Level.WARNING,
            text=_("The preview text has %(count)d characters; 40 to 110 fill the line after the subject.")
            % {"count": length},
            remedy=_("Say in one sentence why it is worth opening."),
            place=PREVIEW_TEXT,
        )
