"""A newsletter that Mailchimp mails: its audience there, with members that were known when somebody looked last."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from newsletter.models import MailchimpAccount, MailchimpAudience, MailchimpMember, Newsletter

LOOKED = datetime(2026, 1, 5, 7, 30, tzinfo=UTC)
LIST_ID, SEGMENT_ID = "a1b2c3d4e5", 77


def connected(newsletter: Newsletter, **fields: Any) -> MailchimpAudience:
    """An audience that is acknowledged and switched on; the newsletter itself may still be mailed from here."""
    segments = [{"id": SEGMENT_ID, "name": "Berlin", "kind": "tag", "members": 12}]
    listed = {"id": LIST_ID, "name": "Practice", "members": 340, "segments": segments, "merge_fields": []}
    MailchimpAccount.objects.create(data_centre="us21", hint="cafe", audiences=[listed], checked_at=LOOKED)
    given: dict[str, Any] = {"acknowledged_at": LOOKED, "switched_on_at": LOOKED, "polled_until": LOOKED}
    return MailchimpAudience.objects.create(
        newsletter=newsletter, list_id=LIST_ID, list_name="Practice", **{**given, **fields}
    )


def at_mailchimp(newsletter: Newsletter, *, members: int = 2, **fields: Any) -> MailchimpAudience:
    """Mailed by Mailchimp from now on: to so many who are subscribed there, and one who left there."""
    audience = connected(newsletter, **fields)
    statuses = [*["subscribed"] * members, "unsubscribed"]
    MailchimpMember.objects.bulk_create(
        MailchimpMember(audience=audience, member_hash=f"{number:032x}", status=status)
        for number, status in enumerate(statuses)
    )
    Newsletter.objects.filter(pk=newsletter.pk).update(backend="mailchimp")
    newsletter.backend = "mailchimp"
    return audience
