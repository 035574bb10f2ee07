"""What the newsletter adds to Wagtail's admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.templatetags.static import static
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.snippets.models import register_snippet

from newsletter.admin.issues import name_the_actions, refuse_to_delete
from newsletter.admin.menu import NewsletterGroup, ReadersGroup
from newsletter.admin.panels import NewsletterPanel
from newsletter.admin.programs.endpoints import StoppedHooksPanel
from newsletter.admin.schedules.panel import SchedulesPanel
from newsletter.admin.sign_ups.floods import FloodPanel
from newsletter.admin.story_chooser import StoryChooserViewSet
from newsletter.delivery.halt import HALTED, WENT_ON
from newsletter.issues.switching import SWITCHED_OFF, SWITCHED_ON

if TYPE_CHECKING:
    from django.http import HttpRequest

register_snippet(NewsletterGroup)
register_snippet(ReadersGroup)
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
    schedules = SchedulesPanel(request.user)  # type: ignore[arg-type]
    if schedules.is_shown():
        panels.insert(0, schedules)
    flood = FloodPanel(request.user)  # type: ignore[arg-type]
    if flood.is_shown():
        panels.insert(0, flood)
    stopped = StoppedHooksPanel(request.user)  # type: ignore[arg-type]
    if stopped.is_shown():
        panels.insert(0, stopped)


@hooks.register("register_log_actions")
def log_actions(actions: Any) -> None:
    """What a report of the site's history calls the two."""
    actions.register_action(HALTED, _("Pause everything"), _("Paused everything that is mailed"))
    actions.register_action(SWITCHED_ON, _("Switch on a schedule"), _("Switched on"))
    actions.register_action(SWITCHED_OFF, _("Switch off a schedule"), _("Switched off"))
    actions.register_action(WENT_ON, _("Let everything go on"), _("Let everything that is mailed go on"))


@hooks.register("insert_global_admin_js")
def script() -> str:
    return format_html_join(
        "", '<script src="{}"></script>', [(static(f"newsletter/{name}.js"),) for name in ("admin", "segments")]
    )


@hooks.register("insert_global_admin_css")
def styles() -> str:
    return format_html_join(
        "",
        '<link rel="stylesheet" href="{}">',
        [
            (static(f"newsletter/{name}.css"),)
            for name in ("admin", "readers", "transfer", "programs", "segments", "schedules")
        ],
    )
