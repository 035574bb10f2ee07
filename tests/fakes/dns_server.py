"""A name server inside the test's process: real UDP on loopback, with the TXT records that a test gives it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset


@dataclass
class FakeNames:
    """Knows `records`; other names don't exist. `silent` ones get no answer, `broken` ones SERVFAIL."""

    records: Mapping[str, Sequence[str]] = field(default_factory=dict)
    silent: frozenset[str] = frozenset()
    broken: frozenset[str] = frozenset()
    #: Names that were asked for, in order.
    asked: list[str] = field(default_factory=list)

    @contextmanager
    def running(self) -> Iterator[dns.resolver.Resolver]:
        """A resolver that asks this server and nobody else."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
            listening.bind(("127.0.0.1", 0))
            thread = threading.Thread(target=self._serve, args=(listening,), daemon=True)
            thread.start()
            resolver = dns.resolver.Resolver(configure=False)
            resolver.nameservers = ["127.0.0.1"]
            resolver.port = listening.getsockname()[1]
            try:
                yield resolver
            finally:
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ending:
                    ending.sendto(b"", listening.getsockname())
                thread.join()

    def _serve(self, listening: socket.socket) -> None:
        while True:
            packet, client = listening.recvfrom(4096)
            if not packet:
                return
            if (answer := self._answer(dns.message.from_wire(packet))) is not None:
                listening.sendto(answer.to_wire(), client)

    def _answer(self, query: dns.message.Message) -> dns.message.Message | None:
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True)
        self.asked.append(name)
        if name in self.silent:
            return None
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if name in self.broken:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif name not in self.records:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        elif texts := self.records[name]:
            quoted = [" ".join(f'"{part}"' for part in _parts(text)) for text in texts]
            answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", "TXT", *quoted))
        return answer


def _parts(text: str) -> list[str]:
    """A TXT record's strings have 255 bytes at most."""
    return [text[start : start + 255] for start in range(0, len(text), 255)]
