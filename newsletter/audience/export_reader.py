"""Everything we hold about one reader, in words and without our own keys (GDPR articles 15 and 20)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from newsletter.audience.wording import words_of
from newsletter.models import (
    AddressChange,
    ConsentEvent,
    Delivery,
    MailchimpMember,
    OutgoingHook,
    OutgoingMail,
    SignUpRequest,
    Subscriber,
    Subscription,
)

Record = dict[str, Any]


def reader_record(subscriber: Subscriber) -> Record:
    """What a reader gets on asking, ready for JSON; instants are in UTC, in ISO form.

    Notes say when and what, not who wrote them: that is data of another person.
    """
    return {
        "address": subscriber.email,
        "name": subscriber.name,
        "language": subscriber.language,
        "time_zone": subscriber.time_zone,
        "known_since": _iso(subscriber.created_at),
        "subscriptions": [_subscription(one) for one in _subscriptions(subscriber)],
        "issues_mailed": [_delivery(one) for one in _deliveries(subscriber)],
        "other_mails": [_mail(one) for one in OutgoingMail.objects.filter(recipient=subscriber.email).order_by("pk")],
        "tags": list(subscriber.tags.values_list("name", flat=True)),
        "attributes": {
            value.attribute.label: value.text for value in subscriber.attribute_values.select_related("attribute")
        },
        "notes": [{"at": _iso(note.at), "text": note.text} for note in subscriber.notes.all()],
        "waiting_sign_ups": [_sign_up(one) for one in SignUpRequest.objects.filter(email=subscriber.email)],
        "waiting_changes_of_address": [
            {"to": one.new_email, "asked_at": _iso(one.requested_at)}
            for one in AddressChange.objects.filter(subscriber=subscriber)
        ],
        "kept_by_other_services": [
            _member(one) for one in subscriber.mailchimp_members.select_related("audience__newsletter").order_by("pk")
        ],
        "told_other_programs": [
            {"at": _iso(hook.created_at), "what": hook.event, "program": urlsplit(hook.endpoint.url).netloc}
            for hook in OutgoingHook.objects.filter(subscriber_id=subscriber.pk).select_related("endpoint")
        ],
    }


def _subscriptions(subscriber: Subscriber) -> Iterable[Subscription]:
    theirs = Subscription.objects.filter(subscriber=subscriber).order_by("pk")
    return theirs.select_related("newsletter").prefetch_related("topics", "consent_events")


def _subscription(subscription: Subscription) -> Record:
    return {
        "newsletter": subscription.newsletter.name,
        "state": subscription.state,
        "frequency": subscription.frequency,
        "topics": [topic.name for topic in subscription.topics.all()],
        "asked_at": _iso(subscription.created_at),
        "confirmed_at": _iso(subscription.confirmed_at),
        "paused_until": _iso(subscription.paused_until),
        "last_mailed_at": _iso(subscription.last_sent_at),
        "ended_at": _iso(subscription.ended_at),
        "ended_because": subscription.ended_reason,
        "reason_given": subscription.left_because,
        "consent": [_event(event) for event in subscription.consent_events.all()],
    }


def _event(event: ConsentEvent) -> Record:
    return {
        "at": _iso(event.at),
        "what": str(event.get_kind_display()),
        "page_or_source": event.source,
        "detail": event.detail,
        "words_shown": words_of(event.wording) if event.wording else "",
        "version_of_the_words": event.wording,
        "at_according_to_the_source": _iso(event.claimed_at),
        "hash_of_network_address_kept": bool(event.ip_hash),
    }


def _deliveries(subscriber: Subscriber) -> Iterable[Delivery]:
    return (
        Delivery.objects.filter(subscriber=subscriber).select_related("campaign", "campaign__newsletter").order_by("pk")
    )


def _delivery(delivery: Delivery) -> Record:
    return {
        "newsletter": delivery.campaign.newsletter.name,
        "subject": delivery.campaign.subject,
        "to": delivery.address,
        "state": delivery.state,
        "at": _iso(delivery.settled_at or delivery.campaign.started_at),
        "answer_of_the_mail_server": delivery.last_reply,
    }


def _member(member: MailchimpMember) -> Record:
    return {
        "service": "Mailchimp",
        "newsletter": member.audience.newsletter.name,
        "audience": str(member.audience),
        "state": member.status,
        "state_since": _iso(member.changed_there_at),
        "last_sent_there_at": _iso(member.pushed_at),
    }


def _mail(mail: OutgoingMail) -> Record:
    return {"what": mail.kind, "at": _iso(mail.created_at), "state": mail.state}


def _sign_up(request: SignUpRequest) -> Record:
    return {
        "newsletter": request.newsletter.name if request.newsletter else "",
        "name": request.name,
        "asked_at": _iso(request.requested_at),
        "page_or_source": request.source,
        "basis": request.basis,
    }


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat(timespec="seconds") if instant else None
