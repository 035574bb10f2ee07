"""The addresses of the readers' pages, and their place in the menu."""

from __future__ import annotations

from typing import Any

from django.urls import path
from django.utils.translation import gettext_lazy as _
from wagtail.admin.viewsets.base import ViewSet

from core.refusals import shown_to
from newsletter.admin.readers.access import VIEW
from newsletter.admin.readers.add import AddView
from newsletter.admin.readers.attributes import AttributesView
from newsletter.admin.readers.bulk import BulkView
from newsletter.admin.readers.listing import FindView, ReaderIndexView
from newsletter.admin.readers.profile import AddNoteView, DeleteNoteView, ExportView, ReaderView, RecordView
from newsletter.admin.readers.suppressions import SuppressionsView


class ReaderViewSet(ViewSet):
    name = "newsletter_subscribers"
    url_prefix = "newsletter/subscribers"
    icon = "group"
    menu_label = _("Subscribers")
    menu_name = "newsletter-subscribers"
    menu_item_class = shown_to(VIEW)

    def get_urlpatterns(self) -> list[Any]:
        return [
            path("", ReaderIndexView.as_view(), name="index"),
            path("find/", FindView.as_view(), name="find"),
            path("add/", AddView.as_view(), name="add"),
            path("suppressed/", SuppressionsView.as_view(), name="suppressions"),
            path("bulk/<slug:action>/", BulkView.as_view(), name="bulk"),
            path("<int:pk>/", ReaderView.as_view(), name="show"),
            path("<int:pk>/record/", RecordView.as_view(), name="record"),
            path("<int:pk>/export/", ExportView.as_view(), name="export"),
            path("<int:pk>/attributes/", AttributesView.as_view(), name="attributes"),
            path("<int:pk>/notes/", AddNoteView.as_view(), name="add_note"),
            path("<int:pk>/notes/<int:note>/delete/", DeleteNoteView.as_view(), name="delete_note"),
        ]
