"""A web server inside the test's process: real HTTP(S) on loopback, with scripted answers and a record."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class Received:
    path: str
    #: Names in lower case.
    headers: dict[str, str]
    body: bytes
    method: str = "POST"


@dataclass
class FakeReceiver:
    """Answers with `status`, `body` and `headers`, or as `script` says; `behave` talks to the socket itself instead."""

    status: int = 204
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    #: Other answers for some methods, such as a server's that knows no HEAD.
    statuses: dict[str, int] = field(default_factory=dict)
    behave: Callable[[socket.socket], None] | None = None
    #: Answers that differ from one to the next: status, headers and body of each.
    script: Callable[[Received], tuple[int, dict[str, str], bytes]] | None = None
    tls: ssl.SSLContext | None = None
    received: list[Received] = field(default_factory=list)
    #: Names that TLS clients asked for.
    names: list[str | None] = field(default_factory=list)
    port: int = 0
    #: Set when something was received, so that nobody has to sleep.
    arrived: threading.Event = field(default_factory=threading.Event)

    @property
    def socket(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://{self.socket}/hooks"

    def _answer(self, received: Received) -> tuple[int, dict[str, str], bytes]:
        if self.script is not None:
            return self.script(received)
        return self.statuses.get(received.method, self.status), self.headers, self.body

    @contextmanager
    def running(self) -> Iterator[FakeReceiver]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                names = {name.lower(): value for name, value in self.headers.items()}
                received = Received(path=self.path, method=self.command, headers=names, body=body)
                receiver.received.append(received)
                receiver.arrived.set()
                if receiver.behave is not None:
                    receiver.behave(self.connection)
                    self.close_connection = True
                    return
                status, headers, body = receiver._answer(received)
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            do_HEAD = do_GET = do_PUT = do_PATCH = do_DELETE = do_POST  # noqa: N815 - the library's names

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
                pass

        server = _QuietServer(("127.0.0.1", 0), Handler)
        if self.tls:
            self.tls.sni_callback = lambda connection, name, context: self.names.append(name)
            server.socket = self.tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that refuses our certificate, or whose time is over, is part of many tests."""
