"""From an issue to the one message that preview, test send and delivery share, and to its page in the archive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils import translation

from core.models import PublicationSettings
from newsletter.engine.message import CompiledMessage, Headers, MessageError, Slot, compile_message, markers
from newsletter.issues.errors import IssueError
from newsletter.issues.publication import host
from newsletter.issues.render.fitting import fitted
from newsletter.issues.render.layout import context_of, lay_out_html, lay_out_text
from newsletter.issues.render.parts import Part, StoryPart, parts_of, with_crisis_help

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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

    `stories` are (story id, id of its live revision; None for a story that was never published by a revision).
    """

    message: CompiledMessage
    web_html: str
    stories: list[tuple[int, int | None]]
    html: str
    text: str
    parts: tuple[Part, ...] = ()


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
    headers = headers_of(issue, PublicationSettings.of_default_site(), subject_prefix=subject_prefix)
    try:
        message = compile_message(headers=headers, html=laid.html, text=laid.text, markers=slots)
    except MessageError as error:
        raise CompileError(str(error)) from error
    return CompiledIssue(
        message=message,
        web_html=laid.web_html,
        stories=list({part.story_id: part.revision_id for part in laid.parts if isinstance(part, StoryPart)}.items()),
        html=laid.html,
        text=laid.text,
        parts=laid.parts,
    )


def lay_out(issue: Issue, slots: Markers) -> Laid:
    """Both bodies and the archive's page, in the newsletter's language."""
    publication_ = PublicationSettings.of_default_site()
    with translation.override(issue.newsletter.language):

        def html_of(parts: Sequence[Part]) -> str:
            context = context_of(issue, with_crisis_help(parts), publication_)
            return lay_out_html({**context, **_links(slots.url)})

        parts = with_crisis_help(fitted(parts_of(issue, publication_), lambda parts: len(html_of(parts).encode())))
        context = context_of(issue, parts, publication_)
        return Laid(
            html=lay_out_html({**context, **_links(slots.url)}),
            text=lay_out_text({**context, **_links(slots.text)}),
            web_html=lay_out_html({**context, "web": True}),
            parts=tuple(parts),
        )


def _links(marker_of: Callable[[Slot], str]) -> dict[str, str]:
    return {
        "unsubscribe_url": marker_of(Slot.UNSUBSCRIBE_URL),
        "preferences_url": marker_of(Slot.PREFERENCES_URL),
    }


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
