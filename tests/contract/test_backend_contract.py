"""What every message backend keeps, whatever it sends through: `newsletter.backends.base.MessageBackend`."""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

import pytest

from newsletter.backends import memory
from newsletter.backends.base import BackendDownError, Envelope, MessageBackend, Outcome, Result
from newsletter.backends.console import ConsoleBackend
from newsletter.backends.memory import MemoryBackend
from newsletter.backends.smtp import SmtpBackend
from tests.fakes.smtp_server import FakeSmtpServer, for_address


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """A backend, what came out at its other end, and one like it that is down (None: it is never down)."""

    backend: MessageBackend
    delivered: Callable[[], list[str]]
    down: MessageBackend | None
    can_refuse: bool


REFUSED, DEFERRED = "refused@example.com", "deferred@example.com"


@pytest.fixture(params=["memory", "console", "smtp"])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    match request.param:
        case "memory":
            memory.outbox.clear()
            yield Rig(
                backend=MemoryBackend(results={REFUSED: "refused", DEFERRED: "deferred"}),
                delivered=lambda: [envelope.recipient for envelope in memory.outbox],
                down=MemoryBackend(down="out of order"),
                can_refuse=True,
            )
        case "console":
            stream = io.StringIO()
            yield Rig(
                backend=ConsoleBackend(stream=stream),
                delivered=lambda: [
                    line.rsplit(" ", 1)[1] for line in stream.getvalue().splitlines() if line.startswith("--- from")
                ],
                down=None,
                can_refuse=False,
            )
        case _:
            server = FakeSmtpServer()
            server.faults["rcpt"] = lambda address, count: (
                f"550 5.1.1 <{REFUSED}> unknown"
                if address == REFUSED
                else for_address(DEFERRED, f"450 {DEFERRED} is busy")(address, count)
            )
            with server.running():
                yield Rig(
                    backend=SmtpBackend(host="127.0.0.1", port=server.port, tls="none", connections=3, timeout=5),
                    delivered=lambda: server.recipients,
                    down=SmtpBackend(host="127.0.0.1", port=1, tls="none", connections=3, timeout=5),
                    can_refuse=True,
                )


class Book:
    """A work that hands out messages and remembers what became of them; nothing is taken before the first books."""

    keeps_replies = True

    def __init__(
        self, messages: Iterable[Envelope], *, withheld: Collection[int] = (), fail_at: int = 0, page: int = 7
    ) -> None:
        self.outcomes: dict[int, Outcome] = {}
        self.handed_over: set[int] = set()
        self.most_unanswered = self.most_taken = 0
        self.threads: set[int] = set()
        self.is_drained = False
        self._messages = iter(messages)
        self._page: list[Envelope] = []
        self._taken: set[int] = set()
        self._withheld, self._fail_at, self._size = withheld, fail_at, page
        self._calls = 0
        self._may_come_more = True

    def take(self) -> Envelope | None:
        self._noted()
        if self.is_drained or not self._page:
            return None
        envelope = self._page.pop(0)
        assert envelope.key not in self._taken, "a message was taken twice"
        self._taken.add(envelope.key)
        self.most_taken = max(self.most_taken, len(self._taken))
        return envelope

    def may_hand_over(self, envelope: Envelope) -> bool:
        self._noted()
        assert envelope.key in self._taken
        assert envelope.key not in self.handed_over, "a message was handed over twice"
        if envelope.key in self._withheld:
            self._taken.remove(envelope.key)
            return False
        self.handed_over.add(envelope.key)
        self.most_unanswered = max(self.most_unanswered, len(self.handed_over & self._taken))
        return True

    def settle(self, outcome: Outcome) -> None:
        self._noted()
        self._taken.remove(outcome.key)
        self.outcomes[outcome.key] = outcome

    def give_back(self, envelope: Envelope) -> None:
        self._noted()
        self._taken.remove(envelope.key)
        self.handed_over.discard(envelope.key)
        self._page.append(envelope)

    @property
    def wants_books(self) -> bool:
        return not self._page and self._may_come_more

    def keep_books(self) -> None:
        with pytest.raises(RuntimeError, match="no running event loop"):
            asyncio.get_running_loop()
        self._noted()
        self._calls += 1
        if self._calls == self._fail_at:
            raise OSError("the books can't be kept")
        while len(self._page) < self._size and (envelope := next(self._messages, None)) is not None:
            self._page.append(envelope)
        self._may_come_more = len(self._page) >= self._size

    @property
    def is_over(self) -> bool:
        return self.is_drained or not (self._page or self._may_come_more)

    def results(self) -> dict[int, Result]:
        assert not self._taken, "a message was neither settled nor given back"
        return {key: outcome.result for key, outcome in self.outcomes.items()}

    def _noted(self) -> None:
        self.threads.add(threading.get_ident())


