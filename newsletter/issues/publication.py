"""The publication as a mail sees it: its addresses on the web, its host."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.urls import reverse

if TYPE_CHECKING:
    from wagtail.models import Page

    from newsletter.models import Issue, Newsletter


def absolute(path: str) -> str:
    """A path or address as mail needs it: on the site's own root, never on a request's host."""
    return urljoin(f"{settings.BASE_URL}/", path)


def host() -> str:
    """The publication's host name, without a port."""
    return urlsplit(settings.BASE_URL).hostname or ""


def is_loopback() -> bool:
    """Whether the site is reachable from this machine only, as on a developer's."""
    name = host()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def page_url(page: Page) -> str:
    """The page's public address; empty when no site leads to it."""
    parts = page.get_url_parts()
    return absolute(parts[2]) if parts and parts[2] else ""


def subscribe_url() -> str:
    return absolute(reverse("newsletter:subscribe"))


def issues_url(newsletter: Newsletter) -> str:
    """The list of what the newsletter has sent."""
    return absolute(reverse("newsletter:archive", args=[newsletter.slug]))


def archive_url(issue: Issue) -> str:
    """Where the issue can be read in a browser once it was sent; a draft that was never saved has the list's."""
    return absolute(issue.get_absolute_url()) if issue.pk else issues_url(issue.newsletter)
