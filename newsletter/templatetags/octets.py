"""Sizes of mails for people."""

from __future__ import annotations

from django import template
from django.utils import formats
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def kilobytes(octets: int) -> str:
    """As mail providers count them: of a thousand bytes each."""
    return _("%(size)s kB") % {"size": formats.number_format(octets / 1000, 1 if octets < 100_000 else 0)}
