"""The SMTP backend's shell on real sockets: pipelining, BDAT, and servers that lie, die or dawdle."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from newsletter.backends.base import BackendDownError, Envelope, Result
from tests.fakes.model_server import DROP
from tests.fakes.recording_work import RecordingWork
from tests.fakes.scripted_server import modelled, scripted_server, talk
from tests.fakes.smtp_server import FakeSmtpServer, for_address, once
from tests.integration.smtp_shell import EXTENSIONS, Models, backend, envelopes, recipients, sent


def test_a_pipelining_server_gets_every_message_byte_for_byte() -> None:
    with FakeSmtpServer(extensions=("PIPELINING",)).running() as server:
        sent(server.port, 40, connections=3)
    assert sorted(server.recipients) == recipients(40)
    assert {one.content for one in server.received} == {envelopes(1)[0].content}
    assert server.quits == server.connections == 3


@pytest.mark.parametrize(
    ("command", "reply", "expected"),
    [
        ("rcpt", "450 later", Result.DEFERRED),
        ("rcpt", "550 never", Result.REFUSED),
        ("rcpt", "421 closing", Result.DEFERRED),
        ("rcpt", "drop", Result.DEFERRED),
        ("dot", "452 later", Result.DEFERRED),
        ("dot", "554 never", Result.REFUSED),
        ("dot", "421 closing", Result.DEFERRED),
        ("dot", "drop", Result.UNKNOWN),
    ],
)
def test_a_fault_at_one_pipelined_message_touches_no_other(command: str, reply: str, expected: Result) -> None:
    faults = {command: for_address("reader1@example.com", reply)}
    with FakeSmtpServer(faults=faults, extensions=("PIPELINING",)).running() as server:
        work = sent(server.port, 5)
    assert work.keys(expected) == [1]
    assert work.keys(Result.ACCEPTED) == [0, 2, 3, 4]
    assert len(server.recipients) == len(set(server.recipients))


def test_a_message_larger_than_any_buffer_goes_through() -> None:
    work = RecordingWork(envelopes(3, size=1_500_000))
    with FakeSmtpServer(extensions=("PIPELINING",)).running() as server:
        backend(server.port, message_timeout=60).send(work)
    assert [len(one.content) for one in server.received] == [len(one.content) for one in envelopes(3, size=1_500_000)]


@pytest.mark.parametrize("window", [0, 4])
def test_messages_go_by_bdat_where_that_is_wanted_and_offered(window: int) -> None:
    models = Models()
    with scripted_server(modelled(models)) as port:
        sent(port, 30, window=window, connections=2)
    assert models.took == recipients(30)
    said = {line[:4] for server in models.all for line in server.said}
    assert (b"BDAT" in said, b"DATA" in said) == (bool(window), not window)
    assert backend(port, window=window, connections=2).capabilities.in_flight == 2 * max(1, window)


@pytest.mark.parametrize("extensions", [(), EXTENSIONS])
@pytest.mark.parametrize("verb", ["connect", "ehlo", "mail", "rcpt", "data", "dot"])
@pytest.mark.parametrize("number", [1, 2])
def test_a_server_that_hangs_up_anywhere_loses_nobody(verb: str, number: int, extensions: tuple[str, ...]) -> None:
    count = {"seen": 0}

    def rule(said: str, _: int) -> bytes | None:
        count["seen"] += said == verb  # over all connections
        return DROP if said == verb and count["seen"] == number else None

    models = Models(rule, extensions)
    work = RecordingWork(envelopes(6))
    with scripted_server(modelled(models)) as port:
        while work.waiting:
            try:
                backend(port).send(work)
            except BackendDownError:
                assert verb in {"connect", "ehlo"}
    deferred = work.keys(Result.DEFERRED)  # before DATA it was said that it is handed over
    assert len(deferred) == (verb == "data" and not extensions)
    assert len(models.took) == len(set(models.took)) == 6 - len(deferred)
    assert len(work.keys(Result.UNKNOWN)) == (verb == "dot")
    assert len(work.outcomes) == 6


def test_a_server_that_never_answers_a_content_is_down_before_many_are_uncertain() -> None:
    models = Models(lambda verb, number: DROP if verb == "dot" else None)
    work = RecordingWork(envelopes(50))
    with scripted_server(modelled(models)) as port, pytest.raises(BackendDownError, match="does not answer"):
        backend(port, connections=4).send(work)
    assert 1 < len(work.keys(Result.UNKNOWN)) <= 8
    assert len(work.waiting) == 50 - len(work.outcomes)


@pytest.mark.slow
def test_an_answer_that_comes_after_its_deadline_is_not_taken_for_the_next_one() -> None:
    def script(connection: socket.socket) -> None:
        talk(connection, b"220 hello\r\n", b"250 hello\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n")
        time.sleep(1.5)
        connection.sendall(b"250 queued\r\n250 ok\r\n250 ok\r\n354 go on\r\n250 queued\r\n")

    with scripted_server(script) as port:
        work = sent(port, 1, message_timeout=0.5)
    assert work.outcomes[0].reply == "no answer in time (after the message)"


def test_a_line_without_end_is_given_up() -> None:
    sent_bytes = {"count": 0}

    def script(connection: socket.socket) -> None:
        connection.sendall(b"220 ")
        for _ in range(16_000):
            sent_bytes["count"] += connection.send(b"x" * 65536)

    with scripted_server(script) as port, pytest.raises(BackendDownError, match="not SMTP"):
        sent(port, 1)
    assert sent_bytes["count"] < 50_000_000


@pytest.mark.parametrize("answer", [b"250 ok\r\n", b"354 go\r\n", b"220 hi\r\n", b"999 ?\r\n", b"\r\n", b"250-x\r\n"])
def test_a_server_that_says_one_thing_for_ever_accepts_nothing(answer: bytes) -> None:
    def script(connection: socket.socket) -> None:
        while True:
            connection.sendall(answer)
            time.sleep(0.001)

    work = RecordingWork(envelopes(3))
    with scripted_server(script) as port, pytest.raises(BackendDownError):
        backend(port, timeout=0.5, message_timeout=0.5).send(work)
    assert (work.outcomes, len(work.waiting)) == ({}, 3)


@pytest.mark.slow
def test_a_server_that_takes_connections_and_says_nothing_is_down_in_time() -> None:
    with scripted_server(lambda connection: time.sleep(3)) as port, pytest.raises(BackendDownError, match="in time"):
        sent(port, 1, timeout=0.5)


class Failing(RecordingWork):
    """Its books can't be kept once something was handed over."""

    def keep_books(self) -> None:
        if self.handed_over:
            raise OSError("the disk is full")


