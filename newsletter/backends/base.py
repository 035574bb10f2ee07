"""What every message backend is: it takes finished messages and says for each one what became of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias


class BackendError(Exception):
    """Root of what a backend raises."""


class BackendDownError(BackendError):
    """The backend takes nothing now (refused, 4xx or 5xx at connect, EHLO, AUTH or MAIL, TLS failed).

    Messages whose outcome was not booked were not handed over. The text is for the editor: it says what failed and
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
    WITHDRAWN = "withdrawn"  #: the books said no; nothing was sent


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
    """`reply` is the other side's last answer on one line, at most 500 characters, without the recipient's address."""

    key: int
    result: Result
    reply: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a backend can do; the admin shows only that."""

    #: Messages that can be in flight at once: as many become uncertain when the process is killed.
    in_flight: int


#: `book(settled, asking) -> allowed keys`: writes the outcomes down and decides, in the same transaction, which of the
#: asking envelopes may be handed over. Returns once that is on disk. A key that is not among the allowed ones must not
#: be sent: its outcome is WITHDRAWN.
Book: TypeAlias = Callable[[Sequence[Outcome], Sequence[Envelope]], Collection[int]]


class MessageBackend(Protocol):
    """Takes messages. One instance serves one thread; `send` may be called again after an error."""

    @property
    def capabilities(self) -> Capabilities: ...

    def send(self, envelopes: Iterable[Envelope], *, book: Book) -> None:
        """Send each message and book its outcome as soon as it is known.

        `book` is always called in the caller's thread. It groups what several connections have to say, so that one
        commit serves all of them:

        - an envelope asks right before its content is written, and only then;
        - one outcome per envelope that was read, booked no later than the call in which the same connection asks
          for its next one: a kill leaves at most `capabilities.in_flight` answers unknown;
        - at least once a second while something is in flight, with empty lists if there is nothing to say.

        An exception from `book` ends the sending: nothing more is handed over, and it is raised again.

        Args:
            envelopes: read lazily in the caller's thread, a few ahead at most.

        Raises:
            BackendDownError: nothing more can be sent now. Envelopes read but not booked were not handed over.
        """
        ...


def each(backend: MessageBackend, envelopes: Iterable[Envelope]) -> list[Outcome]:
    """Send without keeping books in between: for test sends and tests.

    Raises:
        BackendDownError: as `send` does.
    """
    outcomes: list[Outcome] = []

    def book(settled: Sequence[Outcome], asking: Sequence[Envelope]) -> Collection[int]:
        outcomes.extend(settled)
        return {envelope.key for envelope in asking}

    backend.send(envelopes, book=book)
    return outcomes
