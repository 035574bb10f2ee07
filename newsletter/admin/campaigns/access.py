"""Who may look at campaigns, and which part of them pages load."""

from __future__ import annotations

from django.db.models import QuerySet

from newsletter.models import Campaign

REPORT = ("newsletter.report_campaign",)
#: The ledger holds addresses: reports alone are not enough.
LEDGER = ("newsletter.report_campaign", "newsletter.view_subscriber")


def without_content() -> QuerySet[Campaign]:
    """Campaigns without their compiled messages, which no page shows and which are large."""
    return Campaign.objects.defer("compiled", "web_html", "web_text").select_related("newsletter", "created_by")
