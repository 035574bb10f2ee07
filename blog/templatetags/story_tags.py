"""What the templates of stories and their blocks ask for."""

from __future__ import annotations

import re
from typing import Any

from django import template
from django.template.context import Context
from django.utils.safestring import SafeString
from wagtail.rich_text import RichText, expand_db_html

from blog.citations import Citations
from blog.discovery.linked_data import story_document
from blog.discovery.sharing import card_path
from blog.glossary import Glossary
from blog.models import GlossaryTerm, StoryPage
from core.addresses import absolute
from core.templatetags.publication_tags import linked_data, publication

register = template.Library()


@register.simple_tag(takes_context=True)
def cited(context: Context, text: RichText, *, beside: bool = True) -> SafeString:
    """Rich text with its citations and glossary words as links; outside of a story markers and words stay as they are.

    `beside`: whether sources may stand in the margin, which a box has no room for.
    """
    citations = context.get("citations") or Citations([], [])
    glossary = context.get("glossary") or Glossary([], GlossaryTerm.objects.in_bulk)
    marked = citations.mark(expand_db_html(text.source if isinstance(text, RichText) else ""), beside=beside)
    return glossary.explain(marked)


@register.filter
def dialled(phone: str) -> str:
    """A telephone number as a `tel:` link wants it."""
    return re.sub(r"[^\d+*#]", "", phone)


@register.simple_tag(takes_context=True)
def story_linked_data(context: Context, story: StoryPage, image_url: str = "") -> SafeString:
    return linked_data(story_document(story, publication=publication(context), image_url=image_url))


@register.simple_tag(takes_context=True)
def share_card(context: Context, story: StoryPage) -> str:
    """The address of the picture that stands for a published story elsewhere; empty for a draft."""
    return absolute(card_path(story, publication(context))) if story.pk and story.live else ""


@register.simple_tag(takes_context=True)
def with_query(context: Context, **changes: Any) -> str:
    """The current query string with `changes` applied, for page links; starts with `?`."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        query[name] = str(value)
    return f"?{query.urlencode()}"
