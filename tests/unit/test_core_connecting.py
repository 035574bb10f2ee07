"""Connections to one of several addresses, of which some lead nowhere."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from core.connecting import Watch, connect

DEAD, ALIVE = "127.0.0.1", "127.0.0.2"


@contextmanager
def two_addresses() -> Iterator[int]:
    """A port at which one address swallows everything, as a firewall or a tunnel to nowhere does, and another answers.

    A queue of connections that nobody takes, and that is full, is such a place.
    """
    with contextlib.ExitStack() as open_ones:
        full = open_ones.enter_context(socket.socket())
        full.bind((DEAD, 0))
        full.listen(0)
        port: int = full.getsockname()[1]
        for _number in range(4):
            waiting = open_ones.enter_context(socket.socket())
            waiting.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                waiting.connect((DEAD, port))
        open_ones.enter_context(socket.create_server((ALIVE, port)))
        yield port


def test_an_address_that_swallows_everything_leaves_time_for_the_next() -> None:
    watch = Watch(1.5)
    with two_addresses() as port, watch, connect([DEAD, ALIVE], port, watch, tls=None, name="two.example") as made:
        assert made.getpeername() == (ALIVE, port)
        assert not watch.is_over, "there is time left to ask something"


def test_the_last_address_has_all_the_time_that_is_left() -> None:
    watch = Watch(0.3)
    with two_addresses() as port, watch, pytest.raises(TimeoutError):
        connect([DEAD], port, watch, tls=None, name="one.example")
