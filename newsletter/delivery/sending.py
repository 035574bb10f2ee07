"""Sending what waits: free chunks go through their backend, and what it says goes into the books."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from django.utils.translation import gettext as _

from newsletter.backends import registry
from newsletter.backends.base import BackendError, MessageBackend
from newsletter.delivery import store
from newsletter.delivery.open_chunk import awake
from newsletter.delivery.persistence import insist
from newsletter.delivery.slowed_domains import SlowedDomains
from newsletter.delivery.stopping import DrainedError, Stop
from newsletter.delivery.work import ChunkWork

logger = logging.getLogger(__name__)

#: Seconds after which a backend lets another one have its turn.
_TURN = 60.0


def send_waiting(
    owner: str,
    *,
    stop: Stop,
    clock: Callable[[], datetime],
    max_seconds: float = _TURN,
    slowed: SlowedDomains | None = None,
) -> int:
    """Send the chunks that are free, until there are none, or none is taken any more since the time is over.

    `slowed` is what this process knows of domains that asked for less; keep it from call to call.

    Never raises for what can happen to a worker: a backend that is down makes its campaigns wait, a lost lease ends
    quietly, and after anything else the lease runs out, so that another attempt comes by itself.

    Returns:
        How many messages were settled.
    """
    until = awake() + max_seconds
    slowed = SlowedDomains() if slowed is None else slowed
    settled = 0
    for backend in insist(store.backends_with_work):
        if stop.requested:
            break
        found = registry.get(backend)
        work = ChunkWork(
            owner=owner,
            backend=backend,
            in_flight=found.capabilities.in_flight,
            stop=stop,
            clock=clock,
            until=until,
            slowed=slowed,
        )
        settled += _send(found, work, clock=clock)
    return settled


def _send(backend: MessageBackend, work: ChunkWork, *, clock: Callable[[], datetime]) -> int:
    try:
        backend.send(work)
    except BackendError as error:
        _wait(work, str(error), clock=clock)
    except DrainedError:
        logger.warning("messages in flight did not finish in time")
        work.finish()
    except OSError as error:  # no place for a journal, above all
        said = _(
            "This machine can't note what it sends (%(error)s). Nothing more goes out until it can: free some space."
        )
        _wait(work, said % {"error": error.strerror or error}, clock=clock)
    except Exception:
        logger.exception("sending through %s failed; what was open is taken up again", work.backend)
        _try_to_finish(work)
    else:
        work.finish()
    return work.settled


def _wait(work: ChunkWork, reason: str, *, clock: Callable[[], datetime]) -> None:
    """The backend is down: its campaigns wait, and are tried again by themselves."""
    campaigns = work.campaigns() or store.being_sent_by(work.backend)
    work.finish()
    for campaign_id in sorted(campaigns):
        logger.warning("campaign %s waits: %s", campaign_id, reason)
        insist(lambda campaign_id=campaign_id: store.backend_went_down(campaign_id, reason, now=clock()))  # type: ignore[misc]


def _try_to_finish(work: ChunkWork) -> None:
    """After an error of our own: what can't be booked now is found in the journals when the leases are over."""
    try:
        work.finish()
    except Exception:
        logger.exception("what was sent could not be written down; the journals know it")
