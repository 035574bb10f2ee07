"""Batches: many members in one call, worked on over there, read back when they are done.

A row is committed before its batch is started. One without an id may or may not be under way over there, after a kill
or a lost answer: what it was to do may be done twice, so its members are simply wanted again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import transaction
from django.utils.translation import gettext

from newsletter.audience.mailchimp.members import Prepared, Sent, let_go, prepare, settle, take
from newsletter.audience.mailchimp.wanted import Contact, Reader
from newsletter.backends.mailchimp.answers import Batch, Operation
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.errors import (
    InvalidIdError,
    MailchimpError,
    NotFoundError,
    UnexpectedAnswerError,
    UnsureError,
)
from newsletter.models import MailchimpAudience, MailchimpBatch

T = TypeVar("T")

logger = logging.getLogger(__name__)

#: Operations in one, and how many may be open at once for an audience (Mailchimp takes 500 of an account).
MOST_IN_ONE = 1000
MOST_OPEN = 10
#: One that is not done by then is given up; its members are wanted again.
STUCK_AFTER = timedelta(hours=2)
#: So long one whose start is unsure may still turn out to have been started.
UNSURE_FOR = timedelta(minutes=10)
AFTER_UNSURE = timedelta(minutes=1)
#: After a batch that came to nothing, its members wait so long.
AFTER_LOSS = timedelta(minutes=5)
_KEPT_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What a look at a batch brought: what came of its members, and why it could not be read, for people."""

    sent: tuple[Sent, ...] = ()
    problem: str = ""


def open_ones(audience: MailchimpAudience) -> list[MailchimpBatch]:
    """Those under way over there, and those that may be, the oldest first."""
    return list(audience.batches.filter(settled_at=None).order_by("pk"))


def recover(audience: MailchimpAudience, *, now: datetime) -> None:
    """Take up what a killed worker or a lost answer left: rows without an id. Forget those settled long ago."""
    for batch in audience.batches.filter(settled_at=None, remote_id=""):
        let_go(audience, batch.members, until=_until(batch))
    audience.batches.filter(settled_at=None, remote_id="", created_at__lt=now - UNSURE_FOR).update(settled_at=now)
    audience.batches.filter(settled_at__lt=now - _KEPT_FOR).delete()


def bring(audience: MailchimpAudience, readers: Sequence[Reader], api: Mailchimp, *, now: datetime) -> bool:
    """Start one that upserts these; returns whether it certainly goes on over there.

    Raises:
        MailchimpError: it was not started; its members are wanted as before.
    """
    with transaction.atomic():
        batch = _new(audience, now=now)
        prepared = prepare(audience, readers, until=_until(batch), now=now)
        _fill(batch, [(one.member_id, one.digest) for one in prepared])
    return _start(audience, batch, [_upsert(audience, one, api) for one in prepared], api, now=now)


def unsubscribe(audience: MailchimpAudience, contacts: Sequence[Contact], api: Mailchimp, *, now: datetime) -> bool:
    """Start one that unsubscribes these; as `bring`."""
    with transaction.atomic():
        batch = _new(audience, now=now)
        taken = take(audience, [contact.member_id for contact in contacts], until=_until(batch), now=now)
        contacts = [contact for contact in contacts if contact.member_id in taken]
        _fill(batch, [(contact.member_id, "") for contact in contacts])
    operations = [
        api.unsubscribe_operation(str(contact.member_id), audience.list_id, contact.hash) for contact in contacts
    ]
    return _start(audience, batch, operations, api, now=now)


def look(audience: MailchimpAudience, batch: MailchimpBatch, api: Mailchimp, *, now: datetime) -> Read:
    """Ask how far one is; when it is done, write what came of its members.

    Raises:
        MailchimpError: nobody could say; it stays open.
    """
    try:
        there = api.batch(batch.remote_id)
        if there.status == "finished":
            return _read_back(audience, batch, there, api, now=now)
    except NotFoundError:
        return _lose(audience, batch, gettext("Mailchimp does not know a batch of ours any more."), now=now)
    audience.batches.filter(pk=batch.pk).update(finished=there.finished, errored=there.errored)
    batch.finished = there.finished
    if now > _until(batch):
        return _lose(audience, batch, gettext("Mailchimp did not get done with a batch for hours."), now=now)
    return Read()


