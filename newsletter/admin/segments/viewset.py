"""The addresses of the segments, and their place in the menu."""

from __future__ import annotations

from typing import Any

from django.urls import path
from django.utils.translation import gettext_lazy as _
from wagtail.admin.viewsets.base import ViewSet

from core.refusals import shown_to
from newsletter.admin.segments.deleting import DeleteView
from newsletter.admin.segments.editor import EditView, LookView, NewView
from newsletter.admin.segments.listing import VIEW, SegmentIndexView


class SegmentViewSet(ViewSet):
    name = "newsletter_segments"
    url_prefix = "newsletter/segments"
    icon = "crosshairs"
    menu_label = _("Segments")
    menu_name = "newsletter-segments"
    menu_item_class = shown_to(VIEW)

    def get_urlpatterns(self) -> list[Any]:
        return [
            path("", SegmentIndexView.as_view(), name="index"),
            path("results/", SegmentIndexView.as_view(results_only=True), name="index_results"),
            path("new/", NewView.as_view(), name="new"),
            path("look/", LookView.as_view(), name="look"),
            path("<int:pk>/", EditView.as_view(), name="edit"),
            path("<int:pk>/delete/", DeleteView.as_view(), name="delete"),
        ]
