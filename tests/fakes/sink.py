"""The fast receiving end as a process of its own: a mail server that takes everything, with faults and a record."""

from __future__ import annotations

import json
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

from tests.bench.smtp_sink.build import sink_program


class Recorded(NamedTuple):
    """One recipient of one message that the server took; `size` in bytes, as written by its author."""

    sender: str
    recipient: str
    message_id: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What a sink counted. `other` should be 0: it counts what no sender may do (RFC 5321, 2920)."""

    messages: int
    recipients: int
    bytes: int
    connections: int
    most_connections: int  #: open at the same time
    refused: int  #: replies of 4xx and 5xx, whoever caused them
    dropped: int  #: connections closed by a fault
    other: int  #: unknown commands, bare line ends, what came before it may
    cpu_seconds: float
    first_mail_at: float  #: seconds since its start, of the first MAIL; 0 before it
    last_message_at: float  #: the same of the last message it took
    seconds: float  #: since its start


class Sink:
    """Runs from `with` to its end. Restart one on the same `port` to change its mind.

    `fail`: texts of "STAGE:CODE:N[:TEXT]" with a stage of connect, ehlo, mail, rcpt, data, dot. N of "5" is each fifth,
    "first5" the first five, "only5" the fifth. It counts what comes in a legal place, over all connections.
    `without`: extensions not to offer (pipelining, chunking, 8bitmime, smtputf8, size). `delay_ms` holds back each
    batch of replies. `drop_after_dot`: each Nth message is taken and recorded, and its sender never hears of it.
    `drop_before_dot`: each Nth body is cut at its first bytes. `close_after`: so many messages a connection, then 421.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        without: Sequence[str] = (),
        delay_ms: int = 0,
        fail: Sequence[str] = (),
        drop_after_dot: int = 0,
        drop_before_dot: int = 0,
        close_after: int = 0,
        size_limit: int = 0,
        keeps_record: bool = True,
    ) -> None:
        numbers = {
            "--port": port,
            "--delay-ms": delay_ms,
            "--drop-after-dot": drop_after_dot,
            "--drop-before-dot": drop_before_dot,
            "--close-after": close_after,
            "--size-limit": size_limit,
        }
        self._options = [part for name, number in numbers.items() if number for part in (name, str(number))]
        self._options += [f"--no-{extension}" for extension in without]
        self._options += [part for rule in fail for part in ("--fail", rule)]
        self._keeps_record = keeps_record
        self._process: subprocess.Popen[str] | None = None
        self._totals: Totals | None = None
        self.port = port

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="rounds-sink-")
        self._file = Path(self._folder.name) / "record.tsv"
        if self._keeps_record:
            self._options += ["--record", str(self._file)]
        try:
            self._start()
        except BaseException:
            self._folder.cleanup()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()
        self._folder.cleanup()

    def _start(self) -> None:
        self._process = subprocess.Popen(
            # The pipe to its standard input ends it with us, however that comes about.
            [str(sink_program()), "--until-eof", *self._options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        line = self._line()
        assert line, "the sink did not start: is its port taken?"
        self.port = int(line)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def stop(self) -> None:
        """End it early; its record and totals stay readable until the end of `with`."""
        if self._process is None or self._process.returncode is not None:
            return
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            self._totals = Totals(**json.loads(self._line()))
        self._process.wait(10)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def totals(self) -> Totals:
        """Up to now while it runs (what has arrived is dealt with first), of the whole time after its end."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGUSR1)
            return Totals(**json.loads(self._line()))
        assert self._totals is not None, "the sink died"
        return self._totals

    def record(self) -> list[Recorded]:
        """Everything taken until now, in the order of arrival."""
        assert self._keeps_record
        self.totals()  # writes the record first
        lines = self._file.read_text(encoding="utf-8", errors="replace").splitlines()
        return [
            Recorded(sender, recipient, message_id, int(size))
            for _, sender, recipient, message_id, size in (line.split("\t") for line in lines)
        ]

    def _line(self) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        return self._process.stdout.readline()
