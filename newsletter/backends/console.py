"""Backend that prints messages: for looking at what would go out."""

from __future__ import annotations

import sys
from typing import TextIO

from newsletter.backends.base import Capabilities, Envelope, Outcome, Result, Work
from newsletter.backends.one_by_one import send_one_by_one


class ConsoleBackend:
    """Writes each message to a stream, standard error by default: standard output belongs to `--json`."""

    def __init__(self, *, stream: TextIO | None = None) -> None:
        self._stream = stream

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(in_flight=1)

    def send(self, work: Work) -> None:
        """As `MessageBackend.send` says."""
        send_one_by_one(work, self._print)

    def _print(self, envelope: Envelope) -> Outcome:
        stream = self._stream or sys.stderr
        text = envelope.content.decode("utf-8", "replace").replace("\r\n", "\n")
        stream.write(f"--- from {envelope.sender} to {envelope.recipient}\n{text}\n")
        stream.flush()
        return Outcome(envelope.key, Result.ACCEPTED, "printed")
