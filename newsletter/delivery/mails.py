"""Sending single mails: confirmations, welcomes, alerts.

At least once, unlike an issue: nobody is waiting for a second confirmation mail, but without the first one a reader
never gets in. So an answer that was lost means "send again", under the same Message-ID.
"""

from __future__ import annotations

import logging
import random
import time
from collections import deque
from datetime import datetime, timedelta
from itertools import groupby

from django.db.models import F, QuerySet

from newsletter.backends import registry
from newsletter.backends.base import BackendError, Envelope, Outcome, Result
from newsletter.delivery.persistence import insist
from newsletter.delivery.stopping import DrainedError, Stop
from newsletter.engine.retry import EXPIRES_AFTER, backend_retry, next_attempt
from newsletter.models import OutgoingMail, OutgoingMailState

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
BATCH = 50


def send_due(now: datetime, *, stop: Stop | None = None) -> int:
    """Claim the mails that are due and send them; returns how many were claimed.

    Any number of workers may do so at once. A backend that is down costs its mails an attempt and no others.
    """
    claimed = insist(lambda: _claim(now))
    for backend, mails in groupby(claimed, key=lambda mail: mail.backend):
        _Round({mail.pk: mail for mail in mails}, started=now, stop=stop or Stop()).send(backend)
    return len(claimed)


def reclaim(now: datetime) -> int:
    """Mails whose worker died are due again; returns how many."""
    dead = OutgoingMail.objects.filter(state=OutgoingMailState.SENDING, lease_until__lt=now)
    return dead.update(state=OutgoingMailState.PENDING, lease_until=None)


def _claim(now: datetime) -> list[OutgoingMail]:
    due = OutgoingMail.objects.filter(state=OutgoingMailState.PENDING, next_attempt_at__lte=now)
    won = [
        pk
        for pk in due.order_by("next_attempt_at").values_list("pk", flat=True)[:BATCH]
        if due.filter(pk=pk).update(
            state=OutgoingMailState.SENDING, lease_until=now + LEASE, attempts=F("attempts") + 1
        )
    ]
    return list(OutgoingMail.objects.filter(pk__in=won).order_by("backend", "pk"))


class _Round:
    """The mails of one backend, claimed by this thread: see `newsletter.backends.base.Work`."""

    keeps_replies = True

    def __init__(self, mails: dict[int, OutgoingMail], *, started: datetime, stop: Stop) -> None:
        self._mails = mails  #: not settled yet
        self._waiting = deque(mails.values())
        self._settled: list[Outcome] = []
        self._started, self._stop = started, stop
        self._began = self._renewed = time.monotonic()

    def send(self, backend: str) -> None:
        try:
            registry.get(backend).send(self)
        except BackendError as error:
            logger.warning("single mails wait: %s", error)
            self._put_off(str(error))
        except DrainedError:
            logger.warning("%d single mails did not finish in time", len(self._mails))
        except Exception:
            logger.exception("sending single mails failed; they are tried again")
            self._put_off("an error of our own; see the log")
        else:
            self._free()

    def take(self) -> Envelope | None:
        if self._stop.requested or not self._waiting:
            return None
        mail = self._waiting.popleft()
        return Envelope(mail.pk, mail.envelope_from, mail.recipient, bytes(mail.content))

    def may_hand_over(self, envelope: Envelope) -> bool:
        return True

    def settle(self, outcome: Outcome) -> None:
        self._settled.append(outcome)

    def give_back(self, envelope: Envelope) -> None:
        self._waiting.append(self._mails[envelope.key])

    @property
    def wants_books(self) -> bool:
        return bool(self._settled)

    def keep_books(self) -> None:
        while self._settled:
            outcome = self._settled[0]
            mail = self._mails[outcome.key]
            insist(lambda mail=mail, outcome=outcome: self._settle(mail, outcome))  # type: ignore[misc]
            del self._mails[outcome.key], self._settled[0]
        if time.monotonic() - self._renewed > LEASE.total_seconds() / 4:
            self._renewed = time.monotonic()
            insist(lambda: self._mine().update(lease_until=self._now() + LEASE))
        self._stop.check_drain()

    @property
    def is_over(self) -> bool:
        return self._stop.requested or not self._waiting

    def _now(self) -> datetime:
        return self._started + timedelta(seconds=time.monotonic() - self._began)

    def _settle(self, mail: OutgoingMail, outcome: Outcome) -> None:
        match outcome.result:
            case Result.ACCEPTED:
                _finish(mail, OutgoingMailState.SENT, outcome.reply, now=self._now())
            case Result.REFUSED:
                logger.warning("the %s mail %s was refused: %s", mail.kind, mail.pk, outcome.reply)
                _finish(mail, OutgoingMailState.FAILED, outcome.reply, now=self._now())
            case _:
                again = next_attempt(
                    mail.attempts,
                    now=self._now(),
                    deferred_since=mail.created_at,
                    jitter=random.random(),  # noqa: S311 - no secret
                )
                _try_again(mail, again, outcome.reply, now=self._now())

    def _put_off(self, reason: str) -> None:
        """What was not settled was not sent for a reason that is not the mail's: try soon."""
        now = self._now()
        for mail in self._mails.values():
            again = backend_retry(mail.attempts - 1, now=now, jitter=random.random())  # noqa: S311 - no secret
            _try_again(mail, again if now < mail.created_at + EXPIRES_AFTER else None, reason[:500], now=now)

    def _free(self) -> None:
        """Claimed, but not read by the backend: the worker is stopping."""
        if self._mails:
            self._mine().update(state=OutgoingMailState.PENDING, lease_until=None)

    def _mine(self) -> QuerySet[OutgoingMail]:
        return OutgoingMail.objects.filter(pk__in=list(self._mails), state=OutgoingMailState.SENDING)


def _try_again(mail: OutgoingMail, again: datetime | None, reply: str, *, now: datetime) -> None:
    if again is None:
        logger.warning("the %s mail %s is given up after 48 hours: %s", mail.kind, mail.pk, reply)
        _finish(mail, OutgoingMailState.FAILED, reply, now=now)
        return
    OutgoingMail.objects.filter(pk=mail.pk, state=OutgoingMailState.SENDING).update(
        state=OutgoingMailState.PENDING, lease_until=None, next_attempt_at=again, last_reply=reply
    )


def _finish(mail: OutgoingMail, state: OutgoingMailState, reply: str, *, now: datetime) -> None:
    """The content goes: it may hold a link that acts for the reader."""
    OutgoingMail.objects.filter(pk=mail.pk, state=OutgoingMailState.SENDING).update(
        state=state, lease_until=None, content=b"", last_reply=reply, settled_at=now
    )
