"""The page of a campaign that Mailchimp sends, and what the worker would have written of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from newsletter.audience.mailchimp.account import keep_key
from newsletter.models import Campaign, Delivery, MailchimpCampaign
from tests.integration.admin_scene import Scene, log_in
from tests.stages import stage

if TYPE_CHECKING:
    from django.test import Client

KEY = "0123456789abcdef0123456789abcdef-us21"
REPORT = {
    "emails_sent": 1200,
    "hard_bounces": 3,
    "soft_bounces": 2,
    "unsubscribed": 4,
    "abuse_reports": 1,
    "opens": 0,
    "clicks": 0,
    "send_time": "2026-03-02T12:00:00+00:00",
    "hours": [
        {"at": "2026-03-02T12:00:00+00:00", "sent": 1000, "opens": 0, "clicks": 0},
        {"at": "2026-03-02T14:00:00+00:00", "sent": 200, "opens": 0, "clicks": 0},
    ],
}


@stage
def remote(scene: Scene) -> MailchimpCampaign:
    """Scheduled there; its newsletter goes by Mailchimp."""
    now = timezone.now()
    keep_key(KEY, by=None, now=now)
    scene.newsletter.backend = "mailchimp"
    scene.newsletter.save()
    Campaign.objects.filter(pk=scene.campaign.pk).update(backend="mailchimp")
    return MailchimpCampaign.objects.create(
        campaign=scene.campaign,
        title="rounds-1",
        remote_id="abcdef0123",
        web_id=4711,
        archive_url="https://us21.campaign-archive.com/?id=abcdef0123",
        remote_status="schedule",
        checked_at=now,
        content_at=now,
        checklist={"is_ready": True, "items": [{"type": "warning", "heading": "No logo", "details": "Add one."}]},
    )


def words(client: Client, address: str) -> str:
    return " ".join(client.get(address).content.decode().split())


def shown(scene: Scene, role: str = "Editor") -> str:
    return words(log_in(role), scene.address("newsletter_campaigns:show", "campaign"))


def change(remote: MailchimpCampaign, *, campaign: dict[str, object] | None = None, **fields: object) -> None:
    """As the store and the tasks would."""
    MailchimpCampaign.objects.filter(pk=remote.pk).update(**fields)
    if campaign:
        Campaign.objects.filter(pk=remote.campaign_id).update(**campaign)


def sent(remote: MailchimpCampaign, **report: object) -> None:
    now = timezone.now()
    change(
        remote,
        campaign={"state": "sent", "started_at": now, "finished_at": now, "recipients": 1200},
        remote_status="sent",
        report={**REPORT, **report},
        links=[
            {"url": "https://rounds.example/<one>", "clicks": 9},
            {"url": "https://rounds.example/none", "clicks": 0},
        ],
        reported_at=now,
        ledger_filled_at=now,
    )
    Delivery.objects.create(campaign_id=remote.campaign_id, address="ada@example.com", state="accepted", attempts=1)
