"""What a new story begins with, so that an author begins with the text."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from wagtail.blocks import StreamBlock, StreamValue
from wagtail.rich_text import RichText

from blog.models.review_dates import months_later
from core.models import PublicationSettings

if TYPE_CHECKING:
    from wagtail.models import Page


def publication_of(parent: Page | None) -> PublicationSettings:
    """The settings of the site that the story belongs to; unsaved defaults outside of any site."""
    site = parent.get_site() if parent is not None else None
    return PublicationSettings.for_site(site) if site is not None else PublicationSettings()


def author_of(user: Any) -> Any | None:
    """The author page tied to the login: who writes is usually who signs. An editor without one chooses."""
    return getattr(user, "author_page", None)


def body_of(block: StreamBlock, author: Any | None) -> StreamValue:
    """An empty paragraph to begin with and, at the end, the author's signature."""
    blocks: list[tuple[str, Any]] = [("text", RichText(""))]
    if author is not None:
        blocks.append(("signature", signature_of(author)))
    return StreamValue(block, blocks)


def signature_of(author: Any) -> dict[str, str]:
    return {"closing": author.closing, "name": author.title, "credential": author.credential}


def review_due(publication: PublicationSettings, *, today: date) -> date:
    """When a story that is begun today should be looked at again.

    Only the next review has a default. `reviewed_on` stays empty until a person says that the whole text was checked
    (`blog.review`): a date that nobody stands for would tell readers an untruth, and would satisfy rule E1.
    """
    return months_later(today, publication.review_months)


def conflict_hint(publication: PublicationSettings) -> str:
    """What the empty field stands for; the field itself stays empty, so that it follows the standing statement."""
    if publication.conflict_statement:
        return _("Empty: readers see the standing statement, which is shown in the field in grey.")
    return _("The publication has no standing statement. Say here who pays you for what this story is about.")
