"""What the words of a command name."""

from __future__ import annotations

from django.core.management.base import CommandError

from newsletter.models import Newsletter


def newsletter_named(slug: str) -> Newsletter:
    """
    Raises:
        CommandError: there is none of this name; the text says which there are.
    """
    slugs = list(Newsletter.objects.order_by("slug").values_list("slug", flat=True))
    if slug in slugs:
        return Newsletter.objects.get(slug=slug)
    there = f"There is: {', '.join(slugs)}." if slugs else "Create one in the admin first: Newsletter > Newsletters."
    raise CommandError(f"There is no newsletter {slug!r}. {there}")
