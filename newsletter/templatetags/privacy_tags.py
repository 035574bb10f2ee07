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
    counting = Newsletter.objects.filter(tracks_clicks=True)
    return {
        "kinds": kinds,
        "processors": processors(),
        "counts_clicks": counting.exists(),
        "counting": [newsletter.name for newsletter in counting if not newsletter.hidden],
    }
