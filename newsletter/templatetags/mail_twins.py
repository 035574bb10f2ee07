"""What the block picker of an issue shows: the block as it will stand in the mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.utils.safestring import SafeString, mark_safe

from newsletter.issues.render import preview_of_block

if TYPE_CHECKING:
    from wagtail.blocks import BoundBlock

register = template.Library()


@register.simple_tag
def mail_twin(bound_block: BoundBlock) -> SafeString:
    """A whole HTML document with nothing but the block in it."""
    return mark_safe(preview_of_block(bound_block.block.name, bound_block.value))  # noqa: S308 - a mail's own HTML
