"""One socket to an SMTP server: replies are read and bytes are written within a total deadline, never per byte."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import time
from dataclasses import dataclass

#: RFC 5321 section 4.5.3.1.5 allows 512 octets a line; real servers write more.
_LONGEST_LINE = 8192
_MOST_LINES = 200
_REPLY_LINE = re.compile(rb"([2-5][0-9][0-9])(?:([ -])(.*))?\r?\n", re.DOTALL)


class LostError(Exception):
    """The connection is gone, silent for too long, or speaks no SMTP. Whatever was not answered stays unknown."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply: its code and its text, lines joined by a line feed."""

    code: int
    text: str

    @property
    def is_ok(self) -> bool:
        return 200 <= self.code < 400

    @property
    def is_for_now(self) -> bool:
        return 400 <= self.code < 500

    def __str__(self) -> str:
        return f"{self.code} {self.text}"


class Wire:
    """A connected socket with a line buffer. `deadline` is a `time.monotonic()` instant; every call ends by then."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._buffer = bytearray()

    @classmethod
    def connect(cls, host: str, port: int, *, deadline: float) -> Wire:
        """Raises LostError with the system's words."""
        try:
            return cls(socket.create_connection((host, port), timeout=_left(deadline)))
        except OSError as error:
            raise LostError(_words(error)) from None

    def encrypt(self, context: ssl.SSLContext, *, host: str, deadline: float) -> None:
        """Go on in TLS, with the certificate checked against `host`.

        Raises:
            LostError: the handshake failed, or the server had already said something in the clear that we would
                otherwise take for an encrypted answer (CVE-2011-0411).
        """
        if self._buffer:
            raise LostError("the server sent data before encryption began")
        try:
            self._sock.settimeout(_left(deadline))
            self._sock = context.wrap_socket(self._sock, server_hostname=host)
        except ssl.SSLCertVerificationError as error:
            raise LostError(f"its certificate is not valid: {error.verify_message}") from None
        except (OSError, ValueError) as error:
            raise LostError(f"encryption failed: {_words(error)}") from None

    def write(self, data: bytes, *, deadline: float) -> None:
        """Raises LostError; how much was written is unknown then."""
        try:
            self._sock.settimeout(_left(deadline))
            self._sock.sendall(data)
        except OSError as error:
            raise LostError(_words(error)) from None

    def read_reply(self, *, deadline: float) -> Reply:
        """One reply of one or more lines (RFC 5321 section 4.2.1).

        Raises:
            LostError: no whole reply by the deadline, or no SMTP reply at all.
        """
        lines: list[str] = []
        while True:
            found = _REPLY_LINE.fullmatch(self._read_line(deadline))
            if found is None or len(lines) >= _MOST_LINES:
                raise LostError("the server's answer is not SMTP")
            code, mark, text = found.groups()
            lines.append((text or b"").decode("utf-8", "replace").strip())
            if mark != b"-":
                return Reply(int(code), "\n".join(lines))

    def close(self) -> None:
        """Close the socket; never raises."""
        with contextlib.suppress(OSError):  # closing a broken TLS socket may complain
            self._sock.close()

    def _read_line(self, deadline: float) -> bytes:
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > _LONGEST_LINE:
                raise LostError("the server's answer is not SMTP")
            try:
                self._sock.settimeout(_left(deadline))
                data = self._sock.recv(4096)
            except OSError as error:
                raise LostError(_words(error)) from None
            if not data:
                raise LostError("the server closed the connection")
            self._buffer += data
        line = bytes(self._buffer[: end + 1])
        del self._buffer[: end + 1]
        return line


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
