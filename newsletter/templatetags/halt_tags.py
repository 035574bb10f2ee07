"""The banner that stands on the newsletter's pages in the admin while everything is paused."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse

from core.refusals import may, user_of
from newsletter.admin.schedules.access import HALT
from newsletter.admin.schedules.halting import halt_in_words

register = template.Library()


@register.inclusion_tag("newsletter/admin/schedules/halt_banner.html", takes_context=True)
def halt_banner(context: dict[str, Any]) -> dict[str, Any]:
    """Nothing on pages of other parts of the admin, and nothing while everything goes its way."""
    request = context.get("request")
    if request is None or not request.path.startswith(f"{reverse('wagtailadmin_home')}newsletter/"):
        return {}
    user = user_of(request)
    return {
        "halted": halt_in_words(user),
        "may_halt": may(user, required=HALT),
        "csrf_token": context.get("csrf_token", ""),
    }
