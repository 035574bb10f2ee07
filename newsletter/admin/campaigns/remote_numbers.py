"""What Mailchimp counted of a campaign, as its page shows it: totals, hours as a small picture, links."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from newsletter.admin.campaigns.hours import HEIGHT, HOUR_WIDTH, HourBar, bars_of

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from newsletter.models import MailchimpCampaign


#: Hours that the picture shows at least.
A_DAY = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """`share` is in percent of all mails."""

    label: str | Promise
    meaning: str | Promise
    count: int
    share: float


def report_context(remote: MailchimpCampaign) -> dict[str, Any]:
    """What `newsletter/admin/campaigns/remote_report.html` shows; `totals` is empty before anything was counted."""
    if remote.reported_at is None:
        return {"totals": []}
    bars = hour_bars(remote)
    is_tracked = bool(remote.report.get("opens") or remote.report.get("clicks"))
    return {
        "totals": totals(remote),
        "is_tracked": is_tracked,
        "remote_links": [link for link in remote.links if link.get("clicks")],
        "bars": bars,
        "most": max((bar.raw for bar in bars), default=0),
        "picture_width": max(bars[-1].x + HOUR_WIDTH, A_DAY * HOUR_WIDTH) if bars else 0,
        "picture_height": HEIGHT,
        # Mails and readers are no parts of each other: they stand side by side.
        "bar_width": HOUR_WIDTH // 2 - 1 if is_tracked else HOUR_WIDTH - 1,
    }


def totals(remote: MailchimpCampaign) -> list[Total]:
    report = remote.report
    rows = [
        (_("sent"), _("Mails that Mailchimp sent."), "emails_sent"),
        (_("bounced for good"), _("The mailbox does not exist; the subscription ended."), "hard_bounces"),
        (_("bounced for now"), _("The mailbox did not take it in time: full, too large, or away."), "soft_bounces"),
        (_("left"), _("Readers who unsubscribed through it; they left here, too."), "unsubscribed"),
        (_("reported as spam"), _("The reader's mail program reported it."), "abuse_reports"),
    ]
    if report.get("opens") or report.get("clicks"):
        rows += [
            (_("opens"), _("Somebody turned tracking on at Mailchimp."), "opens"),
            (_("clicks"), _("Somebody turned tracking on at Mailchimp."), "clicks"),
        ]
    sent = int(report.get("emails_sent", 0))
    return [
        Total(
            label=label,
            meaning=meaning,
            count=int(report.get(key, 0)),
            share=round(100 * int(report.get(key, 0)) / sent, 1) if sent else 0.0,
        )
        for label, meaning, key in rows
    ]


def hour_bars(remote: MailchimpCampaign) -> list[HourBar]:
    """Hours in which mails went out or links were followed: `raw` are mails, `filtered` readers who followed one.

    In UTC, where an hour has its place also when clocks are put back.
    """
    hours = sorted(
        (datetime.fromisoformat(hour["at"]).astimezone(UTC), int(hour["sent"]), int(hour["clicks"]))
        for hour in remote.report.get("hours", ())
        if hour["sent"] or hour["clicks"]
    )
    return bars_of(hours)