def envelope(key: int, recipient: str = "") -> Envelope:
    return Envelope(
        key=key,
        sender=f"bounces+{key}@rounds.example",
        recipient=recipient or f"reader{key}@example.com",
        content=f"Subject: number {key}\r\n\r\n.a line with a dot\r\nend\r\n".encode(),
    )


def numbered(count: int) -> list[Envelope]:
    return [envelope(key) for key in range(count)]


def test_every_message_is_sent_once_and_its_outcome_is_booked(rig: Rig) -> None:
    book = Book(numbered(20))
    rig.backend.send(book)
    assert sorted(rig.delivered()) == sorted(f"reader{key}@example.com" for key in range(20))
    assert book.results() == dict.fromkeys(range(20), Result.ACCEPTED)


def test_everything_happens_in_the_callers_thread(rig: Rig) -> None:
    book = Book(numbered(5))
    rig.backend.send(book)
    assert book.threads == {threading.get_ident()}


def test_a_message_that_may_not_be_handed_over_is_not_sent(rig: Rig) -> None:
    book = Book(numbered(6), withheld={2, 3})
    rig.backend.send(book)
    assert sorted(rig.delivered()) == [f"reader{key}@example.com" for key in (0, 1, 4, 5)]
    assert sorted(book.results()) == [0, 1, 4, 5]


def test_no_more_answers_are_open_than_the_backend_says_can_be_in_flight(rig: Rig) -> None:
    book = Book(numbered(30))
    rig.backend.send(book)
    assert 1 <= book.most_unanswered <= rig.backend.capabilities.in_flight


def test_messages_are_taken_only_a_few_ahead(rig: Rig) -> None:
    book = Book(numbered(60), page=60)
    rig.backend.send(book)
    assert len(book.results()) == 60
    assert book.most_taken <= 2 * rig.backend.capabilities.in_flight


def test_an_error_of_the_books_ends_the_sending_and_comes_back(rig: Rig) -> None:
    book = Book(numbered(50), fail_at=3)
    with pytest.raises(OSError, match="the books can't be kept"):
        rig.backend.send(book)
    assert len(rig.delivered()) <= len(book.handed_over)


def test_what_was_asked_to_stop_finishes_what_it_has_taken_and_takes_no_more(rig: Rig) -> None:
    class Stopping(Book):
        def settle(self, outcome: Outcome) -> None:
            super().settle(outcome)
            self.is_drained = len(self.outcomes) >= 5

    book = Stopping(numbered(50))
    rig.backend.send(book)
    assert 5 <= len(book.results()) <= 5 + 2 * rig.backend.capabilities.in_flight
    assert len(rig.delivered()) == len(book.outcomes)


def test_a_refused_recipient_does_not_touch_the_others(rig: Rig) -> None:
    if not rig.can_refuse:
        pytest.skip("this backend takes everything")
    book = Book([envelope(1), envelope(2, REFUSED), envelope(3, DEFERRED), envelope(4)])
    rig.backend.send(book)
    assert book.results() == {1: Result.ACCEPTED, 2: Result.REFUSED, 3: Result.DEFERRED, 4: Result.ACCEPTED}
    assert sorted(rig.delivered()) == ["reader1@example.com", "reader4@example.com"]


def test_a_reply_is_short_and_does_not_name_the_recipient(rig: Rig) -> None:
    book = Book([envelope(1), envelope(2, REFUSED), envelope(3, DEFERRED)])
    rig.backend.send(book)
    assert all(outcome.reply and len(outcome.reply) <= 500 for outcome in book.outcomes.values())
    assert not [outcome for outcome in book.outcomes.values() if "@example.com" in outcome.reply]


def test_a_backend_that_is_down_says_so_and_settles_nothing(rig: Rig) -> None:
    if rig.down is None:
        pytest.skip("this backend is never down")
    book = Book(numbered(10))
    with pytest.raises(BackendDownError):
        rig.down.send(book)
    assert (book.results(), book.handed_over) == ({}, set())


def test_nothing_to_send_is_no_error(rig: Rig) -> None:
    rig.backend.send(Book([]))
    assert rig.delivered() == []


def test_a_backend_can_send_again(rig: Rig) -> None:
    rig.backend.send(Book([envelope(1)]))
    rig.backend.send(Book([envelope(2)]))
    assert rig.delivered() == ["reader1@example.com", "reader2@example.com"]
