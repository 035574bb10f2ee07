"""What the newsletter adds to Wagtail's admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.templatetags.static import static
from django.utils.html import format_html_join
from wagtail import hooks
from wagtail.snippets.models import register_snippet

from core.refusals import user_of
from newsletter.admin.approving import name_the_actions
from newsletter.admin.history import log_actions
from newsletter.admin.issues import refuse_to_delete
from newsletter.admin.mailchimp.panel import MailchimpPanel
from newsletter.admin.menu import NewsletterGroup, ReadersGroup
from newsletter.admin.panels import NewsletterPanel
from newsletter.admin.programs.endpoints import StoppedHooksPanel
from newsletter.admin.publish_and_mail import publish_and_mail_button
from newsletter.admin.schedules.panel import SchedulesPanel
from newsletter.admin.sign_ups.floods import FloodPanel
from newsletter.admin.story_chooser import StoryChooserViewSet

if TYPE_CHECKING:
    from django.http import HttpRequest

register_snippet(NewsletterGroup)
register_snippet(ReadersGroup)
hooks.register("construct_snippet_action_menu", name_the_actions)
hooks.register("before_delete_snippet", refuse_to_delete)
hooks.register("register_page_header_buttons", publish_and_mail_button)
hooks.register("register_log_actions", log_actions)


@hooks.register("register_admin_viewset")
def story_chooser() -> StoryChooserViewSet:
    return StoryChooserViewSet("newsletter_stories", url_prefix="newsletter/stories")


@hooks.register("construct_homepage_panels")
def newsletter_panel(request: HttpRequest, panels: list[Any]) -> None:
    for kind in (NewsletterPanel, SchedulesPanel, FloodPanel, StoppedHooksPanel, MailchimpPanel):
        panel = kind(user_of(request))
        if panel.is_shown():
            panels.insert(0, panel)


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
            for name in ("admin", "readers", "transfer", "programs", "segments", "composer", "schedules", "mailchimp")
        ],
    )
