"""What stories add to Wagtail's admin. Registers only; what is registered lives in its own room."""

from __future__ import annotations

from typing import Any

from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.snippets.models import register_snippet

from blog.admin import content_checks, refusals, registrations
from blog.admin.editor import StoryViewSet
from blog.dashboard import panels, reviewing
from blog.dashboard.consents import ConsentViewSet
from blog.dashboard.problems import ProblemViewSet
from blog.rich_text import features

register_snippet(ConsentViewSet)
hooks.register("register_rich_text_features", features.register)
hooks.register("register_admin_urls", features.admin_urls)
hooks.register("insert_editor_js", features.entities)
hooks.register("register_admin_urls", reviewing.admin_urls)
hooks.register("register_page_header_buttons", reviewing.header_buttons)
hooks.register("register_admin_urls", registrations.admin_urls)
hooks.register("register_page_header_buttons", registrations.check_button)
hooks.register("register_page_listing_more_buttons", registrations.check_button)
hooks.register("register_log_actions", registrations.log_actions)
hooks.register("construct_wagtail_userbar", content_checks.swap)
hooks.register("before_publish_page", refusals.before_publish)
hooks.register("before_bulk_action", refusals.before_bulk)
hooks.register("before_copy_page", refusals.before_copy)
hooks.register("construct_homepage_panels", panels.arrange)


@hooks.register("register_admin_viewset")
def story_editor() -> StoryViewSet:
    return StoryViewSet()


@hooks.register("register_admin_viewset")
def problem_reports() -> ProblemViewSet:
    return ProblemViewSet()


@hooks.register("register_log_actions")
def log_actions(actions: Any) -> None:
    actions.register_action("rounds.review", _("Mark as reviewed"), _("Marked as reviewed"))
    actions.register_action("rounds.problem_step", _("Change a problem report"), _("Problem report changed"))


@hooks.register("insert_global_admin_css")
def dashboard_styles() -> str:
    return format_html('<link rel="stylesheet" href="{}">', static("blog/dashboard.css"))


@hooks.register("insert_editor_js")
def autosave() -> str:
    return format_html('<script src="{}"></script>', static("blog/autosave.js"))
