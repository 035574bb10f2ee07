"""The ledger of a campaign that a service sent: written from what the service says, page by page, and kept in step.

Nothing was handed over here, so rows begin in the state that the service reports. From then on the machine moves them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from newsletter.delivery.store.last_sent import remember_last_sent
from newsletter.delivery.store.steps import move_deliveries
from newsletter.engine.machine import DeliveryEvent, DeliveryState
from newsletter.models import Campaign, Chunk, Delivery, MailchimpCampaign, Subscriber

#: A subscriber, or the address of nobody here; an empty one for who was forgotten.
_Key = int | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Somebody whom the service mailed. Without subscriber and address it is one who was forgotten here."""

    subscriber_id: int | None
    address: str
    is_returned: bool
    #: The reader can't be reached there for good.
    is_gone: bool
    #: In words, without any address.
    reply: str


def lock(campaign_id: int, *, offset: int) -> bool:
    """Take the campaign's row for the rest of the transaction; False where somebody else has written this page."""
    Campaign.objects.select_for_update().only("pk").get(pk=campaign_id)
    return MailchimpCampaign.objects.filter(campaign_id=campaign_id, ledger_offset=offset).exists()


def write_page(campaign_id: int, recipients: Sequence[Recipient], *, next_offset: int, sent_at: datetime) -> set[int]:
    """Write these down, each once whatever comes twice; returns the subscribers who are gone since this page.

    Run in the transaction of `lock`, in which the recipients were told from each other.
    """
    there = _there(campaign_id, recipients)
    missing = [recipient for recipient in recipients if _key(recipient) not in there]
    _insert(campaign_id, missing, sent_at=sent_at)
    gone = {recipient.subscriber_id for recipient in missing if recipient.is_gone and recipient.subscriber_id}
    gone |= _return(campaign_id, (recipient for recipient in recipients if _key(recipient) in there), there)
    MailchimpCampaign.objects.filter(campaign_id=campaign_id).update(ledger_offset=next_offset)
    return gone


def begin_anew(campaign_id: int) -> None:
    """The next page is the first one again; what was written stays."""
    MailchimpCampaign.objects.filter(campaign_id=campaign_id).update(ledger_offset=0)


def finish(campaign_id: int, *, total: int, now: datetime) -> None:
    """All pages were written: count them, and remember whom they reached. It may be repeated."""
    with transaction.atomic():
        Campaign.objects.select_for_update().only("pk").get(pk=campaign_id)
        rows = Delivery.objects.filter(campaign_id=campaign_id)
        # Who is erased while a page is written leaves the row behind.
        erased = rows.exclude(subscriber=None).exclude(Exists(Subscriber.objects.filter(pk=OuterRef("subscriber_id"))))
        erased.update(subscriber=None, address="", last_reply="")
        # Nothing tells one forgotten reader from another, so one that was listed twice is two rows until here.
        count = rows.count()
        nameless = rows.filter(subscriber=None, address="").order_by("-pk").values_list("pk", flat=True)
        surplus = list(nameless[: max(count - total, 0)])
        rows.filter(pk__in=surplus).delete()
        Campaign.objects.filter(pk=campaign_id).update(recipients=count - len(surplus))
        MailchimpCampaign.objects.filter(campaign_id=campaign_id).update(ledger_offset=0, ledger_filled_at=now)
        remember_last_sent(campaign_id)


def complain(campaign_id: int, subscriber_ids: Iterable[int]) -> int:
    """These readers reported it as spam; returns how many lines of the ledger changed."""
    rows = Delivery.objects.filter(campaign_id=campaign_id, subscriber_id__in=list(subscriber_ids))
    return move_deliveries(rows, DeliveryEvent.COMPLAINT_CAME)


def _insert(campaign_id: int, recipients: Sequence[Recipient], *, sent_at: datetime) -> None:
    """With a chunk around them that was never open: by it a ledger is forgotten, and known who got which story."""
    if not recipients:
        return
    rows = Delivery.objects.bulk_create([_row(campaign_id, one, sent_at) for one in recipients], batch_size=500)
    ids = [row.pk for row in rows]
    Chunk.objects.create(campaign_id=campaign_id, first_id=min(ids), last_id=max(ids), closed_at=sent_at)


def _key(recipient: Recipient) -> _Key:
    return recipient.subscriber_id or recipient.address


def _there(campaign_id: int, recipients: Sequence[Recipient]) -> dict[_Key, int]:
    """The rows that these have already, whoever they were known as then: a reader may have come or moved meanwhile."""
    rows = Delivery.objects.filter(campaign_id=campaign_id)
    ids = [recipient.subscriber_id for recipient in recipients if recipient.subscriber_id]
    by_address = {recipient.address: _key(recipient) for recipient in recipients if recipient.address}
    there: dict[_Key, int] = {}
    there.update(rows.filter(subscriber_id__in=ids).values_list("subscriber_id", "pk"))
    unknown = rows.filter(subscriber=None, address__in=by_address)
    if moved := [
        recipient.address for recipient in recipients if recipient.subscriber_id is None and recipient.address
    ]:
        unknown |= rows.filter(address__in=moved)
    for address, pk in unknown.values_list("address", "pk"):
        there.setdefault(by_address[address], pk)
    return there


def _row(campaign_id: int, recipient: Recipient, sent_at: datetime) -> Delivery:
    is_erased = not _key(recipient)
    return Delivery(
        campaign_id=campaign_id,
        subscriber_id=recipient.subscriber_id,
        address=recipient.address,
        state=DeliveryState.BOUNCED if recipient.is_returned else DeliveryState.ACCEPTED,
        attempts=1,
        last_reply="" if is_erased else recipient.reply,
        settled_at=sent_at,
    )


def _return(campaign_id: int, recipients: Iterable[Recipient], there: dict[_Key, int]) -> set[int]:
    """Book what came back since the last look; returns the subscribers who are gone since."""
    rows_of: dict[str, list[int]] = defaultdict(list)
    gone_at: set[int] = set()
    for recipient in recipients:
        if recipient.is_returned:
            rows_of[recipient.reply].append(there[_key(recipient)])
            if recipient.is_gone:
                gone_at.add(there[_key(recipient)])
    rows = Delivery.objects.filter(campaign_id=campaign_id, pk__in=[pk for pks in rows_of.values() for pk in pks])
    fresh = dict(rows.filter(state=DeliveryState.ACCEPTED).values_list("pk", "subscriber_id"))
    for reply, pks in rows_of.items():
        move_deliveries(rows.filter(pk__in=pks), DeliveryEvent.BOUNCE_CAME, last_reply=reply)
    return {subscriber for pk, subscriber in fresh.items() if pk in gone_at and subscriber is not None}
