"""What the templates of blocks ask the database for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template
from django.template.context import Context

from blog.models import CrisisResource, StoryPage
from core.templatetags.publication_tags import publication

register = template.Library()


@register.simple_tag(takes_context=True)
def crisis_lines(context: Context, country: str | None = "") -> list[CrisisResource]:
    """The lines of a country, else of the publication's, as the editor ordered them; perhaps none."""
    wanted = (country or "").strip() or publication(context).country
    return list(CrisisResource.objects.filter(country__iexact=wanted))


@register.filter
def has_emergency(lines: Iterable[CrisisResource]) -> bool:
    """Whether one of them is the number to call when life is in danger."""
    return any(line.emergency for line in lines)


@register.simple_tag
def readable(stories: Iterable[Any] | None) -> list[StoryPage]:
    """Of these pages, in their order, those that every reader may see; deleted ones are None, and left out."""
    wanted = [page.pk for page in stories or () if page is not None]
    found = StoryPage.objects.for_readers().defer_streamfields().in_bulk(wanted) if wanted else {}
    return [found[pk] for pk in dict.fromkeys(wanted) if pk in found]
