"""The composer's panel "Stories in this issue": what each of them has already been sent in, and to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.side_panels import BaseSidePanel

from newsletter.admin.story_words import StoryLine, lines_for
from newsletter.issues.queries import stories_in
from newsletter.issues.story_history import histories

if TYPE_CHECKING:
    from newsletter.models import Issue


class StoriesSidePanel(BaseSidePanel):
    """Of the version that was saved last: what stands in the form changes with every key."""

    class SidePanelToggle(BaseSidePanel.SidePanelToggle):
        aria_label = _("Toggle stories in this issue")
        icon_name = "doc-full"
        has_counter = False

    name = "stories"
    title = _("Stories in this issue")
    template_name = "newsletter/admin/story_panel.html"
    order = 250
    object: Issue

    def get_context_data(self, parent_context: dict[str, Any]) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(parent_context)
        return {**context, "lines": self.lines}

    @property
    def lines(self) -> list[StoryLine]:
        stories = list(dict.fromkeys(stories_in(self.object)))
        found = histories(self.object.newsletter, stories, now=timezone.now())
        return lines_for(self.object.newsletter, stories, found)
