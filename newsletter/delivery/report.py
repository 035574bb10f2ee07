"""Where a campaign stands, in numbers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Count

from newsletter.audience.mailchimp.account import account
from newsletter.engine.machine import DeliveryState
from newsletter.issues.reach import in_words
from newsletter.models import Campaign, Delivery, MailchimpCampaign


def counts(campaign: Campaign) -> dict[str, int]:
    """Deliveries per state, every state of the machine in its order, zeros too. Their sum is the number frozen."""
    rows = Delivery.objects.filter(campaign_id=campaign.pk).order_by().values_list("state").annotate(Count("pk"))
    found = dict(rows)
    return {state.value: found.get(state.value, 0) for state in DeliveryState}


def show(campaign: Campaign) -> dict[str, Any]:
    """The document of `campaign show --json`."""
    return {
        "campaign": campaign.pk,
        "issue": campaign.issue_id,
        "newsletter": campaign.newsletter.slug,
        "subject": campaign.subject,
        "state": campaign.state,
        "reason": campaign.reason,
        "scheduled_at": _iso(campaign.scheduled_at),
        "time_zone": campaign.time_zone,
        "started_at": _iso(campaign.started_at),
        "finished_at": _iso(campaign.finished_at),
        "retry_at": _iso(campaign.retry_at),
        "only_for": in_words(campaign.segment_rules),
        "frequency": campaign.frequency,
        "recipients": campaign.recipients,
        "nothing_new": campaign.nothing_new,
        "counts": counts(campaign),
        **_remote(campaign),
    }


def _remote(campaign: Campaign) -> dict[str, Any]:
    """Of one that Mailchimp sends: what is known of it there."""
    remote = MailchimpCampaign.objects.filter(campaign=campaign).first()
    if remote is None:
        return {}
    return {
        "remote": {
            "id": remote.remote_id,
            "status": remote.remote_status,
            "url": web_address(remote),
            "archive_url": remote.archive_url,
            "is_ready": remote.checklist.get("is_ready"),
            "cancel_wanted": remote.cancel_wanted_at is not None,
            "surprise": remote.surprise,
        }
    }


def web_address(remote: MailchimpCampaign) -> str:
    """Where people look at it in Mailchimp; empty while it is not there."""
    kept = account()
    if kept is None or not kept.data_centre or remote.web_id is None:
        return ""
    return f"https://{kept.data_centre}.admin.mailchimp.com/campaigns/show?id={remote.web_id}"


def _iso(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat(timespec="seconds")
