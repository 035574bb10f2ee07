"""What every page's frame asks for: the publication's settings and its menu, once per request."""

from __future__ import annotations

import json
from typing import Any

from django import template
from django.template.context import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from wagtail.models import Page, Site

from core.models import PublicationSettings

register = template.Library()

#: The same that `json_script` escapes: nothing inside can end the element or open a comment.
JSON_ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


@register.simple_tag(takes_context=True)
def publication(context: Context) -> PublicationSettings:
    """The settings of the request's site; unsaved defaults where there is no request or no site (error pages)."""
    request = context.get("request")
    site = Site.find_for_request(request) if request is not None else None
    if site is None:
        return PublicationSettings()
    settings: PublicationSettings = PublicationSettings.for_request(request)
    return settings


@register.simple_tag(takes_context=True)
def menu(context: Context) -> list[Page]:
    """Pages below the home page that an editor has marked "show in menus", in their order."""
    request = context.get("request")
    site = Site.find_for_request(request) if request is not None else None
    if site is None:
        return []
    return list(site.root_page.get_children().live().in_menu())


@register.filter
def linked_data(document: dict[str, Any]) -> SafeString:
    """A JSON-LD data block. Browsers don't execute it, so the content security policy leaves it alone."""
    text = json.dumps(document, ensure_ascii=False).translate(JSON_ESCAPES)
    # Every character that HTML could read as markup is escaped in the line above.
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(text))  # noqa: S308
