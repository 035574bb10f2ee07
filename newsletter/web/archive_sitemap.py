"""The archive in the site map: the lists of newsletters and every issue that stands in one."""

from __future__ import annotations

from typing import Any

from django.contrib.sitemaps import Sitemap
from django.urls import reverse

from core.addresses import absolute
from newsletter.issues.archive import LARGE, listed_campaigns
from newsletter.models import Campaign, Newsletter


class ArchiveSitemap(Sitemap[Any]):
    """Addresses under BASE_URL, as the pages of stories have them."""

    def items(self) -> list[Newsletter | Campaign]:
        listed = listed_campaigns().defer(*LARGE).select_related("newsletter")
        return [*Newsletter.objects.visible(), *listed]

    def get_urls(self, page: int | str = 1, site: Any = None, protocol: str | None = None) -> list[dict[str, Any]]:
        return [
            {"item": item, "location": self.location(item), "lastmod": self.lastmod(item), "alternates": []}
            for item in self.paginator.page(page).object_list
        ]

    def location(self, item: Newsletter | Campaign) -> str:
        if isinstance(item, Newsletter):
            return absolute(reverse("newsletter:archive", args=[item.slug]))
        return absolute(reverse("newsletter:issue", args=[item.newsletter.slug, item.issue_id]))

    def lastmod(self, item: Newsletter | Campaign) -> Any:
        return item.scheduled_at if isinstance(item, Campaign) else None
