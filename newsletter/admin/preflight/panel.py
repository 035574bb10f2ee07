"""The check as a panel at the composer's side, and its addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.forms import Media
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail.admin.staticfiles import versioned_static
from wagtail.admin.ui.side_panels import BaseSidePanel

from newsletter.admin.preflight.check_page import CheckPage
from newsletter.admin.preflight.examination import MailSize
from newsletter.admin.preflight.live import LiveCheck, LiveCheckOfNewIssue, LiveSize, LiveSizeOfNewIssue

if TYPE_CHECKING:
    from newsletter.models import Issue

NAME = "newsletter-check"


class CheckSidePanel(BaseSidePanel):
    """Findings of the issue in the form; the script asks for them, so that opening an issue waits for nothing."""

    class SidePanelToggle(BaseSidePanel.SidePanelToggle):
        aria_label = _("Toggle the check before sending")
        icon_name = "clipboard-list"
        counter_classname = "w-bg-critical-200"

    name = NAME
    title = _("The check before sending")
    template_name = "newsletter/admin/preflight/panel.html"
    order = 340
    object: Issue

    def get_context_data(self, parent_context: dict[str, Any]) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(parent_context)
        saved = self.object.pk is not None
        args = [self.object.pk] if saved else []
        kind = "" if saved else "_new"
        return {
            **context,
            "live_url": reverse(f"newsletter_issues:check_live{kind}", args=args),
            "size_url": reverse(f"newsletter_issues:size_live{kind}", args=args),
            "size": MailSize(octets=0),
        }

    @property
    def media(self) -> Media:
        return Media(
            css={"all": [versioned_static("blog/editorial.css"), versioned_static("newsletter/preflight.css")]},
            js=[versioned_static("blog/editorial.js"), versioned_static("newsletter/preflight.js")],
        )


def check_urls(viewset: Any) -> list[Any]:
    """The addresses of the check among those of issues; its views read the composer's form."""
    live = {
        "check/<int:pk>/live/": (LiveCheck, "check_live"),
        "check/new/live/": (LiveCheckOfNewIssue, "check_live_new"),
        "check/<int:pk>/size/": (LiveSize, "size_live"),
        "check/new/size/": (LiveSizeOfNewIssue, "size_live_new"),
    }
    return [
        path("check/<int:pk>/", CheckPage.as_view(), name="check"),
        *(
            path(route, viewset.construct_view(view, form_class=viewset.get_form_class()), name=name)
            for route, (view, name) in live.items()
        ),
    ]
