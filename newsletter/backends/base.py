"""What every backend is. A message backend takes finished messages and says for each one what became of it; a campaign
backend sends a campaign as a whole to an audience that it holds."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple, Protocol


class BackendError(Exception):
    """Root of what a backend raises."""


class BackendDownError(BackendError):
    """The backend takes nothing now (refused, 4xx or 5xx at connect, EHLO, AUTH or MAIL, TLS failed).

    Messages that were taken and neither settled nor handed over were given back. The text is for the editor: it says
    what failed and holds no password and no recipient.
    """


class BackendConfigurationError(BackendError):
    """The backend's name or options are wrong; the text names the option and the remedy."""


class Result(StrEnum):
    """What became of one message."""

    ACCEPTED = "accepted"  #: the other side took responsibility
    DEFERRED = "deferred"  #: not now (4xx); certain that it was not taken
    REFUSED = "refused"  #: never (5xx); certain that it was not taken
    UNKNOWN = "unknown"  #: handed over, and the answer was lost


class Envelope(NamedTuple):
    """One finished message. `key` is the caller's (a delivery's id) and comes back in the outcome.

    `content` has CRLF line ends and no line over 998 bytes. `is_stuffed` says that it is 7-bit and that no line
    of it starts with a dot.
    """

    key: int
    sender: str
    recipient: str
    content: bytes
    is_stuffed: bool = False


class Outcome(NamedTuple):
    """`reply` is the other side's last answer on one line, at most 500 characters, without the recipient's address."""

    key: int
    result: Result
    reply: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a backend can do; the admin shows only that."""

    #: Messages that can be in flight at once: as many become uncertain when the process is killed. 0 for a campaign
    #: backend, which takes no messages.
    in_flight: int
    #: It sends a campaign as a whole to an audience of its own; False for a message backend.
    holds_audience: bool = False
    #: Mails only those readers that a segment or a frequency of ours describes.
    narrows: bool = True
    #: Gives each reader the issue without the stories that reader got before.
    fits_reader: bool = True
    #: Can be paused and resumed in the middle, and slowed down.
    pauses: bool = True
    #: The instants that it can be scheduled for, counted in UTC from midnight; None for any.
    grid: timedelta | None = None


class Work(Protocol):
    """Messages to send and the books about them. A backend calls all of this in the thread that called `send`.

    `take`, `may_hand_over`, `settle` and `give_back` are cheap and may be called inside an event loop. `keep_books`
    talks to the database: never inside a loop.
    """

    #: Whether the answers of accepted messages are wanted; where not, their outcomes may have an empty reply.
    keeps_replies: bool

    def take(self) -> Envelope | None:
        """The next message; None when there is none just now, which may change with `keep_books` or with time."""
        ...

    def may_hand_over(self, envelope: Envelope) -> bool:
        """Ask right before the first byte of its content is written, and only then.

        After a yes its answer counts as open until it is settled, also if this process dies in the next moment. After a
        no it must not be sent; it is no longer the backend's and gets no outcome.
        """
        ...

    def settle(self, outcome: Outcome) -> None:
        """Say what became of a message, as soon as it is known. Each one taken is settled or given back, once."""
        ...

    def give_back(self, envelope: Envelope) -> None:
        """It was certainly not handed over (or `may_hand_over` was never asked); it can be taken again."""
        ...

    @property
    def wants_books(self) -> bool:
        """Whether `keep_books` should be called as soon as possible: nothing is left to take, or much is settled."""
        ...

    def keep_books(self) -> None:
        """Write down what is settled, and fetch more. Called as soon as it is wanted, and at least four times a second.

        An exception ends the sending: nothing more is handed over, the connections are closed, and it is raised again.
        """
        ...

    @property
    def is_over(self) -> bool:
        """Nothing is left to take, and nothing more will come. What is in flight still wants its outcome."""
        ...


class MessageBackend(Protocol):
    """Takes messages. One instance serves one thread; `send` may be called again after an error."""

    @property
    def capabilities(self) -> Capabilities: ...

    def send(self, work: Work) -> None:
        """Send until the work is over and everything that was taken is settled.

        A backend takes a message when a connection is free for it, never more than twice what it can have in flight.
        A kill leaves at most `capabilities.in_flight` answers unknown.

        Raises:
            BackendDownError: nothing more can be sent now; what was not handed over was given back.
        """
        ...


class CampaignBackend(Protocol):
    """Leads to a service that sends whole campaigns. What is asked of it is its own (`backends.mailchimp`)."""

    @property
    def capabilities(self) -> Capabilities: ...


class Pile:
    """A few messages without books: test sends, single mails, tests. Every message may be handed over."""

    keeps_replies = True

    def __init__(self, envelopes: Iterable[Envelope]) -> None:
        self._waiting = deque(envelopes)
        self.outcomes: list[Outcome] = []

    def take(self) -> Envelope | None:
        return self._waiting.popleft() if self._waiting else None

    def may_hand_over(self, envelope: Envelope) -> bool:
        return True

    def settle(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)

    def give_back(self, envelope: Envelope) -> None:
        self._waiting.append(envelope)

    @property
    def wants_books(self) -> bool:
        return False

    def keep_books(self) -> None:
        """There are none."""

    @property
    def is_over(self) -> bool:
        return not self._waiting


def each(backend: MessageBackend, envelopes: Iterable[Envelope]) -> list[Outcome]:
    """Send a few messages; their outcomes in the order they came.

    Raises:
        BackendDownError: as `send` does.
    """
    pile = Pile(envelopes)
    backend.send(pile)
    return pile.outcomes
