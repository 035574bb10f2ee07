"""What names a saved version, so that a page which was looked at is known again when somebody confirms it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wagtail.models import Revision


def name_of(revision: Revision | None) -> str:
    """Changes with every save: autosave overwrites a revision under its id, and only its time tells."""
    return f"{revision.pk}-{revision.created_at.timestamp():.6f}" if revision else "0"
