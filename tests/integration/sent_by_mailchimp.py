"""A campaign that the fake Mailchimp has sent, and the readers whom we know of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from newsletter.audience.mailchimp.account import keep_key
from newsletter.backends.mailchimp.answers import CampaignWrite, Content
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.ids import member_hash
from newsletter.models import (
    MailchimpAudience,
    MailchimpCampaign,
    MailchimpMember,
    RemoteTask,
    RemoteTaskKind,
    Subscription,
)
from tests.factories import make_subscription
from tests.factories_delivery import make_campaign

if TYPE_CHECKING:
    from newsletter.models import Newsletter
    from tests.fakes.mailchimp import FakeMailchimp

BEFORE = timedelta(days=30)


def connect(newsletter: Newsletter, fake: FakeMailchimp) -> MailchimpAudience:
    """The newsletter goes by an audience of the fake's."""
    newsletter.backend = "mailchimp"
    newsletter.save(update_fields=["backend"])
    now = timezone.now()
    keep_key(fake.key, by=None, now=now)
    return MailchimpAudience.objects.create(
        newsletter=newsletter, list_id=fake.add_list(), list_name="Readers", switched_on_at=now
    )


def reader(audience: MailchimpAudience, fake: FakeMailchimp, address: str) -> Subscription:
    """Somebody who reads here and is a member there since long."""
    known = make_subscription(audience.newsletter, address, confirmed_at=timezone.now() - BEFORE)
    fake.add_member(audience.list_id, address)
    MailchimpMember.objects.create(
        audience=audience, member_hash=member_hash(address), subscriber=known.subscriber, status="subscribed"
    )
    return known


def way_to(fake: FakeMailchimp) -> Mailchimp:
    return Mailchimp(api_key=fake.key, api_url=fake.url)


def send(audience: MailchimpAudience, fake: FakeMailchimp) -> MailchimpCampaign:
    """Make a campaign and have it sent over there; nothing of it was fetched yet."""
    now = timezone.now()
    campaign = make_campaign(
        audience.newsletter, backend="mailchimp", state="sending", scheduled_at=now, started_at=now
    )
    api = way_to(fake)
    made = api.create_campaign(
        CampaignWrite(
            title=f"rounds-{campaign.pk}",
            list_id=audience.list_id,
            segment_id=None,
            subject=campaign.subject,
            preview_text="",
            from_name="Rounds",
            reply_to="editor@rounds.example",
        )
    )
    api.put_content(made.id, Content(html="<p>Words *|UNSUB|*</p>", plain_text="Words *|UNSUB|*"))
    api.send(made.id)
    return MailchimpCampaign.objects.create(
        campaign=campaign,
        title=made.title,
        remote_id=made.id,
        web_id=made.web_id,
        archive_url=made.archive_url,
        remote_status="sent",
        content_at=now,
        checked_at=now,
        send_asked_at=now,
        checklist={"is_ready": True, "items": []},
    )


def task_for(remote: MailchimpCampaign, kind: RemoteTaskKind = RemoteTaskKind.REPORT) -> RemoteTask:
    """The task of this kind that works for it; made where there is none."""
    name = f"{kind.value}:{remote.campaign_id}"
    return RemoteTask.objects.get_or_create(kind=kind, name=name, defaults={"next_attempt_at": timezone.now()})[0]


def turns(
    remote: MailchimpCampaign, fake: FakeMailchimp, *, now: datetime | None = None, most: int = 5
) -> datetime | None:
    """Give the report its turns until it wants to wait; returns for when."""
    from newsletter.delivery.remote.reports import turn

    at = now or timezone.now()
    again: datetime | None = at
    for _ in range(most):
        if again is None or again > at:
            break
        again = turn(task_for(remote), way_to(fake), at)
    return again
