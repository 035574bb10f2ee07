"""Contacts of readers that somebody over there removed, as a webhook said: were they deleted for good, or archived?

The webhook says the same of both. Mailchimp itself is asked, one by one: whoever is not there at all any more was
erased over there, and their subscription ends here. Whoever is archived has not left.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.db import transaction

from newsletter.audience.end import end
from newsletter.audience.mailchimp.receive import SOURCE, receive
from newsletter.audience.mailchimp.spellings import names_of
from newsletter.audience.mailchimp.standings import THERE
from newsletter.audience.mailchimp.tasks import ask_for
from newsletter.audience.mailchimp.turn import TURN, check_is_there
from newsletter.backends.mailchimp.answers import Member
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.errors import (
    DownError,
    MailchimpError,
    NotFoundError,
    RefusedError,
    ThrottledError,
    UnexpectedAnswerError,
)
from newsletter.backends.mailchimp.ids import member_hash
from newsletter.engine.addresses import AddressError, normalise
from newsletter.engine.subscriptions import EndReason
from newsletter.models import (
    MailchimpAudience,
    MemberStatus,
    RemoteTask,
    RemoteTaskKind,
    RemoteTaskState,
    Subscription,
)

#: In what a task is about: by hash, whose subscription it is and when the contact was removed. Never an address.
_KEY = "deleted"
#: Of one of them: how often asking has failed.
_FAILED = "failed"
#: Of one task; more are another's.
MOST = 200
#: So long after it happened a removal is certainly seen: who is there until then is looked at again.
_SEEN_AFTER = timedelta(minutes=1)
_AGAIN_AFTER = timedelta(seconds=15)
#: The audience itself is gone, or Mailchimp refuses to say: a person has to look.
_AFTER_PROBLEM = timedelta(minutes=5)
#: For so long somebody at whom Mailchimp fails is asked for. The daily count finds them as well.
_GIVEN_UP_AFTER = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Removed:
    hash: str
    subscription_id: int
    at: datetime


def names_begin_with(audience: MailchimpAudience) -> str:
    """Of the tasks that look at removed contacts of this audience."""
    return f"{_KEY}:{audience.pk}:"


def look_for(audience: MailchimpAudience, address: str, *, at: datetime, now: datetime) -> None:
    """Have the worker look at the contact of this address at once, if it is a reader's whom it might end.

    Whoever is told of together is looked at together. Nothing is added to a task that is at work: it would be lost.
    """
    name = member_hash(address)
    subscription = _subscription(audience, address)
    if subscription is None or audience.members.filter(member_hash=name, erasing=True).exists():
        return
    said = {name: {"subscription": subscription.pk, "at": min(at, now).isoformat()}}
    prefix = names_begin_with(audience)
    with transaction.atomic():
        waiting = RemoteTask.objects.select_for_update().filter(
            kind=RemoteTaskKind.POLL, state=RemoteTaskState.PENDING, name__startswith=prefix
        )
        task = waiting.order_by("-pk").first()
        if task is not None and len(task.about[_KEY]) < MOST:
            task.about[_KEY] |= said
            task.save(update_fields=["about"])
        else:
            about = {"audience": audience.pk, _KEY: said}
            # The task is kept for days after it is done: its name must not tell whom it was about.
            ask_for(RemoteTaskKind.POLL, name=f"{prefix}{secrets.token_hex(8)}", about=about, now=now)


def is_asked(task: RemoteTask) -> bool:
    return _KEY in task.about


def look(audience: MailchimpAudience, task: RemoteTask, api: Mailchimp, *, now: datetime) -> datetime | None:
    """A turn: a call for each of them, until its time is over. None when all are known.

    Raises:
        MailchimpError: nobody could say of anybody; those who are not known yet are asked for the next time.
    """
    left: dict[str, dict[str, Any]] = {name: dict(said) for name, said in task.about[_KEY].items()}
    over_at, wanted, asked = monotonic() + TURN, len(left), 0
    failures: list[MailchimpError] = []
    task.said = ""
    try:
        # Who failed before comes last: a call that fails may take all the time of a turn.
        for name in sorted(left, key=lambda name: _failures(left[name])):
            if monotonic() >= over_at:
                break
            asked += 1
            failures += _ask_for(audience, name, left, api, now=now)
    except NotFoundError as error:
        failures.append(error)
    finally:
        task.about = {**task.about, _KEY: left}
        RemoteTask.objects.filter(pk=task.pk).update(about=task.about)
    if not left:
        return None
    if asked and asked == len(failures):
        return _after(failures[-1], task, now=now)
    return now if asked < wanted else now + _AGAIN_AFTER


def _after(error: MailchimpError, task: RemoteTask, *, now: datetime) -> datetime:
    """Of a turn in which nobody could say."""
    if not isinstance(error, NotFoundError | RefusedError):
        raise error
    task.said = str(error)
    return now + _AFTER_PROBLEM


def _ask_for(
    audience: MailchimpAudience, name: str, left: dict[str, dict[str, Any]], api: Mailchimp, *, now: datetime
) -> list[MailchimpError]:
    """Ask for one, who is not left when it is known what became of them; what failed at this one alone.

    Raises:
        MailchimpError: it would fail at the others, too.
    """
    one = _read(name, left[name])
    failed: list[MailchimpError] = []
    try:
        is_known = _is_known(audience, one, api, now=now)
    except ThrottledError:
        raise
    except (DownError, UnexpectedAnswerError, RefusedError) as error:
        failed.append(error)
        left[name][_FAILED] = _failures(left[name]) + 1
        is_known = now >= one.at + _GIVEN_UP_AFTER
    if is_known:
        del left[name]
    return failed


def _failures(said: dict[str, Any]) -> int:
    return int(said.get(_FAILED, 0))


def _read(name: str, said: dict[str, Any]) -> _Removed:
    return _Removed(hash=name, subscription_id=int(said["subscription"]), at=datetime.fromisoformat(str(said["at"])))


def _is_known(audience: MailchimpAudience, one: _Removed, api: Mailchimp, *, now: datetime) -> bool:
    """Whether it is known now what became of it.

    Raises:
        NotFoundError: it is the audience itself that is not there.
    """
    try:
        member: Member = api.member(audience.list_id, one.hash)
    except NotFoundError:
        check_is_there(audience, api)
        _note_gone(audience, one, now=now)
        return True
    receive(audience, [member], now=now, begins=False)
    return member.status not in THERE or now >= one.at + _SEEN_AFTER


def _note_gone(audience: MailchimpAudience, one: _Removed, *, now: datetime) -> None:
    """End what the reader reads, unless the contact is not theirs any more, or they confirmed after it was deleted.

    What we delete there ourselves is told as well: the contact of an erased reader, or of a reader's earlier address.
    """
    with transaction.atomic():
        row = audience.members.select_for_update().filter(member_hash=one.hash).first()
        if row is not None and row.erasing:
            return
        if row is not None:
            row.status, row.changed_there_at = MemberStatus.ARCHIVED, one.at
            row.save(update_fields=["status", "changed_there_at"])
        confirmed = Subscription.objects.confirmed().select_for_update(of=("self",)).select_related("subscriber")
        subscription = confirmed.filter(pk=one.subscription_id, newsletter=audience.newsletter_id).first()
        if subscription is None or one.hash not in names_of(subscription.subscriber.email):
            return
        if subscription.confirmed_at is not None and subscription.confirmed_at > one.at:
            return
        if audience.members.filter(subscriber=subscription.subscriber_id, erasing=False, status__in=THERE).exists():
            return  # under the other spelling of the same address
        detail = f"deleted for good from “{audience.list_name}” at Mailchimp"[:300]
        end(subscription, reason=EndReason.UNSUBSCRIBED, source=SOURCE, now=now, detail=detail)


def _subscription(audience: MailchimpAudience, address: str) -> Subscription | None:
    try:
        email = normalise(address)
    except AddressError:
        return None
    return Subscription.objects.confirmed().filter(newsletter=audience.newsletter_id, subscriber__email=email).first()
