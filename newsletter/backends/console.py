"""Backend that prints messages: for looking at what would go out."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TextIO

from newsletter.backends.base import Book, Capabilities, Envelope, Outcome, Result


class ConsoleBackend:
    """Writes each message to a stream, standard error by default: standard output belongs to `--json`."""

    def __init__(self, *, stream: TextIO | None = None) -> None:
        self._stream = stream

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(in_flight=1)

    def send(self, envelopes: Iterable[Envelope], *, book: Book) -> None:
        """As `MessageBackend.send` says; an answer is booked together with the next question."""
        settled: list[Outcome] = []
        for envelope in envelopes:
            if envelope.key in book(settled, [envelope]):
                self._print(envelope)
                settled = [Outcome(key=envelope.key, result=Result.ACCEPTED, reply="printed")]
            else:
                settled = [Outcome(key=envelope.key, result=Result.WITHDRAWN, reply="")]
        if settled:
            book(settled, [])

    def _print(self, envelope: Envelope) -> None:
        stream = self._stream or sys.stderr
        text = envelope.content.decode("utf-8", "replace").replace("\r\n", "\n")
        stream.write(f"--- from {envelope.sender} to {envelope.recipient}\n{text}\n")
        stream.flush()
