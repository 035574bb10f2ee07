"""A server that says what a script tells it, byte by byte if need be: for conversations no real server would hold."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.fakes.model_server import ModelServer

#: Holds one conversation; the socket is closed afterwards.
Script = Callable[[socket.socket], None]


@contextmanager
def scripted_server(script: Script) -> Iterator[int]:
    """Run `script` for each connection in a thread; gives the port. At the end every script has come to its end too, so
    that what it heard is whole."""
    listener = socket.create_server(("127.0.0.1", 0))
    serving: list[threading.Thread] = []

    def serve(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(10)
            script(connection)

    def accept() -> None:
        with contextlib.suppress(OSError):  # the listener is closed at the end of the test
            while True:
                connection, _ = listener.accept()
                serving.append(threading.Thread(target=serve, args=(connection,), daemon=True))
                serving[-1].start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for one in (thread, *serving):
            one.join(5)


def modelled(make: Callable[[], ModelServer], *, context: ssl.SSLContext | None = None) -> Script:
    """Each connection gets a model server, and TLS from its first byte where there is a context."""

    def script(connection: socket.socket) -> None:
        if context is None:
            serve(connection)
        else:
            with context.wrap_socket(connection, server_side=True) as encrypted:
                serve(encrypted)

    def serve(connection: socket.socket) -> None:
        server = make()
        connection.sendall(server.greet())
        while not server.is_closed and (data := connection.recv(65536)):
            connection.sendall(server.feed(data))

    return script


def talk(connection: socket.socket, *replies: bytes) -> None:
    """Say each reply after one line was read; the first one at once."""
    lines = connection.makefile("rb")
    for number, reply in enumerate(replies):
        if number:
            lines.readline()
        connection.sendall(reply)
