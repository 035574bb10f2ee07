"""The composer's panel "Stories in this issue": what each of them has already been sent in, and to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.generic import View
from wagtail.admin.ui.side_panels import BaseSidePanel

from core.refusals import Guarded
from newsletter.admin.story_words import lines_for
from newsletter.issues.queries import stories_in
from newsletter.issues.story_history import histories
from newsletter.models import Issue

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class StoriesSidePanel(BaseSidePanel):
    """Asks for its content when it is opened: counting the readers of large campaigns takes a while."""

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
        return {**context, "url": reverse("newsletter_issues:stories", args=[self.object.pk])}


class StoriesView(Guarded, View):
    """A fragment, of the version that was saved last: what stands in the form changes with every key."""

    http_method_names = ["get", "head"]
    permissions_any = ("newsletter.change_issue", "newsletter.view_issue")

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        issue: Issue = get_object_or_404(Issue, pk=pk).get_latest_revision_as_object()
        stories = list(dict.fromkeys(stories_in(issue)))
        found = histories(issue.newsletter, stories, now=timezone.now())
        lines = lines_for(issue.newsletter, stories, found)
        return render(request, "newsletter/admin/stories_said.html", {"lines": lines})