def test_when_the_books_fail_nothing_more_is_handed_over_and_what_was_is_heard() -> None:
    answering = threading.Event()
    models = Models()

    def script(connection: socket.socket) -> None:
        slow = models()
        connection.sendall(slow.greet())
        while data := connection.recv(65536):
            answer = slow.feed(data)
            if slow.took and not answering.is_set():
                answering.wait(0.4)  # longer than the books can wait
            connection.sendall(answer)

    work = Failing(envelopes(20))
    with scripted_server(script) as port, pytest.raises(OSError, match="disk is full"):
        backend(port).send(work)
    assert len(models.took) == 1
    assert work.keys(Result.ACCEPTED) == [0]
    assert (len(work.waiting), work.open) == (19, {})


class Raising(RecordingWork):
    def settle(self, outcome: object) -> None:
        raise LookupError("a mistake of ours")


def test_a_mistake_inside_the_loop_comes_out_of_it() -> None:
    with FakeSmtpServer().running() as server, pytest.raises(LookupError, match="a mistake of ours"):
        backend(server.port).send(Raising(envelopes(3)))


class Trickling(RecordingWork):
    """The next message comes after the one before is settled, and after it was asked for in vain: a limit of speed."""

    asked_in_vain = 0

    def take(self) -> Envelope | None:
        if self.open or self.asked_in_vain <= len(self.outcomes):
            self.asked_in_vain += not self.open
            return None
        return super().take()


def test_messages_that_come_with_time_are_sent_when_they_come_and_over_one_connection() -> None:
    work = Trickling(envelopes(20))
    with FakeSmtpServer().running() as server:
        backend(server.port, connections=5).send(work)
    assert work.keys(Result.ACCEPTED) == list(range(20))
    assert work.asked_in_vain >= 20
    assert server.connections == 1


def test_nothing_is_left_when_it_is_done() -> None:
    before = threading.active_count()
    with FakeSmtpServer(faults={"dot": once("421 bye", at=3)}).running() as server:
        sent(server.port, 10, connections=3)
    assert threading.active_count() == before
