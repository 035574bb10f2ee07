"""What else can be done with an issue: the buttons beside its title and in the list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail.admin.widgets.button import Button, HeaderButton

from core.refusals import user_of

if TYPE_CHECKING:
    from django.http import HttpRequest

    from newsletter.models import Issue


def more_buttons(issue: Issue, request: HttpRequest) -> list[Button]:
    """What else can be seen and made of the issue."""
    wanted = [
        ("newsletter.view_issue", "newsletter_issues:everywhere", _("See it everywhere"), "view"),
        ("newsletter.add_issue", "newsletter_issues:copy_issue", _("Copy this issue"), "copy"),
        ("newsletter.add_issuetemplate", "newsletter_issues:save_as_template", _("Save as template"), "download"),
    ]
    return [
        Button(label, url=reverse(name, args=[issue.pk]), icon_name=icon, priority=13)
        for permission, name, label, icon in wanted
        if user_of(request).has_perm(permission)
    ]


def send_buttons(issue: Issue, request: HttpRequest) -> list[HeaderButton]:
    """What this user may do with the issue beyond writing it."""
    wanted = [
        ("newsletter.test_campaign", "test", _("Send a test"), "mail", ""),
        ("newsletter.schedule_campaign", "schedule", _("Schedule"), "calendar-alt", ""),
        ("newsletter.send_campaign", "send", _("Send now"), "resubmit", ""),
    ]
    return [
        HeaderButton(
            label,
            url=reverse(f"newsletter_issues:{name}", args=[issue.pk]),
            icon_name=icon,
            classname=classname,
            priority=10 * place,
        )
        for place, (permission, name, label, icon, classname) in enumerate(wanted)
        if user_of(request).has_perm(permission)
    ]
