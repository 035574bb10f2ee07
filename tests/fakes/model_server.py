"""A mail server without a network: bytes in, bytes out, and a record. It judges what a client may say."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

#: Answers a command, `dot` (a whole content) or `bdat`, given which one of its kind it is; None: the usual answer.
Rule = Callable[[str, int], bytes | None]

#: In place of a reply: hang up without a word.
DROP = b"drop"

_ADDRESS = re.compile(rb"(?:FROM|TO):<([^<>]*)>", re.I)


@dataclass
class ModelServer:
    """Feed it what the client writes; it answers in order. `is_closed` once it has hung up."""

    extensions: tuple[str, ...] = ("PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 100000")
    rule: Rule = lambda verb, number: None
    #: Whether DATA is answered by 354 although no recipient was taken, as RFC 2920 section 3.1 allows.
    goes_on_for_nobody: bool = False
    #: (recipient, content) of each content that was answered by 250.
    took: list[tuple[str, bytes]] = field(default_factory=list)
    said: list[bytes] = field(default_factory=list)
    is_closed: bool = False
    _in: bytes = b""
    _counts: dict[str, int] = field(default_factory=dict)
    _sender: str | None = None
    _recipient: str | None = None
    _in_data: bool = False

    def greet(self) -> bytes:
        return self._answer("connect", b"220 model\r\n")

    def feed(self, data: bytes) -> bytes:
        assert not self.is_closed or not data, "the client speaks to a closed connection"
        self._in += data
        out = b""
        while not self.is_closed and (reply := self._next()) is not None:
            out += reply
        return out

    def _next(self) -> bytes | None:
        if self._in_data:
            return self._content()
        line, found, rest = self._in.partition(b"\r\n")
        if not found:
            return None
        verb = line[:4].upper()
        if verb == b"BDAT":
            return self._chunk(line, rest)
        self._in = rest
        self.said.append(line)
        return getattr(self, f"_{verb.decode().lower()}")(line)  # type: ignore[no-any-return]

    def _ehlo(self, line: bytes) -> bytes:
        lines = [b"model", *(one.encode() for one in self.extensions)]
        usual = b"".join(b"250-%b\r\n" % one for one in lines[:-1]) + b"250 %b\r\n" % lines[-1]
        return self._answer("ehlo", usual)

    def _rset(self, line: bytes) -> bytes:
        self._sender = self._recipient = None
        return self._answer("rset", b"250 2.0.0 ok\r\n")

    def _quit(self, line: bytes) -> bytes:
        self.is_closed = True
        return b"221 bye\r\n"

    def _mail(self, line: bytes) -> bytes:
        assert self._sender is None, "MAIL within a transaction"
        found = _ADDRESS.search(line)
        assert found, line
        reply = self._answer("mail", b"250 2.1.0 ok\r\n")
        if reply.startswith(b"250"):
            self._sender = found[1].decode()
        return reply

    def _rcpt(self, line: bytes) -> bytes:
        found = _ADDRESS.search(line)
        assert found, line
        if self._sender is None:
            return b"503 5.5.1 MAIL first\r\n"
        reply = self._answer("rcpt", b"250 2.1.5 ok\r\n")
        if reply.startswith(b"25"):
            self._recipient = found[1].decode()
        return reply

    def _data(self, line: bytes) -> bytes:
        if self._recipient is None and not (self.goes_on_for_nobody and self._sender is not None):
            return b"503 5.5.1 RCPT first\r\n"
        reply = self._answer("data", b"354 go on\r\n")
        self._in_data = reply.startswith(b"354")
        return reply

    def _content(self) -> bytes | None:
        text = b"\r\n" + self._in
        end = text.find(b"\r\n.\r\n")
        if end < 0:
            return None
        self._in_data = False
        self._in = text[end + 5 :]
        content = text[2 : end + 2] if end else b""
        return self._took(content.replace(b"\r\n..", b"\r\n.").removeprefix(b"."))

    def _chunk(self, line: bytes, rest: bytes) -> bytes | None:
        _, size, last = line.split(b" ")
        assert last == b"LAST"
        if len(rest) < int(size):
            return None
        self.said.append(line)
        self._in = rest[int(size) :]
        if self._recipient is None:
            self._sender = None
            return b"503 5.5.1 RCPT first\r\n"
        return self._took(rest[: int(size)])

    def _took(self, content: bytes) -> bytes:
        recipient, self._sender, self._recipient = self._recipient, None, None
        if recipient is None:
            assert content == b"", "content for nobody"
            return b"554 5.5.1 no valid recipients\r\n"
        reply = self._answer("dot", b"250 2.0.0 queued\r\n")
        if reply.startswith(b"250") or (self.is_closed and not reply):
            self.took.append((recipient, content))
        return reply

    def _answer(self, verb: str, usual: bytes) -> bytes:
        self._counts[verb] = self._counts.get(verb, 0) + 1
        reply = self.rule(verb, self._counts[verb]) or usual
        if reply == DROP:
            self.is_closed = True
            return b""
        self.is_closed = reply.startswith(b"421")
        return reply
