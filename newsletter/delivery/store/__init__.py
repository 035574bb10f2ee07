"""The only writer of campaign and delivery state. Every change is a conditional UPDATE; the count says who won.

Locks are always taken in this order, so that no two writers wait for each other: campaign, chunk, deliveries.
"""

from newsletter.delivery.store import remote
from newsletter.delivery.store.audience import CHUNK_SIZE, insert_chunks, insert_deliveries
from newsletter.delivery.store.booking import Account, book, give_back
from newsletter.delivery.store.campaigns import (
    backend_went_down,
    bring_forward,
    came_due,
    cancel,
    complete,
    fail,
    freeze,
    hold,
    pause,
    release,
    rest,
    resume,
    try_backends_again,
)
from newsletter.delivery.store.claims import (
    Claim,
    Claimed,
    FencedError,
    PendingRow,
    Wish,
    backends_with_work,
    being_sent,
    being_sent_by,
    claim_next,
    free_chunks,
    held_fences,
    left_among,
)
from newsletter.delivery.store.clock_lease import leave_clock, note_tick, take_clock
from newsletter.delivery.store.forgetting import forget_addresses
from newsletter.delivery.store.lease import lease
from newsletter.delivery.store.reclaiming import host, reclaim_expired
from newsletter.delivery.store.retries import deferred, expire_deferred, reopen_due
from newsletter.delivery.store.uncertain import resolve_as_sent, resolve_to_resend

__all__ = [
    "CHUNK_SIZE",
    "Account",
    "Claim",
    "Claimed",
    "FencedError",
    "PendingRow",
    "Wish",
    "backend_went_down",
    "backends_with_work",
    "being_sent",
    "being_sent_by",
    "book",
    "bring_forward",
    "came_due",
    "cancel",
    "claim_next",
    "complete",
    "deferred",
    "expire_deferred",
    "fail",
    "forget_addresses",
    "free_chunks",
    "freeze",
    "give_back",
    "held_fences",
    "hold",
    "host",
    "insert_chunks",
    "insert_deliveries",
    "lease",
    "leave_clock",
    "left_among",
    "note_tick",
    "pause",
    "reclaim_expired",
    "release",
    "remote",
    "reopen_due",
    "resolve_as_sent",
    "resolve_to_resend",
    "rest",
    "resume",
    "take_clock",
    "try_backends_again",
]
