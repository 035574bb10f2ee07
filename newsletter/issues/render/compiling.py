"""From an issue to the one message that preview, test send and delivery share, and to its page in the archive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from django.utils import translation

from core.models import PublicationSettings
from newsletter.engine.message import CompiledMessage, Headers, MessageError, Slot, compile_message, markers
from newsletter.issues.errors import IssueError
from newsletter.issues.publication import host
from newsletter.issues.render.fitting import fitted
from newsletter.issues.render.issue_blocks import parts_of, with_crisis_help
from newsletter.issues.render.layout import context_of, lay_out_html, lay_out_text
from newsletter.issues.render.parts import IntroPart, Part, PicturePart, StoryPart
from newsletter.issues.render.sections import marked

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from newsletter.engine.message import Markers
    from newsletter.issues.render.branding import Branding
    from newsletter.issues.render.pictures import Picture
    from newsletter.models import Issue


class CompileError(IssueError):
    """No message can be made of the issue: its subject or sender can't stand in a header. The text says which."""


@dataclass(frozen=True, kw_only=True)
class Laid:
    """An issue laid out: both bodies with their markers, and the parts they were made of."""

    html: str
    text: str
    parts: tuple[Part, ...]
    #: What the templates were given, without anything personal, and in which language.
    context: Mapping[str, Any] = field(repr=False)
    language: str

    @property
    def pictures(self) -> list[Picture]:
        """All that a mail program loads of it, the logos among them."""
        of_parts = [one for part in self.parts if isinstance(part, StoryPart | PicturePart) for one in part.pictures]
        brand: Branding = self.context["brand"]
        return [*of_parts, *(one for one in (brand.logo, brand.logo_dark) if one is not None)]

    @cached_property
    def web_html(self) -> str:
        """The page in the archive, with nothing personal in it. Made when it is asked for: no preview needs it.

        Raises:
            RenderError: as `lay_out`.
        """
        with translation.override(self.language):
            return lay_out_html({**self.context, "web": True})

    @property
    def nameless(self) -> str:
        """Whom the greeting greets who gave no name."""
        return next((part.nameless for part in self.parts if isinstance(part, IntroPart)), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledIssue:
    """The message, and what it was made of.

    `stories` are (story id, id of its live revision; None for a story that was never published by a revision), each
    at the place that the message's sections count by.
    """

    message: CompiledMessage
    laid: Laid
    stories: list[tuple[int, int | None]]

    @property
    def web_html(self) -> str:
        """The page in the archive, with nothing personal in it."""
        return self.laid.web_html


def compile_issue(issue: Issue, *, seed: bytes, subject_prefix: str = "") -> CompiledIssue:
    """Render the issue and encode its message, once for all recipients.

    Args:
        seed: at least 16 random bytes, fresh for each compile: nobody who writes can guess a marker.

    Raises:
        CompileError: the subject is empty, the sender is no address, a header holds a line break.
        RenderError: a template is malformed.
    """
    slots = markers(seed)
    publication_ = PublicationSettings.of_default_site()
    laid = lay_out(issue, slots, publication_)
    return CompiledIssue(
        message=_message(headers_of(issue, publication_, subject_prefix=subject_prefix), slots, laid),
        laid=laid,
        stories=list({part.story_id: part.revision_id for part in laid.parts if isinstance(part, StoryPart)}.items()),
    )


def with_bodies(issue: Issue, compiled: CompiledIssue, *, html: str, text: str, seed: bytes) -> CompiledIssue:
    """The same issue with other bodies, such as those whose links are counted.

    Args:
        seed: the one that `compiled` was made with, for the bodies hold its markers.

    Raises:
        CompileError: as `compile_issue`.
    """
    headers = headers_of(issue, PublicationSettings.of_default_site())
    laid = replace(compiled.laid, html=html, text=text)
    return replace(compiled, message=_message(headers, markers(seed), laid), laid=laid)


def _message(headers: Headers, slots: Markers, laid: Laid) -> CompiledMessage:
    try:
        return compile_message(headers=headers, html=laid.html, text=laid.text, markers=slots, nameless=laid.nameless)
    except MessageError as error:
        raise CompileError(str(error)) from error


def lay_out(issue: Issue, slots: Markers, publication_: PublicationSettings) -> Laid:
    """Both bodies, and what the archive's page is made of, in the newsletter's language.

    Where the issue fits its reader, both bodies hold the marks of sections: a place for each story, in their order.
    """
    with translation.override(issue.newsletter.language):

        def html_of(parts: Sequence[Part]) -> str:
            context = context_of(issue, with_crisis_help(parts), publication_)
            return lay_out_html({**context, **_personal(slots, in_html=True)})

        fitting = fitted(parts_of(issue, publication_), lambda parts: len(html_of(parts).encode()))
        parts = with_crisis_help(fitting, each_alone=issue.fits_reader)
        context = context_of(issue, parts, publication_)
        html_rows, text_rows = context["rows"], context["rows"]
        if issue.fits_reader:
            html_rows = marked(html_rows, partial(_in_html, slots), in_html=True)
            text_rows = marked(text_rows, partial(_in_text, slots), in_html=False)
        return Laid(
            html=lay_out_html({**context, "rows": html_rows, **_personal(slots, in_html=True)}),
            text=lay_out_text({**context, "rows": text_rows, **_personal(slots, in_html=False)}),
            parts=tuple(parts),
            context=context,
            language=issue.newsletter.language,
        )


def _personal(slots: Markers, *, in_html: bool) -> dict[str, str]:
    """What differs from reader to reader; the archive's page has none of it."""
    link = slots.url if in_html else slots.text
    return {
        "unsubscribe_url": link(Slot.UNSUBSCRIBE_URL),
        "preferences_url": link(Slot.PREFERENCES_URL),
        "reader_name": slots.html(Slot.NAME) if in_html else slots.text(Slot.NAME),
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
