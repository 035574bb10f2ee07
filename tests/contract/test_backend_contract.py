"""What every message backend keeps, whatever it sends through: `newsletter.backends.base.MessageBackend`."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
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


class Books:
    """Says yes to everything that is not in `withheld`, and remembers."""

    def __init__(self, *, withheld: Collection[int] = (), fail_at: int = 0) -> None:
        self.outcomes: dict[int, Outcome] = {}
        self.handed_over: set[int] = set()
        self.most_unanswered = 0
        self.threads: set[int] = set()
        self._withheld = withheld
        self._fail_at = fail_at
        self._calls = 0

    def __call__(self, settled: Sequence[Outcome], asking: Sequence[Envelope]) -> Collection[int]:
        self._calls += 1
        if self._calls == self._fail_at:
            raise OSError("the books can't be kept")
        self.threads.add(threading.get_ident())
        for outcome in settled:
            assert outcome.key not in self.outcomes, "an outcome was booked twice"
            self.outcomes[outcome.key] = outcome
        allowed = {envelope.key for envelope in asking} - set(self._withheld)
        assert not allowed & self.handed_over, "a message was handed over twice"
        self.handed_over |= allowed
        self.most_unanswered = max(self.most_unanswered, len(self.handed_over - set(self.outcomes)))
        return allowed

    def results(self) -> dict[int, Result]:
        return {key: outcome.result for key, outcome in self.outcomes.items()}


def envelope(key: int, recipient: str = "") -> Envelope:
    return Envelope(
        key=key,
        sender=f"bounces+{key}@rounds.example",
        recipient=recipient or f"reader{key}@example.com",
        content=f"Subject: number {key}\r\n\r\n.a line with a dot\r\nend\r\n".encode(),
    )


def test_every_message_is_sent_once_and_its_outcome_is_booked(rig: Rig) -> None:
    books = Books()
    rig.backend.send([envelope(key) for key in range(20)], book=books)
    assert sorted(rig.delivered()) == sorted(f"reader{key}@example.com" for key in range(20))
    assert books.results() == dict.fromkeys(range(20), Result.ACCEPTED)


def test_the_books_are_kept_in_the_callers_thread(rig: Rig) -> None:
    books = Books()
    rig.backend.send([envelope(key) for key in range(5)], book=books)
    assert books.threads == {threading.get_ident()}


def test_a_message_that_the_books_withhold_is_not_sent(rig: Rig) -> None:
    books = Books(withheld={2, 3})
    rig.backend.send([envelope(key) for key in range(6)], book=books)
    assert sorted(rig.delivered()) == [f"reader{key}@example.com" for key in (0, 1, 4, 5)]
    assert {key for key, result in books.results().items() if result is Result.WITHDRAWN} == {2, 3}


def test_no_more_answers_are_open_than_the_backend_says_can_be_in_flight(rig: Rig) -> None:
    books = Books()
    rig.backend.send([envelope(key) for key in range(30)], book=books)
    assert 1 <= books.most_unanswered <= rig.backend.capabilities.in_flight


def test_envelopes_are_read_only_a_few_ahead(rig: Rig) -> None:
    read: list[int] = []
    ahead: list[int] = []

    def lazily() -> Iterator[Envelope]:
        for key in range(60):
            read.append(key)
            yield envelope(key)

    def book(settled: Sequence[Outcome], asking: Sequence[Envelope]) -> Collection[int]:
        outcomes.extend(settled)
        ahead.append(len(read) - len(outcomes))
        return {one.key for one in asking}

    outcomes: list[Outcome] = []
    rig.backend.send(lazily(), book=book)
    assert len(outcomes) == 60
    assert max(ahead) <= 3 * rig.backend.capabilities.in_flight


def test_an_error_of_the_books_ends_the_sending_and_comes_back(rig: Rig) -> None:
    books = Books(fail_at=3)
    with pytest.raises(OSError, match="the books can't be kept"):
        rig.backend.send([envelope(key) for key in range(50)], book=books)
    assert len(rig.delivered()) <= len(books.handed_over)


def test_a_refused_recipient_does_not_touch_the_others(rig: Rig) -> None:
    if not rig.can_refuse:
        pytest.skip("this backend takes everything")
    books = Books()
    rig.backend.send([envelope(1), envelope(2, REFUSED), envelope(3, DEFERRED), envelope(4)], book=books)
    assert books.results() == {1: Result.ACCEPTED, 2: Result.REFUSED, 3: Result.DEFERRED, 4: Result.ACCEPTED}
    assert sorted(rig.delivered()) == ["reader1@example.com", "reader4@example.com"]


def test_a_reply_is_short_and_does_not_name_the_recipient(rig: Rig) -> None:
    books = Books()
    rig.backend.send([envelope(1), envelope(2, REFUSED), envelope(3, DEFERRED)], book=books)
    assert all(len(outcome.reply) <= 500 for outcome in books.outcomes.values())
    assert not [outcome for outcome in books.outcomes.values() if "@example.com" in outcome.reply]


def test_a_backend_that_is_down_says_so_and_settles_nothing(rig: Rig) -> None:
    if rig.down is None:
        pytest.skip("this backend is never down")
    books = Books()
    with pytest.raises(BackendDownError):
        rig.down.send([envelope(key) for key in range(10)], book=books)
    assert (books.outcomes, books.handed_over) == ({}, set())


def test_nothing_to_send_is_no_error(rig: Rig) -> None:
    rig.backend.send([], book=Books())
    assert rig.delivered() == []


def test_a_backend_can_send_again(rig: Rig) -> None:
    rig.backend.send([envelope(1)], book=Books())
    rig.backend.send([envelope(2)], book=Books())
    assert rig.delivered() == ["reader1@example.com", "reader2@example.com"]
