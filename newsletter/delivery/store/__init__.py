"""The only writer of campaign and delivery state. Every change is a conditional UPDATE; the count says who won.

Locks are always taken in this order, so that no two writers wait for each other: campaign, chunk, deliveries.
"""

from newsletter.delivery.store.audience import insert_chunks, insert_deliveries
from newsletter.delivery.store.booking import Booked, book
from newsletter.delivery.store.campaigns import (
    backend_went_down,
    came_due,
    cancel,
    complete,
    fail,
    freeze,
    hold,
    pause,
    release,
    resume,
    try_backends_again,
)
from newsletter.delivery.store.chunks import (
    LEASE,
    Claim,
    FencedError,
    PendingRow,
    claim_next,
    give_back,
    pending_rows,
    reclaim_expired,
)
from newsletter.delivery.store.clock_lease import leave_clock, note_tick, take_clock
from newsletter.delivery.store.retries import expire_deferred, reopen_due
from newsletter.delivery.store.uncertain import resolve_as_sent, resolve_to_resend

__all__ = [
    "LEASE",
    "Booked",
    "Claim",
    "FencedError",
    "PendingRow",
    "backend_went_down",
    "book",
    "came_due",
    "cancel",
    "claim_next",
    "complete",
    "expire_deferred",
    "fail",
    "freeze",
    "give_back",
    "hold",
    "insert_chunks",
    "insert_deliveries",
    "leave_clock",
    "note_tick",
    "pause",
    "pending_rows",
    "reclaim_expired",
    "release",
    "reopen_due",
    "resolve_as_sent",
    "resolve_to_resend",
    "resume",
    "take_clock",
    "try_backends_again",
]
