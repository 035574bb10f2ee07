"""What became of a campaign: totals, links, whom it was sent to, and who left. Never who opened or clicked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from newsletter.backends.mailchimp import reading_campaigns as reading
from newsletter.backends.mailchimp.answers import LeftAfter, LinkClicks, Page, Report, SentTo
from newsletter.backends.mailchimp.calling import Calls
from newsletter.backends.mailchimp.ids import checked_id
from newsletter.backends.mailchimp.paging import PAGE, every
from newsletter.backends.mailchimp.reading import page

_REPORT = (
    "emails_sent", "bounces", "unsubscribed", "abuse_reports", "opens.unique_opens", "clicks.unique_subscriber_clicks",
    "send_time", "timeseries",
)  # fmt: skip
_LINK = ("urls_clicked.id", "urls_clicked.url", "urls_clicked.total_clicks", "total_items")
_SENT_TO = ("sent_to.email_id", "sent_to.email_address", "sent_to.status", "total_items")
_LEFT = (
    "unsubscribes.email_id", "unsubscribes.email_address", "unsubscribes.timestamp", "unsubscribes.reason",
    "total_items",
)  # fmt: skip


class Reports(Calls):
    def report(self, campaign_id: str) -> Report:
        made = self._client.reports.get_campaign_report(checked_id(campaign_id), fields=list(_REPORT))
        return self._ask(made, reading.report)

    def link_clicks(self, campaign_id: str) -> Iterator[LinkClicks]:
        """Each address once, with all of its clicks."""
        of = checked_id(campaign_id)
        read = page("urls_clicked", reading.link)
        listed = every(
            lambda offset: self._ask(
                self._client.reports.get_campaign_click_details(of, fields=list(_LINK), count=PAGE, offset=offset), read
            ),
            lambda found: found[0],
        )
        clicks: Counter[str] = Counter()
        for _id, link in listed:
            clicks[link.url] += link.clicks
        return iter([LinkClicks(url=url, clicks=total) for url, total in clicks.items()])

    def sent_to(self, campaign_id: str, *, offset: int = 0) -> Page[SentTo]:
        made = self._client.reports.get_campaign_recipients(
            checked_id(campaign_id), fields=list(_SENT_TO), count=PAGE, offset=offset
        )
        return self._ask(made, page("sent_to", reading.sent_to))

    def left_after(self, campaign_id: str, *, offset: int = 0) -> Page[LeftAfter]:
        made = self._client.reports.get_unsubscribed_list_for_campaign(
            checked_id(campaign_id), fields=list(_LEFT), count=PAGE, offset=offset
        )
        return self._ask(made, page("unsubscribes", reading.left_after))
