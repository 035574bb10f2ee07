"""A work that hands out messages and sees to it that each one comes back exactly once."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Iterable

from newsletter.backends.base import Envelope, Outcome, Result


class RecordingWork:
    """`withheld`: keys that may not be handed over when it comes to it."""

    keeps_replies = True

    def __init__(self, messages: Iterable[Envelope], *, withheld: Collection[int] = ()) -> None:
        self.waiting = deque(messages)
        self.open: dict[int, Envelope] = {}
        self.handed_over: set[int] = set()
        self.outcomes: dict[int, Outcome] = {}
        self.given_back: Counter[int] = Counter()
        self.withdrawn: set[int] = set()
        self.books = 0
        self._withheld = withheld

    def take(self) -> Envelope | None:
        if not self.waiting:
            return None
        envelope = self.waiting.popleft()
        assert envelope.key not in self.open
        self.open[envelope.key] = envelope
        return envelope

    def may_hand_over(self, envelope: Envelope) -> bool:
        assert envelope.key in self.open
        assert envelope.key not in self.handed_over, "it was handed over before"
        if envelope.key in self._withheld:
            del self.open[envelope.key]
            self.withdrawn.add(envelope.key)
            return False
        self.handed_over.add(envelope.key)
        return True

    def settle(self, outcome: Outcome) -> None:
        del self.open[outcome.key]  # KeyError: settled twice, or never taken
        self.outcomes[outcome.key] = outcome

    def give_back(self, envelope: Envelope) -> None:
        assert self.open.pop(envelope.key) is envelope
        self.handed_over.discard(envelope.key)
        self.given_back[envelope.key] += 1
        self.waiting.append(envelope)

    @property
    def wants_books(self) -> bool:
        return False

    def keep_books(self) -> None:
        self.books += 1

    @property
    def is_over(self) -> bool:
        return not self.waiting

    def keys(self, result: Result) -> list[int]:
        return sorted(key for key, outcome in self.outcomes.items() if outcome.result is result)
