"""What a page of another app shows of the newsletter: the form to subscribe."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context

from newsletter.models import Newsletter
from newsletter.web.sign_up_forms import SubscribeForm

register = template.Library()


@register.inclusion_tag("newsletter/web/subscribe_box.html", takes_context=True)
def subscribe_form(context: Context, source: str, title: str = "", text: str = "") -> dict[str, Any]:
    """The box with the form; nothing where no newsletter takes sign-ups.

    It holds nothing that belongs to one visitor (no cookie, no CSRF token), so the page around it can be cached.

    Args:
        source: where it stands, such as "home" or "story"; becomes part of the ids of its fields.
        title: instead of the usual heading.
        text: instead of what usually stands below it.
    """
    newsletters = list(Newsletter.objects.visible())
    if not newsletters:
        return {"form": None}
    path = request.path if (request := context.get("request")) else f"/{source}"
    return {
        "form": SubscribeForm(newsletters=newsletters, place=source, path=path),
        "newsletters": newsletters,
        "place": source,
        "request": request,
        "title": title,
        "text": text,
    }
