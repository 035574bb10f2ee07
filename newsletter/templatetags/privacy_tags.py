"""What the privacy page says by itself: how long things are kept, and who handles them."""

from __future__ import annotations

from typing import Any

from django import template

from newsletter.audience.processors import processors
from newsletter.audience.retention import KINDS, days_of, retention
from newsletter.models import Newsletter

register = template.Library()


@register.inclusion_tag("newsletter/web/privacy_facts.html")
def privacy_facts() -> dict[str, Any]:
    """Tables made of the settings and the configuration: they say what is done, not what somebody once wrote."""
    settings = retention()
    kinds = [{"what": kind.what, "then": kind.then, "days": days_of(kind, settings)} for kind in KINDS if kind.public]
    counting = list(Newsletter.objects.visible().filter(tracks_clicks=True).values_list("name", flat=True))
    return {"kinds": kinds, "processors": processors(), "counting": counting}
