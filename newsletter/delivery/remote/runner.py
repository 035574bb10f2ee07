"""Running remote tasks: each claimed under a lease, given a turn, and settled by what came of it."""

from __future__ import annotations

import logging
import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Case, IntegerField, Min, Q, QuerySet, Value, When

from newsletter.audience.mailchimp.account import account
from newsletter.audience.mailchimp.proving import open_account
from newsletter.audience.mailchimp.said import OUR_FAULT
from newsletter.audience.mailchimp.tasks import UNFINISHED
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.errors import (
    DownError,
    KeyRefusedError,
    MailchimpError,
    NotFoundError,
    RefusedError,
    ThrottledError,
    UnexpectedAnswerError,
    UnsureError,
)
from newsletter.delivery import crash_points
from newsletter.delivery.persistence import insist
from newsletter.delivery.remote.elapsing import Clock, clock_from
from newsletter.delivery.remote.kinds import note_no_way, note_refused_key, turns
from newsletter.delivery.stopping import Stop
from newsletter.engine.retry import backend_retry
from newsletter.models import MailchimpAccount, RemoteTask, RemoteTaskKind, RemoteTaskState

logger = logging.getLogger(__name__)

#: A key that is refused is tried again only so often: a new one hurries everything that waits.
AFTER_REFUSED_KEY = timedelta(minutes=15)
#: What has a time or a person waiting comes first.
_FIRST = (RemoteTaskKind.CAMPAIGN, RemoteTaskKind.CHECK_ACCOUNT, RemoteTaskKind.FETCH_AUDIENCE, RemoteTaskKind.TEST)
#: Nobody begins these anew: an account that is blocked while its key is new must not end them.
_NEVER_GIVEN_UP = (RemoteTaskKind.CAMPAIGN, RemoteTaskKind.REPORT)
#: They are hurried by webhooks and by one another, which must not ask again before Mailchimp wishes.
_HURRIED = (RemoteTaskKind.POLL, RemoteTaskKind.PUSH)
#: In what such a task is about: when it may be asked again at the earliest.
_NOT_BEFORE = "not_before"
#: Settled ones are kept for people to see what was done.
KEPT_FOR = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Settled:
    state: RemoteTaskState
    again_at: datetime | None
    said: str | None = None
    failed: bool = False
    #: Mailchimp wishes not to be asked before `again_at`.
    throttled: bool = False


def run_due(now: datetime, *, owner: str, stop: Stop | None = None, most: int = 20) -> int:
    """Give what is due a turn each, one after the other; returns how many turns. Any number of workers may."""
    ran = 0
    clock = clock_from(now)
    while ran < most and not (stop and stop.requested):
        task = insist(lambda: _claim(clock(), owner))
        if task is None:
            break
        settled = _turn(task, clock)
        crash_points.reached("after_remote_turn")
        insist(lambda task=task, settled=settled: _settle(task, settled, now=clock()))  # type: ignore[misc]
        ran += 1
    return ran


def next_turn() -> datetime | None:
    """When the next one is due; None when there is none. A turn of a dead worker is due when its lease is over."""
    waiting = RemoteTask.objects.filter(state=RemoteTaskState.PENDING).order_by()
    running = RemoteTask.objects.filter(state=RemoteTaskState.RUNNING).order_by()
    instants = (
        waiting.aggregate(first=Min("next_attempt_at"))["first"],
        running.aggregate(first=Min("lease_until"))["first"],
    )
    return min((at for at in instants if at is not None), default=None)


def purge(now: datetime) -> int:
    """Forget what was settled long ago; returns how many."""
    return RemoteTask.objects.exclude(state__in=UNFINISHED).filter(settled_at__lt=now - KEPT_FOR).delete()[0]


def lease() -> timedelta:
    """Longer than a turn can take, so that only a dead worker's task is taken from it: NEWSLETTER_REMOTE_LEASE."""
    return timedelta(seconds=settings.NEWSLETTER_REMOTE_LEASE)


def _due(now: datetime) -> QuerySet[RemoteTask]:
    waits = Q(state=RemoteTaskState.PENDING, next_attempt_at__lte=now)
    orphaned = Q(state=RemoteTaskState.RUNNING, lease_until__lt=now)
    return RemoteTask.objects.filter(waits | orphaned)


