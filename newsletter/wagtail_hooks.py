"""What the newsletter adds to Wagtail's admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.templatetags.static import static
from django.utils.html import format_html
from wagtail import hooks
from wagtail.snippets.models import register_snippet

from newsletter.admin.issues import name_the_actions, refuse_to_delete
from newsletter.admin.menu import NewsletterGroup
from newsletter.admin.panels import NewsletterPanel
from newsletter.admin.story_chooser import StoryChooserViewSet

if TYPE_CHECKING:
    from django.http import HttpRequest

register_snippet(NewsletterGroup)
hooks.register("construct_snippet_action_menu", name_the_actions)
hooks.register("before_delete_snippet", refuse_to_delete)


@hooks.register("register_admin_viewset")
def story_chooser() -> StoryChooserViewSet:
    return StoryChooserViewSet("newsletter_stories", url_prefix="newsletter/stories")


@hooks.register("construct_homepage_panels")
def newsletter_panel(request: HttpRequest, panels: list[Any]) -> None:
    panel = NewsletterPanel(request.user)  # type: ignore[arg-type]
    if panel.is_shown():
        panels.insert(0, panel)


@hooks.register("insert_global_admin_js")
def script() -> str:
    return format_html('<script src="{}"></script>', static("newsletter/admin.js"))


@hooks.register("insert_global_admin_css")
def styles() -> str:
    return format_html('<link rel="stylesheet" href="{}">', static("newsletter/admin.css"))
