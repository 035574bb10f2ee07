"""Posting outgoing webhooks: each a row that is claimed, posted and settled by itself.

At least once: an answer that was lost means "post again", under the same id, by which the receiver knows it. They have
a thread of their own in the worker, so that a receiver that hangs delays no mail.
"""

from __future__ import annotations

import json
import logging
import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from core.connecting import UnreachableError
from core.outgoing import Answer, TargetError, post
from newsletter.audience.hook_secrets import secrets_of
from newsletter.audience.sealing import SecretLostError
from newsletter.delivery import crash_points
from newsletter.delivery.persistence import insist
from newsletter.delivery.stopping import Stop
from newsletter.engine.hook_signature import signed_headers
from newsletter.engine.retry import EXPIRES_AFTER, next_attempt
from newsletter.models import HookAttempt, HookEndpoint, HookStop, OutgoingHook, OutgoingHookState

logger = logging.getLogger(__name__)

#: Longer than a post can take (`core.outgoing.DEADLINE`): a row is free again only when nobody is posting it any more.
LEASE = timedelta(seconds=30)
#: Rows of one turn, so that the worker comes to look whether it should stop.
BATCH = 20
#: An endpoint that did not answer is left alone for so long, with all of its rows: it costs the others no time.
PAUSE_OF_ENDPOINT = timedelta(minutes=1)

#: An endpoint that took nothing for so long is given up: as long as a row is tried (the last try comes a little early).
FAILS_FOR = EXPIRES_AFTER - timedelta(minutes=15)
GONE, TOO_MANY = 410, 429

#: Posts and returns the answer; what `core.outgoing.post` is.
Post = Callable[..., Answer]


def send_due(now: datetime, *, stop: Stop | None = None, send: Post = post) -> int:
    """Claim and post what is due, one after the other; returns how many were posted. Any number of workers may."""
    started = time.monotonic()
    posted = 0
    while posted < BATCH and not (stop and stop.requested):
        at = now + timedelta(seconds=time.monotonic() - started)
        hook = insist(lambda at=at: _claim(at))  # type: ignore[misc]
        if hook is None:
            break
        _post(hook, now=at, send=send)
        posted += 1
    return posted


def reclaim(now: datetime) -> int:
    """Rows whose worker died are due again; returns how many."""
    dead = OutgoingHook.objects.filter(state=OutgoingHookState.SENDING, lease_until__lt=now)
    return dead.update(state=OutgoingHookState.PENDING, lease_until=None)


def _claim(now: datetime) -> OutgoingHook | None:
    due = OutgoingHook.objects.filter(
        state=OutgoingHookState.PENDING, next_attempt_at__lte=now, endpoint__active=True
    ).order_by("next_attempt_at", "pk")
    for pk in due.values_list("pk", flat=True)[:BATCH]:
        free = OutgoingHook.objects.filter(pk=pk, state=OutgoingHookState.PENDING, next_attempt_at__lte=now)
        if free.update(state=OutgoingHookState.SENDING, lease_until=now + LEASE, attempts=F("attempts") + 1):
            return OutgoingHook.objects.select_related("endpoint").get(pk=pk)
    return None


def _post(hook: OutgoingHook, *, now: datetime, send: Post) -> None:
    began = time.monotonic()
    attempt = HookAttempt(hook=hook, at=now)
    try:
        body = json.dumps(hook.payload, ensure_ascii=False, separators=(",", ":")).encode()
        headers = _headers(hook, body, now=now)
        answer = send(hook.endpoint.url, body, headers=headers, named=frozenset(settings.NEWSLETTER_HOOKS_ALLOW))
    except (TargetError, UnreachableError, SecretLostError) as error:
        attempt.answer = str(error)[:300]
    except Exception:
        logger.exception("posting the webhook %s failed; it is tried again", hook.pk)
        attempt.answer = _("an error of our own; see the log")
    else:
        attempt.status, attempt.answer = answer.status, _one_line(answer.start)
    spent = time.monotonic() - began
    attempt.milliseconds = round(1000 * spent)
    crash_points.reached("after_hook_post")
    insist(lambda: _settle(hook, attempt, now=now + timedelta(seconds=spent)))


def _headers(hook: OutgoingHook, body: bytes, *, now: datetime) -> dict[str, str]:
    secrets = secrets_of(hook.endpoint, now=now)
    return {
        "Content-Type": "application/json",
        "User-Agent": "Rounds-Webhooks/1",
        **signed_headers(f"msg_{hook.event_id.hex}", int(now.timestamp()), body, secrets=secrets),
    }


def _one_line(text: str) -> str:
    """The beginning of an answer for the log: printable, 300 characters."""
    return "".join(character if character.isprintable() else " " for character in text[:300])


def _settle(hook: OutgoingHook, attempt: HookAttempt, *, now: datetime) -> None:
    with transaction.atomic():
        state, again = _outcome(hook, attempt, now=now)
        mine = OutgoingHook.objects.filter(pk=hook.pk, state=OutgoingHookState.SENDING, lease_until=hook.lease_until)
        settled_at = None if again else now
        if not mine.update(
            state=state, next_attempt_at=again or hook.next_attempt_at, lease_until=None, settled_at=settled_at
        ):
            return  # its reader was erased, or its endpoint deleted, meanwhile
        attempt.save()
        _judge_endpoint(hook.endpoint, attempt.status, now=now)


def _outcome(hook: OutgoingHook, attempt: HookAttempt, *, now: datetime) -> tuple[OutgoingHookState, datetime | None]:
    """The row's next state, and when it is tried again if it is."""
    if _is_taken(attempt.status):
        return OutgoingHookState.SENT, None
    if attempt.status == GONE:
        return OutgoingHookState.FAILED, None
    again = next_attempt(
        hook.attempts,
        now=now,
        deferred_since=hook.created_at,
        jitter=random.random(),  # noqa: S311 - no secret
    )
    return (OutgoingHookState.PENDING, again) if again else (OutgoingHookState.FAILED, None)


def _is_taken(status: int | None) -> bool:
    return status is not None and 200 <= status < 300


def _judge_endpoint(endpoint: HookEndpoint, status: int | None, *, now: datetime) -> None:
    """What one answer says about the endpoint: all is well, it wants a pause, or it is given up."""
    same = HookEndpoint.objects.filter(pk=endpoint.pk, active=True)
    if _is_taken(status):
        same.exclude(failing_since=None).update(failing_since=None)
    elif status == GONE:
        _stop_endpoint(endpoint, HookStop.GONE, now=now)
    else:
        same.filter(failing_since=None).update(failing_since=now)
        if same.filter(failing_since__lte=now - FAILS_FOR).exists():
            _stop_endpoint(endpoint, HookStop.FAILING, now=now)
        elif status is None or status == TOO_MANY or status >= 500:
            until = now + PAUSE_OF_ENDPOINT
            _waiting(endpoint).filter(next_attempt_at__lt=until).update(next_attempt_at=until)


def _stop_endpoint(endpoint: HookEndpoint, reason: HookStop, *, now: datetime) -> None:
    """Send it nothing more until a person switches it on again; the admin says so on its first page."""
    logger.warning("the webhook endpoint %s is stopped: %s", endpoint.pk, reason.value)
    HookEndpoint.objects.filter(pk=endpoint.pk).update(active=False, stopped_because=reason)
    _waiting(endpoint).update(state=OutgoingHookState.FAILED, settled_at=now)


def _waiting(endpoint: HookEndpoint) -> QuerySet[OutgoingHook]:
    return OutgoingHook.objects.filter(endpoint=endpoint, state=OutgoingHookState.PENDING)
