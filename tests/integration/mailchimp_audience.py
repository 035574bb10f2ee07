"""An audience in use, contacts of it, and readers of ours, as the tests about it need them."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from newsletter.audience.mailchimp.hooks import PURPOSE
from newsletter.audience.sealing import seal
from newsletter.backends.mailchimp.answers import Member
from newsletter.backends.mailchimp.ids import member_hash
from newsletter.models import MailchimpAudience, MailchimpMember, Newsletter, Subscriber, Subscription
from tests.factories import make_subscription

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
LIST = "a6b5da1054"
PATH_SECRET, HOOK_SECRET = "of-the-path-and-nobody-elses", "of-the-signature-and-nobody-elses"
HOOK = f"/hooks/mailchimp/{PATH_SECRET}/"
DAY = timedelta(days=1)


def make_audience(newsletter: Newsletter, **fields: Any) -> MailchimpAudience:
    """Switched on, with a webhook that is signed; read up to yesterday, counted just now."""
    Newsletter.objects.filter(pk=newsletter.pk).update(backend="mailchimp")
    newsletter.refresh_from_db()
    given: dict[str, Any] = {
        "list_id": LIST,
        "list_name": "Readers",
        "switched_on_at": NOW - 30 * DAY,
        "polled_until": NOW - DAY,
        "counted_at": NOW,
        "hook_id": "abc123",
        "hook_path_digest": hashlib.sha256(PATH_SECRET.encode()).hexdigest(),
        "sealed_hook_secret": seal(HOOK_SECRET.encode(), purpose=PURPOSE),
    }
    return MailchimpAudience.objects.create(newsletter=newsletter, **{**given, **fields})


def contact(email: str, status: str = "subscribed", **fields: Any) -> Member:
    """As a page of contacts has it: opted in a year ago, changed an hour ago."""
    given: dict[str, Any] = {"opted_in_at": NOW - 365 * DAY, "changed_at": NOW - timedelta(hours=1)}
    return Member(hash=member_hash(email), email=email, status=status, **{**given, **fields})


def make_reader(newsletter: Newsletter, email: str, **fields: Any) -> Subscription:
    """Confirmed ten days ago."""
    return make_subscription(newsletter, email, **{"confirmed_at": NOW - 10 * DAY, **fields})


def make_member(audience: MailchimpAudience, email: str, status: str = "subscribed", **fields: Any) -> MailchimpMember:
    """What is known of a contact, with the subscriber of this address if there is one."""
    reader = Subscriber.objects.filter(email=email).first()
    given: dict[str, Any] = {"status": status, "subscriber": reader, "changed_there_at": NOW - 5 * DAY}
    return MailchimpMember.objects.create(audience=audience, member_hash=member_hash(email), **{**given, **fields})


def state_of(email: str) -> tuple[str, str]:
    """State and reason of the only subscription of an address."""
    found = Subscription.objects.get(subscriber__email=email)
    return found.state, found.ended_reason
