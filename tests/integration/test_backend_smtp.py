"""The SMTP backend against a real server on loopback, with every fault of the table in the delivery's contract."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable

import pytest

from newsletter.backends.base import BackendDownError, Envelope, Outcome, Pile, Result, each
from newsletter.backends.smtp import SmtpBackend
from tests.fakes.scripted_server import scripted_server, talk
from tests.fakes.smtp_server import DROP, FakeSmtpServer, Fault, always, for_address, once

CONTENT = b"Subject: Hello\r\n\r\n.begins with a dot\r\n..two\r\nends without a line break"


def envelopes(count: int) -> list[Envelope]:
    return [
        Envelope(key=key, sender="editor@rounds.example", recipient=f"reader{key}@example.com", content=CONTENT)
        for key in range(count)
    ]


def backend(port: int, **options: object) -> SmtpBackend:
    given = {"host": "127.0.0.1", "port": port, "tls": "none", "connections": 1, "timeout": 5, "message_timeout": 5}
    return SmtpBackend(**{**given, **options})  # type: ignore[arg-type]


def results(outcomes: list[Outcome]) -> list[Result]:
    return [outcome.result for outcome in sorted(outcomes, key=lambda outcome: outcome.key)]


def test_the_content_arrives_byte_for_byte() -> None:
    with FakeSmtpServer().running() as server:
        each(backend(server.port), envelopes(1))
    (received,) = server.received
    assert received.content == CONTENT + b"\r\n"
    assert (received.sender, received.recipient) == ("editor@rounds.example", "reader0@example.com")


def test_every_connection_says_goodbye() -> None:
    with FakeSmtpServer().running() as server:
        each(backend(server.port, connections=4), envelopes(40))
    assert server.quits == server.connections
    assert 1 < server.most_connections <= 4


def test_one_message_opens_one_connection() -> None:
    with FakeSmtpServer().running() as server:
        each(backend(server.port, connections=10), envelopes(1))
    assert server.connections == 1


@pytest.mark.parametrize(
    ("command", "fault", "expected"),
    [
        ("rcpt", for_address("reader1@example.com", "450 later"), Result.DEFERRED),
        ("rcpt", for_address("reader1@example.com", "550 never"), Result.REFUSED),
        ("rcpt", for_address("reader1@example.com", "421 closing"), Result.DEFERRED),
        ("rcpt", for_address("reader1@example.com", DROP), Result.DEFERRED),
        ("data", once("451 later", at=2), Result.DEFERRED),
        ("data", once("554 never", at=2), Result.REFUSED),
        ("data", once("250 what?", at=2), Result.DEFERRED),
        ("data", once(DROP, at=2), Result.DEFERRED),
        ("dot", once("452 later", at=2), Result.DEFERRED),
        ("dot", once("421 closing", at=2), Result.DEFERRED),
        ("dot", once("554 never", at=2), Result.REFUSED),
        ("dot", once(DROP, at=2), Result.UNKNOWN),
    ],
)
def test_a_fault_at_one_message_touches_no_other(command: str, fault: Fault, expected: Result) -> None:
    with FakeSmtpServer(faults={command: fault}).running() as server:
        outcomes = each(backend(server.port), envelopes(4))
    assert results(outcomes) == [Result.ACCEPTED, expected, Result.ACCEPTED, Result.ACCEPTED]
    assert len(server.recipients) == len(set(server.recipients))


@pytest.mark.parametrize("reply", ["421 too long for today", DROP])
@pytest.mark.parametrize("command", ["mail", "rcpt"])
def test_a_session_that_the_server_ends_is_begun_anew_and_nothing_is_lost(command: str, reply: str) -> None:
    with FakeSmtpServer(faults={command: once(reply, at=3)}).running() as server:
        outcomes = each(backend(server.port), envelopes(5))
    assert results(outcomes) == [Result.ACCEPTED] * 5
    assert sorted(server.recipients) == [f"reader{key}@example.com" for key in range(5)]
    assert server.connections == 2


@pytest.mark.parametrize(
    ("command", "reply", "named"),
    [
        ("connect", "554 go away", "does not take connections"),
        ("connect", "421 too busy", "does not take connections"),
        ("connect", DROP, "failed before any mail was sent"),
        ("ehlo", "502 no", "EHLO"),
        ("ehlo", DROP, "failed before any mail was sent"),
        ("mail", "550 sender denied", "MAIL"),
        ("mail", "451 not now", "MAIL"),
        ("mail", DROP, "closed the connection"),
        ("rcpt", "530 5.7.0 Authentication required", "wants a login"),
    ],
)
def test_a_fault_before_any_recipient_is_a_backend_that_is_down(command: str, reply: str, named: str) -> None:
    server = FakeSmtpServer(faults={command: always(reply)})
    with server.running(), pytest.raises(BackendDownError, match=named) as error:
        each(backend(server.port, connections=3), envelopes(10))
    assert server.received == []
    assert "@example.com" not in str(error.value)


def test_a_closed_port_is_a_backend_that_is_down() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(BackendDownError, match="can't be reached"):
        each(backend(port), envelopes(1))


def test_a_connection_that_fails_gives_its_message_to_the_others() -> None:
    with FakeSmtpServer(faults={"connect": once("421 one is enough", at=2)}).running() as server:
        outcomes = each(backend(server.port, connections=2), envelopes(30))
    assert results(outcomes) == [Result.ACCEPTED] * 30


@pytest.mark.parametrize(
    "address", ["a@example.com>\r\nRSET\r\n", "two words@example.com", "nobody", "a<b@example.com", "", "a@b\x00c"]
)
def test_an_address_that_can_not_stand_in_a_command_is_refused_alone(address: str) -> None:
    bad = Envelope(key=9, sender="editor@rounds.example", recipient=address, content=CONTENT)
    with FakeSmtpServer().running() as server:
        outcomes = each(backend(server.port), [bad, *envelopes(2)])
    assert results(outcomes) == [Result.ACCEPTED, Result.ACCEPTED, Result.REFUSED]
    assert server.recipients == ["reader0@example.com", "reader1@example.com"]


def test_a_long_reply_is_kept_short_and_without_the_address() -> None:
    words = "550 5.1.1 <READER0@example.com> " + "x" * 480
    with FakeSmtpServer(faults={"rcpt": always(words)}).running() as server:
        (outcome,) = each(backend(server.port), envelopes(1))
    assert outcome.reply.startswith("550 5.1.1 <…> xxx")
    assert len(outcome.reply) <= 500


def drip(connection: socket.socket) -> None:
    """A byte a second for ever: every single read succeeds in time."""
    for byte in b"220 " + b"x" * 60:
        connection.sendall(bytes([byte]))
        time.sleep(0.2)


def drip_after_the_dot(connection: socket.socket) -> None:
    talk(connection, b"220 hello\r\n", b"250 hello\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n")
    drip(connection)


@pytest.mark.slow
def test_a_server_that_sends_a_byte_at_a_time_runs_into_the_total_deadline() -> None:
    with scripted_server(drip) as port, pytest.raises(BackendDownError, match="no answer in time"):
        each(backend(port, timeout=0.7), envelopes(1))


@pytest.mark.slow
def test_an_answer_that_drips_after_the_message_leaves_it_unknown() -> None:
    with scripted_server(drip_after_the_dot) as port:
        (outcome,) = each(backend(port, timeout=3, message_timeout=0.7), envelopes(1))
    assert (outcome.result, outcome.reply) == (Result.UNKNOWN, "no answer in time (after the message)")


@pytest.mark.parametrize(
    ("script", "named"),
    [
        (lambda connection: talk(connection, b"SSH-2.0-OpenSSH_9.2\r\n"), "not SMTP"),
        (lambda connection: talk(connection, b"220 " + b"x" * 20_000), "not SMTP"),
        (lambda connection: talk(connection, b"220-x\r\n" * 500), "not SMTP"),
    ],
)
def test_a_server_that_speaks_no_smtp_is_down(script: Callable[[socket.socket], None], named: str) -> None:
    with scripted_server(script) as port, pytest.raises(BackendDownError, match=named):
        each(backend(port), envelopes(1))


class _Beating(Pile):
    """Counts how often the books are kept once the server is silent, and says when that was often enough."""

    def __init__(self, messages: list[Envelope]) -> None:
        super().__init__(messages)
        self.is_silent, self.is_enough = threading.Event(), threading.Event()
        self.beats = 0

    def keep_books(self) -> None:
        self.beats += self.is_silent.is_set()
        if self.beats == 4:
            self.is_enough.set()


def test_the_books_are_kept_again_and_again_while_the_server_is_silent() -> None:
    work = _Beating(envelopes(1))

    def script(connection: socket.socket) -> None:
        talk(connection, b"220 hello\r\n", b"250 hello\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n")
        work.is_silent.set()
        work.is_enough.wait(30)
        connection.sendall(b"250 queued\r\n")

    with scripted_server(script) as port:
        backend(port, timeout=5, message_timeout=20).send(work)
    assert work.beats >= 4
    assert [outcome.result for outcome in work.outcomes] == [Result.ACCEPTED]


def test_an_address_with_other_letters_is_refused_by_a_server_without_smtputf8() -> None:
    def script(connection: socket.socket) -> None:
        talk(connection, b"220 hello\r\n", b"250 hello\r\n", b"250 bye\r\n")

    other = Envelope(key=1, sender="editor@rounds.example", recipient="jürgen@example.com", content=CONTENT)
    with scripted_server(script) as port:
        (outcome,) = each(backend(port), [other])
    assert outcome.result is Result.REFUSED
    assert "SMTPUTF8" in outcome.reply
