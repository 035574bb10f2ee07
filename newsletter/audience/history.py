"""What is known of one reader: how each agreement came about, and which mails were sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import translation

from newsletter.audience.mails import Kind
from newsletter.audience.retention import kept
from newsletter.audience.wording import words_of
from newsletter.models import (
    Campaign,
    ConsentEvent,
    ConsentKind,
    Delivery,
    OutgoingMail,
    OutgoingMailState,
    Subscriber,
    Subscription,
)

#: Of a reader who has been mailed every day for years, the page shows the latest.
DELIVERIES_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One consent event with what it refers to.

    `words` are those of the version that was shown, in the newsletter's language; empty where none were shown.
    `ip_kept_until` is None when no hash of the client's address is held (any more).
    """

    event: ConsentEvent
    words: str
    ip_kept_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """One subscription with everything that proves it, oldest first.

    `confirmation` is the latest, `request` what it answers; a confirmation without one was taken over from elsewhere.
    `asked_by_mail` is the mail between the two, as long as its row is kept.
    """

    subscription: Subscription
    evidence: list[Evidence]
    request: ConsentEvent | None
    confirmation: ConsentEvent | None
    asked_by_mail: OutgoingMail | None


def agreements(subscriber: Subscriber) -> list[Agreement]:
    """Every subscription of the reader with its evidence, in the order in which they were begun."""
    subscriptions = list(
        subscriber.subscriptions.select_related("newsletter").prefetch_related("topics").order_by("created_at", "pk")
    )
    events = ConsentEvent.objects.filter(subscription__in=subscriptions).select_related("by").order_by("at", "pk")
    mails = list(single_mails(subscriber).filter(kind=Kind.CONFIRMATION))
    hashes_kept = kept("client_hashes")
    found = []
    for subscription in subscriptions:
        own = [event for event in events if event.subscription_id == subscription.pk]
        found.append(_agreement(subscription, own, mails, hashes_kept=hashes_kept))
    return found


def deliveries(subscriber: Subscriber) -> list[Delivery]:
    """The latest deliveries to the reader, newest first.

    By campaign: the only index that knows subscribers begins with it, and a delivery table has millions of rows.
    """
    campaigns = Campaign.objects.order_by("-scheduled_at", "-pk").defer("compiled", "web_html").in_bulk()
    found = Delivery.objects.filter(campaign_id__in=list(campaigns), subscriber_id=subscriber.pk)
    rows = sorted(found, key=lambda row: (campaigns[row.campaign_id].scheduled_at, row.pk), reverse=True)
    for row in rows[:DELIVERIES_SHOWN]:
        row.campaign = campaigns[row.campaign_id]
    return rows[:DELIVERIES_SHOWN]


def single_mails(subscriber: Subscriber) -> QuerySet[OutgoingMail]:
    """Confirmations and other single mails to the reader's address, without their content, newest first."""
    return OutgoingMail.objects.filter(recipient=subscriber.email).defer("content").order_by("-created_at", "-pk")


def _agreement(
    subscription: Subscription, events: list[ConsentEvent], mails: list[OutgoingMail], *, hashes_kept: timedelta
) -> Agreement:
    confirmation = next((event for event in reversed(events) if event.kind == ConsentKind.CONFIRMED), None)
    request = _before(confirmation, events) if confirmation else None
    with translation.override(subscription.subscriber.language or subscription.newsletter.language):
        evidence = [_evidence(event, hashes_kept) for event in events]
    return Agreement(
        subscription=subscription,
        evidence=evidence,
        request=request,
        confirmation=confirmation,
        asked_by_mail=_mail_between(request, confirmation, mails) if request and confirmation else None,
    )


def _evidence(event: ConsentEvent, hashes_kept: timedelta) -> Evidence:
    until = event.at + hashes_kept if event.ip_hash else None
    return Evidence(event=event, words=words_of(event.wording), ip_kept_until=until)


def _before(confirmation: ConsentEvent, events: list[ConsentEvent]) -> ConsentEvent | None:
    """The last request that had come before the button was pressed; events are oldest first."""
    requests = [event for event in events if event.kind == ConsentKind.REQUESTED and event.at <= confirmation.at]
    return requests[-1] if requests else None


def _mail_between(request: ConsentEvent, confirmation: ConsentEvent, mails: list[OutgoingMail]) -> OutgoingMail | None:
    """The first confirmation mail that was sent for the request before the button was pressed."""
    sent = [mail for mail in mails if mail.state == OutgoingMailState.SENT]
    fitting = [mail for mail in sent if request.at <= mail.created_at <= confirmation.at]
    return min(fitting, key=lambda mail: mail.created_at, default=None)
