"""The page that shows a secret once: the answer to the POST that made it, kept nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

if TYPE_CHECKING:
    from django.utils.functional import Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    title: str | Promise
    #: What it is for, and what to do with it.
    words: str | Promise
    text: str
    back_url: str
    back_label: str | Promise
    icon: str


def show_once(request: HttpRequest, secret: Secret) -> HttpResponse:
    """No redirect: what a session or an address holds would be kept, and this is not."""
    context: dict[str, Any] = {
        "secret": secret,
        "page_title": secret.title,
        "header_title": secret.title,
        "header_icon": secret.icon,
        "breadcrumbs_items": [],
    }
    response = render(request, "newsletter/admin/programs/shown_once.html", context)
    response["Cache-Control"] = "no-store"
    return response
