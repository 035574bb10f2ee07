"""A server that says what a script tells it, byte by byte if need be: for conversations no real server would hold."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: Holds one conversation; the socket is closed afterwards.
Script = Callable[[socket.socket], None]


@contextmanager
def scripted_server(script: Script) -> Iterator[int]:
    """Run `script` for each connection in a thread; gives the port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(10)
            script(connection)

    def accept() -> None:
        with contextlib.suppress(OSError):  # the listener is closed at the end of the test
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def talk(connection: socket.socket, *replies: bytes) -> None:
    """Say each reply after one line was read; the first one at once."""
    lines = connection.makefile("rb")
    for number, reply in enumerate(replies):
        if number:
            lines.readline()
        connection.sendall(reply)
