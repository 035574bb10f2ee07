"""From an issue to the one message that preview, test send and delivery share, and to its page in the archive."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from django.utils import translation

from core.models import PublicationSettings
from newsletter.engine.message import CompiledMessage, Headers, MessageError, Slot, compile_message, markers
from newsletter.issues.errors import IssueError
from newsletter.issues.publication import host
from newsletter.issues.render.fitting import fitted
from newsletter.issues.render.layout import context_of, lay_out_html, lay_out_text
from newsletter.issues.render.parts import Part, StoryPart, parts_of, with_crisis_help
from newsletter.issues.render.sections import marked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from newsletter.engine.message import Markers
    from newsletter.models import Issue


class CompileError(IssueError):
    """No message can be made of the issue: its subject or sender can't stand in a header. The text says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """An issue laid out: both bodies with their markers, and the parts they were made of."""

    html: str
    text: str
    web_html: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledIssue:
    """`html` and `text` hold markers where each reader's own links will stand; `web_html` holds nothing personal.

    `stories` are (story id, id of its live revision; None for a story that was never published by a revision), each
    at the place that the message's sections count by.
    """

    message: CompiledMessage
    web_html: str
    stories: list[tuple[int, int | None]]
    html: str
    text: str


def compile_issue(issue: Issue, *, seed: bytes, subject_prefix: str = "") -> CompiledIssue:
    """Render the issue and encode its message, once for all recipients.

    Args:
        seed: at least 16 random bytes, fresh for each compile: nobody who writes can guess a marker.

    Raises:
        CompileError: the subject is empty, the sender is no address, a header holds a line break.
        RenderError: a template is malformed.
    """
    slots = markers(seed)
    laid = lay_out(issue, slots)
    return CompiledIssue(
        message=_message(issue, slots, html=laid.html, text=laid.text, subject_prefix=subject_prefix),
        web_html=laid.web_html,
        stories=list({part.story_id: part.revision_id for part in laid.parts if isinstance(part, StoryPart)}.items()),
        html=laid.html,
        text=laid.text,
    )


def with_bodies(issue: Issue, compiled: CompiledIssue, *, html: str, text: str, seed: bytes) -> CompiledIssue:
    """The same issue with other bodies, such as those whose links are counted.

    Args:
        seed: the one that `compiled` was made with, for the bodies hold its markers.

    Raises:
        CompileError: as `compile_issue`.
    """
    return replace(compiled, message=_message(issue, markers(seed), html=html, text=text), html=html, text=text)


def _message(issue: Issue, slots: Markers, *, html: str, text: str, subject_prefix: str = "") -> CompiledMessage:
    headers = headers_of(issue, PublicationSettings.of_default_site(), subject_prefix=subject_prefix)
    try:
        return compile_message(headers=headers, html=html, text=text, markers=slots)
    except MessageError as error:
        raise CompileError(str(error)) from error


def lay_out(issue: Issue, slots: Markers) -> Laid:
    """Both bodies and the archive's page, in the newsletter's language.

    Where the issue fits its reader, both bodies hold the marks of sections: a place for each story, in their order.
    """
    publication_ = PublicationSettings.of_default_site()
    with translation.override(issue.newsletter.language):

        def html_of(parts: Sequence[Part]) -> str:
            context = context_of(issue, with_crisis_help(parts), publication_)
            return lay_out_html({**context, **_links(slots.url)})

        fitting = fitted(parts_of(issue, publication_), lambda parts: len(html_of(parts).encode()))
        parts = with_crisis_help(fitting, each_alone=issue.fits_reader)
        context = context_of(issue, parts, publication_)
        html_rows, text_rows = context["rows"], context["rows"]
        if issue.fits_reader:
            html_rows = marked(html_rows, partial(_in_html, slots), is_headed=False)
            text_rows = marked(text_rows, partial(_in_text, slots), is_headed=True)
        return Laid(
            html=lay_out_html({**context, "rows": html_rows, **_links(slots.url)}),
            text=lay_out_text({**context, "rows": text_rows, **_links(slots.text)}),
            web_html=lay_out_html({**context, "web": True}),
            parts=tuple(parts),
        )


def _links(marker_of: Callable[[Slot], str]) -> dict[str, str]:
    return {
        "unsubscribe_url": marker_of(Slot.UNSUBSCRIBE_URL),
        "preferences_url": marker_of(Slot.PREFERENCES_URL),
    }


def _in_html(slots: Markers, places: Iterable[int]) -> tuple[str, str]:
    begin, end = slots.section(places)
    return f"<mj-raw>{begin}</mj-raw>", f"<mj-raw>{end}</mj-raw>"


def _in_text(slots: Markers, places: Iterable[int]) -> tuple[str, str]:
    """On lines of their own."""
    begin, end = slots.section(places)
    return f"\n{begin}\n", f"\n{end}\n"


def headers_of(issue: Issue, publication_: PublicationSettings, *, subject_prefix: str = "") -> Headers:
    """What all of its messages say. Feedback-ID names issue and newsletter, never a person (Gmail's sender rules)."""
    newsletter = issue.newsletter
    name, address = newsletter.sender(publication_)
    place = host().replace(":", "-")
    return Headers(
        subject=f"{subject_prefix}{issue.subject}" if issue.subject.strip() else "",
        sender_name=name,
        sender_email=address,
        reply_to=newsletter.reply_to,
        list_id=f"{newsletter.slug}.{place}",
        list_name=newsletter.name,
        feedback_id=f"issue-{issue.pk or 0}:{newsletter.slug}:newsletter:{place.replace('.', '-')}",
    )
