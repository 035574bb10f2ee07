"""What the check adds to Wagtail's admin by its hooks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.widgets import Button
from wagtail.log_actions import LogFormatter
from wagtail.models import Page

from blog.admin.check_page import CheckPage
from blog.admin.live import LiveCheck, LiveCheckOfNewStory
from blog.models import StoryPage


def admin_urls() -> list[URLPattern]:
    return [
        path("stories/<int:story_id>/check/", CheckPage.as_view(), name="blog_check"),
        path("stories/<int:story_id>/check/live/", LiveCheck.as_view(), name="blog_check_live"),
        path("stories/new/<int:parent_page_id>/check/live/", LiveCheckOfNewStory.as_view(), name="blog_check_new"),
    ]


def check_button(page: Page, user: Any, next_url: str | None = None, view_name: str | None = None) -> Iterator[Button]:
    """In the menu of the page's header and of the listing, for those who may open the check."""
    if page.specific_class is not StoryPage:
        return
    permissions = page.specific_deferred.permissions_for_user(user)
    if permissions.can_edit() or permissions.can_publish():
        yield Button(
            _("Editorial check"),
            url=reverse("blog_check", args=[page.pk]),
            icon_name="clipboard-list",
            attrs={"aria-label": _("Editorial check of “%(title)s”") % {"title": page.get_admin_display_title()}},
            priority=25,
        )


def log_actions(actions: Any) -> None:
    """How the page's history words what was decided."""
    actions.register_action("rounds.acknowledge")(Acknowledged)
    actions.register_action("rounds.override")(Overridden)
    actions.register_action("rounds.publish_refused")(Refused)


class Acknowledged(LogFormatter):
    label = gettext_lazy("Acknowledge a finding")
    verb = gettext_lazy("Acknowledged")

    def format_message(self, log_entry: Any) -> str:
        data = log_entry.data
        words = f"{self.verb} {data.get('rule', '')}"
        if sentence := data.get("sentence"):
            words = f"{words}: “{sentence}”"
        return words

    def format_comment(self, log_entry: Any) -> str:
        return str(log_entry.data.get("reason") or "")


class Overridden(Acknowledged):
    label = gettext_lazy("Override a finding")
    verb = gettext_lazy("Overrode")


class Refused(LogFormatter):
    label = gettext_lazy("Refuse to publish")
    message = gettext_lazy("Taken off the schedule by the editorial check")

    def format_comment(self, log_entry: Any) -> str:
        return str(log_entry.data.get("reason") or "")
