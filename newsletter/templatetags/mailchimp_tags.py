"""What pages say of Mailchimp."""

from __future__ import annotations

from django import template

from newsletter.audience.mailchimp import said

register = template.Library()


@register.filter
def in_words(kept: str) -> str:
    """What the worker kept, in the language of the page."""
    return said.in_words(kept)