def _claim(now: datetime, owner: str) -> RemoteTask | None:
    urgent = Case(When(kind__in=_FIRST, then=Value(0)), default=Value(1), output_field=IntegerField())
    due = _due(now).order_by(urgent, "next_attempt_at", "pk")
    for pk, about in due.values_list("pk", "about")[:10]:
        if (wished := about.get(_NOT_BEFORE)) and (until := datetime.fromisoformat(wished)) > now:
            _due(now).filter(pk=pk, state=RemoteTaskState.PENDING).update(next_attempt_at=until)
            continue
        won = _due(now).filter(pk=pk).update(state=RemoteTaskState.RUNNING, owner=owner, lease_until=now + lease())
        if won:
            return RemoteTask.objects.select_related("created_by").get(pk=pk)
    return None


def _turn(task: RemoteTask, clock: Clock) -> _Settled:
    """What is to be waited for is waited for from the end of the turn."""
    pending = RemoteTaskState.PENDING
    try:
        api = _way(task, clock)
        again = turns()[task.kind](task, api, clock())
    except ThrottledError as error:
        again_at = clock() + timedelta(seconds=error.seconds)
        return _Settled(state=pending, again_at=again_at, said=str(error), throttled=True)
    except KeyRefusedError as error:
        now = clock()
        _note_problem(str(error))
        note_refused_key(task, error, until=now + AFTER_REFUSED_KEY, now=now)
        return _Settled(state=pending, again_at=now + AFTER_REFUSED_KEY, said=str(error), failed=True)
    except (DownError, UnsureError, UnexpectedAnswerError) as error:  # the last, such as a page about maintenance
        return _Settled(state=pending, again_at=_retry_at(task, clock), said=str(error), failed=True)
    except MailchimpError as error:
        logger.warning("remote task %s is given up: %s", task.name, error)
        return _Settled(state=RemoteTaskState.FAILED, again_at=None, said=str(error), failed=True)
    except Exception:
        logger.exception("remote task %s failed; it is tried again", task.name)
        again_at = _retry_at(task, clock)
        return _Settled(state=pending, again_at=again_at, said=OUR_FAULT, failed=True)
    if api.has_answered:  # a turn that had nothing to ask says nothing of the key
        _note_problem("")
    return _Settled(state=RemoteTaskState.DONE if again is None else pending, again_at=again)


def _way(task: RemoteTask, clock: Clock) -> Mailchimp:
    """To the account in use. Which one a new key opens has to be asked: when nobody answers, no turn says so."""
    try:
        return open_account()
    except KeyRefusedError:
        raise
    except MailchimpError as error:
        note_no_way(task, error, until=_retry_at(task, clock), now=clock())
        if task.kind in _NEVER_GIVEN_UP and isinstance(error, RefusedError | NotFoundError):
            raise DownError(str(error)) from error
        raise


def _retry_at(task: RemoteTask, clock: Clock) -> datetime:
    return backend_retry(task.attempts, now=clock(), jitter=random.random())  # noqa: S311 - no secret


def _settle(task: RemoteTask, settled: _Settled, *, now: datetime) -> None:
    """Write down what came of it, unless another worker has taken it over meanwhile.

    Who asked for it again during the turn (`next_attempt_at` was moved) gets another turn.
    """
    mine = RemoteTask.objects.filter(pk=task.pk, state=RemoteTaskState.RUNNING, owner=task.owner)
    values: dict[str, object] = {
        "owner": "",
        "lease_until": None,
        "done": task.done,
        "total": task.total,
        "said": (task.said if settled.said is None else settled.said)[:500],
        "attempts": task.attempts + 1 if settled.failed else 0,
    }
    if settled.throttled and settled.again_at is not None and task.kind in _HURRIED:
        _keep_wish(mine, settled.again_at)
    undisturbed = mine.filter(next_attempt_at=task.next_attempt_at)
    if settled.again_at is None:
        is_settled = undisturbed.update(state=settled.state, settled_at=now, **values)
    else:
        is_settled = undisturbed.update(state=RemoteTaskState.PENDING, next_attempt_at=settled.again_at, **values)
    if not is_settled:
        mine.update(state=RemoteTaskState.PENDING, **values)


def _keep_wish(mine: QuerySet[RemoteTask], until: datetime) -> None:
    with transaction.atomic():
        for row in mine.select_for_update():
            row.about = {**row.about, _NOT_BEFORE: until.isoformat()}
            row.save(update_fields=["about"])


def _note_problem(text: str) -> None:
    kept = account()
    if kept is not None and kept.problem != text[:500]:
        MailchimpAccount.objects.filter(pk=kept.pk).update(problem=text[:500])
