"""Laying an issue out: its parts through the MJML templates and their plain-text twins."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

import mrml
from django.template.loader import render_to_string
from django.utils.translation import get_language_info

from newsletter.issues.errors import IssueError
from newsletter.issues.publication import archive_url, issues_url, subscribe_url
from newsletter.issues.render.branding import branding_of
from newsletter.issues.render.parts import AROUND, BOXES, DividerPart, FooterPart, MastheadPart, Part, StoryPart
from newsletter.issues.render.sections import Row
from newsletter.issues.render.story_blocks import TEXT_WIDTH

if TYPE_CHECKING:
    from core.models import PublicationSettings
    from newsletter.models import Issue

#: XML 1.0 knows no control characters but tab and line ends.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_INDENT = re.compile(r"(?:\s*(?:- |\d+\. |\[[^\]\n]{1,12}\] ))?\s*")


class RenderError(IssueError):
    """The mail could not be laid out: a fault of a template, not of the editor."""


def rows_of(parts: Sequence[Part]) -> list[Row]:
    """A thin line parts a story from its neighbours, unless one stands there already or a box does the same."""
    inner = [part for part in parts if not isinstance(part, AROUND)]
    rows = [Row(part, ruled=False, ruled_text=True) for part in inner[:1]]
    for before, after in pairwise(inner):
        kinds = {type(before), type(after)}
        parted = StoryPart in kinds and DividerPart not in kinds
        ruled = parted and not kinds & set(BOXES)
        below_line = ruled or isinstance(before, DividerPart)
        spaced = isinstance(before, StoryPart) and isinstance(after, BOXES)
        rows.append(Row(after, ruled=ruled, ruled_text=parted, below_line=below_line, spaced=spaced))
    return rows


def context_of(issue: Issue, parts: Sequence[Part], publication: PublicationSettings) -> dict[str, Any]:
    """What every version of the issue needs; the personal addresses come on top."""
    language = issue.newsletter.language
    return {
        "masthead": next((part for part in parts if isinstance(part, MastheadPart)), MastheadPart()),
        "rows": rows_of(parts),
        "foot": next((part for part in parts if isinstance(part, FooterPart)), FooterPart()),
        "brand": branding_of(issue.newsletter),
        "subject": issue.subject,
        "preheader": issue.preview_text.strip(),
        "newsletter": issue.newsletter.name,
        # Who joined an audience of somebody else's did not confirm to us.
        "confirms_here": not issue.newsletter.can.holds_audience,
        "publication": publication,
        "postal_lines": postal_lines(publication),
        "standing_conflict": standing_conflict(parts, publication),
        "language": language,
        "direction": "rtl" if _is_rtl(language) else "ltr",
        "side": "right" if _is_rtl(language) else "left",
        "archive_url": archive_url(issue),
        "issues_url": issues_url(issue.newsletter),
        "subscribe_url": subscribe_url(),
    }


def postal_lines(publication: PublicationSettings) -> list[str]:
    """Name and postal address; the name only once if the address starts with it."""
    lines = [line.strip() for line in publication.postal_address.splitlines() if line.strip()]
    named = bool(lines) and lines[0].startswith(publication.name)
    return lines if named else [publication.name, *lines]


def standing_conflict(parts: Sequence[Part], publication: PublicationSettings) -> str:
    """The publication's standing statement when a story has none of its own."""
    needed = any(isinstance(part, StoryPart) and not part.conflict for part in parts)
    return publication.conflict_statement.strip() if needed else ""


def _is_rtl(language: str) -> bool:
    try:
        return bool(get_language_info(language)["bidi"])
    except KeyError:
        return False


def lay_out_html(context: Mapping[str, Any]) -> str:
    """One HTML document.

    Raises:
        RenderError: a template is no well-formed MJML.
    """
    mjml = _CONTROLS.sub("", render_to_string("newsletter/issue/issue.mjml", dict(context)))
    try:
        html: str = mrml.to_html(mjml).content
    except OSError as error:  # what mrml raises for every mistake
        raise RenderError(f"the mail's template could not be read: {error}") from error
    return html


def lay_out_text(context: Mapping[str, Any]) -> str:
    """Plain text, folded at 72 characters where a space allows it."""
    text = _CONTROLS.sub("", render_to_string("newsletter/issue/issue.txt", dict(context)))
    marks = {mark for row in context["rows"] for mark in _marks_of(row)}
    return "".join(_blocks(text.splitlines(), marks)).strip() + "\n"


def _marks_of(row: Row) -> list[str]:
    return "\n".join((row.begin, row.end, row.line_begin, row.line_end)).split()


def _blocks(lines: Sequence[str], marks: set[str]) -> Iterator[str]:
    """What stands between marks, each with the empty line below it: without any of them the others are parted, too."""
    for is_mark, group in groupby(lines, lambda line: line in marks):
        if is_mark:
            yield from group
            continue
        folded = re.sub(r"\n{3,}", "\n\n", "\n".join(_fold(line.rstrip()) for line in group)).strip("\n")
        if folded:
            yield folded + "\n\n"


def _fold(line: str) -> str:
    if len(line) <= TEXT_WIDTH:
        return line
    match = _INDENT.match(line)
    indent = match.group() if match else ""
    return textwrap.fill(
        line[len(indent) :],
        TEXT_WIDTH,
        initial_indent=indent,
        subsequent_indent=" " * len(indent),
        break_long_words=False,
        break_on_hyphens=False,
    )
