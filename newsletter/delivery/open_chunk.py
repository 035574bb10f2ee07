"""One claimed chunk while it is sent: what is left of it, what is on the wire, and what has to be booked."""

from __future__ import annotations

import time

from newsletter.backends.base import Outcome, Result
from newsletter.delivery import store
from newsletter.delivery.journal import Mark

#: Seconds between two bookings of a chunk that takes longer: how old what the admin shows may be.
BOOK_EVERY = 1.0
#: Nothing is handed over in the last seconds of a lease.
_SAFETY = 2.0

_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)

_MARKS = {Result.ACCEPTED: Mark.ACCEPTED, Result.DEFERRED: Mark.DEFERRED, Result.REFUSED: Mark.REFUSED}


def awake() -> float:
    """Seconds that also pass while the machine sleeps: a laptop that wakes up has lost its leases."""
    return time.clock_gettime(_CLOCK)


class OpenChunk:
    """The one place that knows which messages of a claim are untouched, handed over, or answered."""

    __slots__ = ("_booked_at", "_good_until", "_has_left", "_journal", "account", "claim", "flying", "is_lost", "rows")

    def __init__(self, claimed: store.Claimed, *, began: float) -> None:
        """`began` is an instant of `awake` before the claim was made."""
        self.claim, rows, self._journal = claimed
        self.rows = rows[::-1]  # taken from the end
        self.account = store.Account()
        self.flying: set[int] = set()
        #: Somebody else has the chunk, or may have it.
        self.is_lost = False
        #: Nothing of it is noted or booked here any more; its last answers may still come in.
        self._has_left = False
        self._booked_at = began
        self._good_until = began + store.lease().total_seconds() - _SAFETY

    @property
    def is_done(self) -> bool:
        return not self.rows and not self.flying

    def may_hand_over(self, key: int) -> bool:
        """Note that it is handed over, and only then see whether the claim still holds: see `Journal.void`."""
        if self._has_left:
            self.flying.discard(key)
            return False
        journal = self._journal
        journal.mark(key, Mark.HANDED_OVER)
        if journal.is_void or awake() > self._good_until:
            self.is_lost = True
            self.flying.discard(key)
            self.rows.clear()
            return False
        return True

    def withdraw(self, key: int) -> None:
        """Its reader has left meanwhile; nothing of it was written to a server."""
        self.flying.discard(key)
        if self._has_left:
            return
        self._journal.mark(key, Mark.WITHDRAWN)
        self.account.withdrawn.append(key)

    def give_back(self, row: store.PendingRow) -> None:
        self.flying.discard(row.pk)
        if not self.is_lost:
            self._journal.mark(row.pk, Mark.UNTOUCHED)
            self.rows.append(row)

    def settle(self, outcome: Outcome, *, keeps_reply: bool) -> None:
        key, result, reply = outcome
        self.flying.discard(key)
        if self._has_left:  # whoever has it now took what was on the wire for uncertain
            return
        if result is Result.ACCEPTED:
            self._journal.mark(key, Mark.ACCEPTED)
            self.account.accepted.append(key)
            if keeps_reply:
                self.account.replies.append((key, reply))
            return
        if result is not Result.UNKNOWN:  # what is unknown stays handed over
            self._journal.mark(key, _MARKS[result])
        self.account.others.append(outcome)

    @property
    def wants_booking(self) -> bool:
        """Whether it is time to renew the lease and to show what has happened."""
        return awake() - self._booked_at >= BOOK_EVERY

    def booked(self, *, began: float) -> None:
        """The account is on disk, and the lease runs from `began` (of `awake`)."""
        self.account = store.Account()
        self._booked_at = began
        self._good_until = began + store.lease().total_seconds() - _SAFETY

    def lose_the_rest(self) -> None:
        """The sending has ended: what was handed over and not answered will not be answered any more."""
        lost = (key for key in sorted(self.flying) if self._journal.read(key) == Mark.HANDED_OVER)
        self.account.lost.extend(lost)
        self.flying.clear()

    def leave(self) -> None:
        """The chunk is no longer ours. Its journal goes with what was booked; a lost claim's belongs to its finder."""
        self._has_left = True
        if self.is_lost:
            self._journal.close()
        else:
            self._journal.remove()
