"""Backend that keeps messages in memory: for tests and for trying a campaign without any mail going out."""

from __future__ import annotations

from collections.abc import Mapping

from newsletter.backends.base import (
    BackendConfigurationError,
    BackendDownError,
    Capabilities,
    Envelope,
    Outcome,
    Result,
    Work,
)
from newsletter.backends.one_by_one import send_one_by_one

#: What every memory backend of this process has taken, oldest first.
outbox: list[Envelope] = []


class MemoryBackend:
    """Takes everything, unless told otherwise.

    Args:
        results: a result per recipient, for instance `{"ana@example.com": "deferred"}`.
        down: a reason to take nothing at all.

    Raises:
        BackendConfigurationError: a result nobody knows.
    """

    def __init__(self, *, results: Mapping[str, str] | None = None, down: str = "") -> None:
        try:
            self._results = {recipient: Result(result) for recipient, result in (results or {}).items()}
        except ValueError as error:
            raise BackendConfigurationError(f"results: {error}; use one of {', '.join(Result)}") from None
        self._down = down

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(in_flight=1)

    def send(self, work: Work) -> None:
        """As `MessageBackend.send` says."""
        send_one_by_one(work, self._carry)

    def _carry(self, envelope: Envelope) -> Outcome:
        if self._down:
            raise BackendDownError(self._down)
        result = self._results.get(envelope.recipient, Result.ACCEPTED)
        if result is Result.ACCEPTED:
            outbox.append(envelope)
        return Outcome(envelope.key, result, f"memory: {result}")
