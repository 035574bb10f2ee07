"""The editor of stories: Wagtail's own, with the check as one more panel at its side."""

from __future__ import annotations

from typing import Any

from django.forms import Media
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail.admin.staticfiles import versioned_static
from wagtail.admin.ui.components import MediaContainer
from wagtail.admin.ui.side_panels import BaseSidePanel
from wagtail.admin.views.pages.create import CreateView
from wagtail.admin.views.pages.edit import EditView
from wagtail.admin.viewsets.pages import PageViewSet

from blog.admin.content_checks import NewStoryPreview, StoryPreview
from blog.models import StoryPage


class CheckSidePanel(BaseSidePanel):
    """Findings of the text in the form; the script asks for them, so that opening a story waits for nothing."""

    class SidePanelToggle(BaseSidePanel.SidePanelToggle):
        aria_label = _("Toggle editorial check")
        icon_name = "clipboard-list"
        counter_classname = "w-bg-critical-200"

    name = "editorial-check"
    title = _("Editorial check")
    template_name = "blog/admin/check_panel.html"
    order = 340

    def __init__(self, story: StoryPage, request: Any, *, live_url: str) -> None:
        super().__init__(story, request)
        self.live_url = live_url

    def get_context_data(self, parent_context: dict[str, Any]) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(parent_context)
        return {**context, "live_url": self.live_url}

    @property
    def media(self) -> Media:
        return Media(
            css={"all": [versioned_static("blog/editorial.css"), versioned_static("blog/readability.css")]},
            js=[versioned_static("blog/editorial.js")],
        )


class StoryEditView(EditView):
    def get_side_panels(self) -> MediaContainer:
        panels: MediaContainer = super().get_side_panels()
        if not self.expects_json_response and not self.page.alias_of_id:
            url = reverse("blog_check_live", args=[self.page.pk])
            panels.append(CheckSidePanel(self.page, self.request, live_url=url))
        return panels


class StoryCreateView(CreateView):
    def get_side_panels(self) -> MediaContainer:
        panels: MediaContainer = super().get_side_panels()
        url = reverse("blog_check_new", args=[self.parent_page.pk])
        panels.append(CheckSidePanel(self.page, self.request, live_url=url))
        return panels


class StoryViewSet(PageViewSet):
    model = StoryPage
    edit_view_class = StoryEditView
    add_view_class = StoryCreateView
    preview_on_edit_view_class = StoryPreview
    preview_on_add_view_class = NewStoryPreview
