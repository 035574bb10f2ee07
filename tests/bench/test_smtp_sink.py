"""The receiving end counts right: a benchmark and a fault test are worth what it says."""

from __future__ import annotations

import smtplib
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.bench.smtp_sink.build import sink_program
from tests.fakes.sink import Sink

HEAD = b"Subject: Hello\r\nMessage-ID:\r\n <1.2@rounds.example>\r\n\r\n"


class Line:
    """A connection that says exactly what it is told to."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), 10)
        self._file = self._socket.makefile("rb")

    def say(self, *pieces: bytes, gap: float = 0.0) -> None:
        for piece in pieces:
            self._socket.sendall(piece)
            if gap:
                time.sleep(gap)

    def hear(self) -> str:
        """The code of a reply, which may have several lines; empty when the line is closed."""
        while True:
            line = self._file.readline()
            if line[3:4] != b"-":
                return line[:3].decode()

    def close(self) -> None:
        self._file.close()
        self._socket.close()


@contextmanager
def line_to(sink: Sink) -> Iterator[Line]:
    line = Line(sink.port)
    try:
        assert line.hear() == "220"
        line.say(b"EHLO here\r\n")
        assert line.hear() == "250"
        yield line
    finally:
        line.close()


def send(sink: Sink, content: bytes, *recipients: str) -> None:
    with smtplib.SMTP("127.0.0.1", sink.port) as client:
        client.sendmail("a@rounds.example", recipients or ["b@example.com"], content)


def test_each_recipient_is_recorded_with_id_and_size() -> None:
    with Sink() as sink:
        send(sink, HEAD + b"Good day.\r\n", "b@example.com", "c@example.com")
        record = sink.record()
        assert [entry.recipient for entry in record] == ["b@example.com", "c@example.com"]
        assert {(entry.sender, entry.message_id, entry.size) for entry in record} == {
            ("a@rounds.example", "<1.2@rounds.example>", len(HEAD) + 11)
        }
        sink.stop()
        totals = sink.totals()
    assert (totals.messages, totals.recipients, totals.connections, totals.other) == (1, 2, 1, 0)
    assert totals.bytes == len(HEAD) + 11


BODIES = [
    b"",
    b".",
    b"\r\n",
    b"..\r\n.x\r\n",
    b"x\r\n.\ry\r\n",
    b"x\n.\r\nnot the end\r\n",
    b"\r\r\n.z",
    b"x" * 63 + b"\r\n.y" + b"z" * 70 + b"\r\n",
]


@pytest.mark.parametrize("body", BODIES)
def test_a_body_is_as_long_as_it_was_written_wherever_it_is_cut(body: bytes) -> None:
    stuffed = (b"\r\n" + body).replace(b"\r\n.", b"\r\n..")[2:]
    end = b".\r\n" if not body or body.endswith(b"\r\n") else b"\r\n.\r\n"
    size = len(body) + len(end) - 3
    with Sink() as sink, line_to(sink) as line:
        for cut in range(len(stuffed + end) + 1 if len(body) < 30 else 0, -1, -1):
            line.say(b"MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n")
            assert [line.hear() for _ in range(3)] == ["250", "250", "354"]
            line.say((stuffed + end)[:cut], (stuffed + end)[cut:], gap=0.001)
            assert line.hear() == "250"
        assert {entry.size for entry in sink.record()} == {size}


def test_a_whole_group_and_the_next_message_behind_a_body_are_understood() -> None:
    group = b"MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n"
    with Sink() as sink, line_to(sink) as line:
        line.say(group)
        assert [line.hear() for _ in range(3)] == ["250", "250", "354"]
        for _ in range(20):
            line.say(b"x" * 200_000 + b"\r\n.\r\n" + group)
            assert [line.hear() for _ in range(4)] == ["250", "250", "250", "354"]
        assert sink.totals().messages == 20
        assert sink.totals().other == 0


def test_chunks_make_a_message() -> None:
    with Sink() as sink, line_to(sink) as line:
        line.say(b"MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\n")
        line.say(b"BDAT %d\r\n" % len(HEAD) + HEAD + b"BDAT 6 LAST\r\n.\r\n.\r\n")
        line.say(b"x")
        assert [line.hear() for _ in range(4)] == ["250"] * 4
        line.say(b"NOOP\r\n")
        assert line.hear() == "500"
        assert [(entry.message_id, entry.size) for entry in sink.record()] == [("<1.2@rounds.example>", len(HEAD) + 6)]


def test_what_comes_too_early_is_counted() -> None:
    with Sink(without=["pipelining"]) as sink, line_to(sink) as line:
        line.say(b"MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\n")
        assert [line.hear() for _ in range(2)] == ["250", "250"]
        assert sink.totals().other == 1
        line.say(b"DATA\r\nToo early\r\n.\r\n")
        assert [line.hear() for _ in range(2)] == ["354", "250"]
        assert sink.totals().other == 2


def test_faults_count_over_all_connections() -> None:
    rules = ["rcpt:550:2:5.1.1 nobody here", "dot:451:first1", "mail:421:only4"]
    with Sink(fail=rules) as sink, line_to(sink) as line:
        heard = []
        for _ in range(3):
            line.say(b"MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n")
            answers = [line.hear() for _ in range(3)]
            if answers[-1] == "354":
                line.say(HEAD + b".\r\n")
                answers.append(line.hear())
            else:
                line.say(b"RSET\r\n")
                assert line.hear() == "250"
            heard.append(answers)
        assert heard == [["250", "250", "354", "451"], ["250", "550", "554"], ["250", "250", "354", "250"]]
        line.say(b"MAIL FROM:<a@example.com>\r\n")
        assert [line.hear(), line.hear()] == ["421", ""]
        assert len(sink.record()) == 1


def test_a_drop_after_the_dot_records_and_one_before_it_does_not() -> None:
    with Sink(drop_after_dot=2) as sink:
        send(sink, HEAD)
        with pytest.raises(smtplib.SMTPServerDisconnected):
            send(sink, HEAD)
        assert len(sink.record()) == 2
    with Sink(drop_before_dot=1) as sink:
        with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
            send(sink, HEAD)
        assert sink.record() == []
        assert sink.totals().dropped == 1


def test_a_connection_takes_so_many_messages() -> None:
    with Sink(close_after=1) as sink, smtplib.SMTP("127.0.0.1", sink.port) as client:
        client.sendmail("a@rounds.example", "b@example.com", HEAD)
        with pytest.raises(smtplib.SMTPSenderRefused, match="421"):
            client.sendmail("a@rounds.example", "b@example.com", HEAD)


def test_replies_are_held_back_and_none_is_lost() -> None:
    with Sink(delay_ms=40) as sink:
        began = time.monotonic()
        with line_to(sink) as line:
            line.say(b"MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n")
            assert [line.hear() for _ in range(3)] == ["250", "250", "354"]
            line.say(HEAD + b".\r\nQUIT\r\n")
            assert [line.hear() for _ in range(3)] == ["250", "221", ""]
        assert time.monotonic() - began >= 0.16, "the greeting and three batches"


def test_addresses_outside_ascii_need_their_extension() -> None:
    with Sink() as sink, line_to(sink) as line:
        line.say("MAIL FROM:<a@bücher.example>\r\n".encode())
        assert line.hear() == "553"
        line.say("MAIL FROM:<a@bücher.example> SMTPUTF8 BODY=8BITMIME\r\n".encode())
        assert line.hear() == "250"


def test_it_ends_with_whoever_started_it() -> None:
    process = subprocess.Popen([str(sink_program()), "--until-eof"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.communicate(timeout=10)
    assert process.returncode == 0


def test_wrong_options_are_named() -> None:
    for options in (["--fail", "lunch:450:1"], ["--fail", "rcpt:250:1"], ["--fail", "rcpt:450:0"], ["--port", "x"]):
        done = subprocess.run([str(sink_program()), *options], capture_output=True, text=True, check=False, timeout=10)
        assert done.returncode == 2, options
        assert options[1] in done.stderr or "STAGE:CODE" in done.stderr