def under_way(batches: Iterable[MailchimpBatch]) -> set[int]:
    """Ids of members that may be written over there at any moment."""
    return {member_id for batch in batches for member_id in batch.members}


def leaving(batches: Iterable[MailchimpBatch]) -> set[int]:
    """Ids of members that are unsubscribed by one that goes on."""
    return {
        member_id
        for batch in batches
        if batch.remote_id
        for member_id, digest in zip(batch.members, batch.digests, strict=True)
        if not digest
    }


def slices(those: Sequence[T], most: int, size: int = 0) -> list[Sequence[T]]:
    """At most so many; as long as a batch may be unless told otherwise."""
    size = size or MOST_IN_ONE
    return [those[first : first + size] for first in range(0, len(those), size)][:most]


def _upsert(audience: MailchimpAudience, prepared: Prepared, api: Mailchimp) -> Operation:
    return api.upsert_operation(str(prepared.member_id), audience.list_id, prepared.write)


def _new(audience: MailchimpAudience, *, now: datetime) -> MailchimpBatch:
    """Each has an instant of its own: by it, members know which one they are under way with."""
    batch = MailchimpBatch.objects.create(audience=audience, created_at=now)
    batch.created_at = now.replace(microsecond=batch.pk % 1_000_000)
    batch.save(update_fields=["created_at"])
    return batch


def _fill(batch: MailchimpBatch, members: Sequence[tuple[int, str]]) -> None:
    batch.members, batch.digests = [pk for pk, _ in members], [digest for _, digest in members]
    batch.save(update_fields=["members", "digests"])


def _until(batch: MailchimpBatch) -> datetime:
    return batch.created_at + STUCK_AFTER


def _start(
    audience: MailchimpAudience, batch: MailchimpBatch, operations: list[Operation], api: Mailchimp, *, now: datetime
) -> bool:
    if not operations:
        batch.delete()
        return True
    try:
        started = api.start_batch(operations)
    except UnsureError:
        logger.warning("whether batch %s was started is not known; its members are wanted again", batch.pk)
        let_go(audience, batch.members, until=_until(batch), again_at=now + AFTER_UNSURE)
        return False
    except MailchimpError:
        let_go(audience, batch.members, until=_until(batch))
        batch.delete()
        raise
    return bool(audience.batches.filter(pk=batch.pk, settled_at=None).update(remote_id=started.id))


def _read_back(
    audience: MailchimpAudience, batch: MailchimpBatch, there: Batch, api: Mailchimp, *, now: datetime
) -> Read:
    digests = dict(zip(batch.members, batch.digests, strict=True))
    sent: dict[int, Sent] = {pk: Sent(member_id=pk, digest=digest) for pk, digest in digests.items()}
    try:
        for result in api.batch_results(there):
            pk = int(result.key) if result.key.isdecimal() else 0
            if pk in digests:
                sent[pk] = Sent(member_id=pk, digest=digests[pk], member=result.member, error=result.error)
    except (InvalidIdError, UnexpectedAnswerError) as error:
        return _lose(audience, batch, str(error), now=now)
    with transaction.atomic():
        settled = audience.batches.filter(pk=batch.pk, settled_at=None)
        if settled.update(settled_at=now, finished=there.finished, errored=there.errored):
            settle(audience, sent.values(), until=_until(batch), now=now)
    return Read(sent=tuple(sent.values()))


def _lose(audience: MailchimpAudience, batch: MailchimpBatch, why: str, *, now: datetime) -> Read:
    logger.warning("batch %s is given up: %s", batch.pk, why)
    with transaction.atomic():
        let_go(audience, batch.members, until=_until(batch), again_at=now + AFTER_LOSS)
        audience.batches.filter(pk=batch.pk, settled_at=None).update(settled_at=now)
    return Read(problem=gettext("%(why)s Its readers are brought over again in a few minutes.") % {"why": why})
