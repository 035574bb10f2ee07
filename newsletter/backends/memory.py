"""Backend that keeps messages in memory: for tests and for trying a campaign without any mail going out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from newsletter.backends.base import (
    BackendConfigurationError,
    BackendDownError,
    Book,
    Capabilities,
    Envelope,
    Outcome,
    Result,
)

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

    def send(self, envelopes: Iterable[Envelope], *, book: Book) -> None:
        """As `MessageBackend.send` says; an answer is booked together with the next question."""
        settled: list[Outcome] = []
        for envelope in envelopes:
            if self._down:
                raise BackendDownError(self._down)
            result = self._results.get(envelope.recipient, Result.ACCEPTED)
            allowed = book(settled, [envelope])
            settled = [self._take(envelope, result if envelope.key in allowed else Result.WITHDRAWN)]
        if settled:
            book(settled, [])

    def _take(self, envelope: Envelope, result: Result) -> Outcome:
        if result is Result.ACCEPTED:
            outbox.append(envelope)
        return Outcome(key=envelope.key, result=result, reply=f"memory: {result}")
