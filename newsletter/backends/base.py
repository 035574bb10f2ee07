"""What every message backend is: it takes finished messages and says for each one what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class BackendError(Exception):
    """Root of what a backend raises."""


class BackendDownError(BackendError):
    """The backend takes nothing now (refused, 4xx or 5xx at connect, EHLO, AUTH or MAIL, TLS failed).

    Messages whose outcome was not yielded were not handed over. The text is for the editor: it says what failed and
    holds no password and no recipient.
    """


class BackendConfigurationError(BackendError):
    """The backend's name or options are wrong; the text names the option and the remedy."""


class Result(StrEnum):
    """What became of one message."""

    ACCEPTED = "accepted"  #: the other side took responsibility
    DEFERRED = "deferred"  #: not now (4xx); certain that it was not taken
    REFUSED = "refused"  #: never (5xx); certain that it was not taken
    UNKNOWN = "unknown"  #: handed over, and the answer was lost
    WITHDRAWN = "withdrawn"  #: `hand_over` said no; nothing was sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One finished message. `key` is the caller's (a delivery's id) and comes back in the outcome.

    `content` has CRLF line ends, no line over 998 bytes, and is not dot-stuffed.
    """

    key: int
    sender: str
    recipient: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`reply` is the other side's last answer, at most 500 characters, without the recipient's address."""

    key: int
    result: Result
    reply: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a backend can do; the admin shows only that."""

    #: Messages that can be in flight at once: as many become uncertain when the process is killed.
    in_flight: int


class MessageBackend(Protocol):
    """Takes messages. One instance serves one thread; `send` may be called again after an error."""

    capabilities: Capabilities

    def send(
        self,
        envelopes: Iterable[Envelope],
        *,
        hand_over: Callable[[Envelope], bool],
        settled: Callable[[Outcome], None],
    ) -> None:
        """Send each message and tell its outcome as soon as it is known.

        Args:
            envelopes: read lazily, a few ahead at most.
            hand_over: called in the caller's thread right before the first byte of that message's content is written.
                It returns once the hand-over is on disk; False means: don't send this one (it is WITHDRAWN).
            settled: called in the caller's thread, once per envelope that was read, before the same connection
                hands over its next message.

        Raises:
            BackendDownError: nothing more can be sent now. Envelopes read but not settled were not handed over.
        """
        ...


def each(backend: MessageBackend, envelopes: Iterable[Envelope]) -> Iterator[Outcome]:
    """Send without bookkeeping in between: for single mails and tests.

    Raises:
        BackendDownError: as `send` does; nothing is yielded then.
    """
    outcomes: list[Outcome] = []
    backend.send(envelopes, hand_over=lambda _: True, settled=outcomes.append)
    yield from outcomes
