"""The start page's panels for those who write and edit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from wagtail.admin.ui.components import Component

from blog.dashboard import queries
from blog.editorial.decide import recent_overrides
from blog.problems.access import EVERY, OWN, reports_of
from blog.problems.states import UNSETTLED

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser
    from django.http import HttpRequest

#: Wagtail's own that say the same again: what waits for me, what I edited last.
REPLACED = {"workflow_objects_to_moderate", "recent_edits"}


class WritingPanel(Component):
    """Write, continue, and what waits."""

    name = "writing"
    template_name = "blog/admin/writing_panel.html"
    order = 10

    def __init__(self, user: AbstractUser) -> None:
        self.user = user
        self.lists = queries.lists_to_write_in(user)

    def is_shown(self) -> bool:
        return bool(self.lists)

    def get_context_data(self, parent_context: dict[str, Any]) -> dict[str, Any]:
        today = timezone.localdate()
        return {
            "lists": self.lists,
            "drafts": queries.drafts_of(self.user, today=today),
            "waiting": queries.waiting_for(self.user),
        }


class CarePanel(Component):
    """Published stories that need somebody: reviews that are due, problems that readers found, overrides."""

    name = "care"
    template_name = "blog/admin/care_panel.html"
    order = 20

    def __init__(self, user: AbstractUser) -> None:
        self.user = user
        self.every = queries.reaches_every_story(user)

    def is_shown(self) -> bool:
        return self.every or self.user.has_perm(OWN)

    def get_context_data(self, parent_context: dict[str, Any]) -> dict[str, Any]:
        today = timezone.localdate()
        reports = reports_of(self.user).filter(state__in=UNSETTLED)
        return {
            "today": today,
            "due": list(queries.reviews_due(self.user, today=today)[: queries.SHOWN]),
            "reports": list(reports[: queries.SHOWN]),
            "reports_count": reports.count(),
            "every": self.every,
            "overrides": list(recent_overrides(queries.SHOWN)) if self.user.has_perm(EVERY) else [],
            "sees_overrides": self.user.has_perm(EVERY),
        }


def arrange(request: HttpRequest, panels: list[Any]) -> None:
    """Ours for those they are for; Wagtail's own that say the same go."""
    user: Any = request.user
    panels[:] = [panel for panel in panels if getattr(panel, "name", "") not in REPLACED]
    panels += [panel for panel in (WritingPanel(user), CarePanel(user)) if panel.is_shown()]
