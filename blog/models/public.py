"""What every page that readers see has in common."""

from __future__ import annotations

from typing import Any

from core.addresses import absolute


class PublicPage:
    """Mixed into Wagtail's pages: their address under BASE_URL, and the same address in the site map."""

    @property
    def absolute_url(self) -> str:
        """Empty while the page has no address: before its first save, or outside of any site."""
        parts = self.get_url_parts() if self.pk and self.url_path else None  # type: ignore[attr-defined]
        return absolute(parts[2]) if parts and parts[2] else ""

    def get_sitemap_urls(self, request: Any = None) -> list[dict[str, Any]]:
        """One entry: the address that feeds and canonical links use, and when the page last changed."""
        return [{"location": self.absolute_url, "lastmod": self.last_published_at}]  # type: ignore[attr-defined]
