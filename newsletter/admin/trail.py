"""The breadcrumbs of our own pages in the admin."""

from __future__ import annotations

from typing import Any

from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin


class Trail(WagtailAdminTemplateMixin):
    """A page that stands below others: `above` names them with their addresses."""

    def above(self) -> list[tuple[str, str]]:
        """(address, label) of the pages between the start and this one."""
        return []

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        between = [{"url": url, "label": label} for url, label in self.above()]
        return [*super().get_breadcrumbs_items(), *between, {"url": "", "label": self.get_page_title()}]
