"""The wire to Mailchimp against servers that no API would be: slow, cut, huge, or somebody else's."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.errors import DownError, MailchimpError, ThrottledError, UnsureError
from newsletter.backends.mailchimp.ids import Base
from newsletter.backends.mailchimp.slots import Slots, Unlimited
from newsletter.backends.mailchimp.transport import Transport
from newsletter.backends.mailchimp.wire import Answer, Lost, Request
from tests.fakes.certificates import make_certificate, server_context
from tests.fakes.http_server import FakeReceiver
from tests.fakes.scripted_server import Script, scripted_server

CAMPAIGN = "c0ffee"
KEY = f"{'0' * 32}-us21"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newsletter.backends.mailchimp.calling._FIRST_PAUSE", 0.001)


def heard(connection: socket.socket) -> None:
    """The whole request, which here never has a body."""
    lines = connection.makefile("rb")
    while lines.readline() not in {b"\r\n", b""}:
        pass


def saying(content: bytes) -> Script:
    def script(connection: socket.socket) -> None:
        heard(connection)
        connection.sendall(content)

    return script


def dripping(start: bytes, cut: list[int]) -> Script:
    """One byte after the other, each long before any timeout of a socket: for ten seconds, or until it is cut off,
    which it notes."""

    def script(connection: socket.socket) -> None:
        heard(connection)
        connection.sendall(start)
        for number in range(500):
            try:
                connection.sendall(b" ")
            except OSError:
                cut.append(number)
                break
            time.sleep(0.02)

    return script


def resetting(*, after: bool) -> Script:
    def script(connection: socket.socket) -> None:
        if after:
            heard(connection)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    return script


@contextmanager
def mailchimp(script: Script, *, deadline: float = 5) -> Iterator[tuple[Mailchimp, list[int]]]:
    calls: list[int] = []

    def counted(connection: socket.socket) -> None:
        calls.append(len(calls))
        script(connection)

    with scripted_server(counted) as port:
        yield Mailchimp(api_key=KEY, api_url=f"http://127.0.0.1:{port}", deadline=deadline), calls


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nX: ", OK + b"Content-Length: 900\r\n\r\n", OK + b"\r\n"])
def test_an_answer_that_drips_is_cut_off_at_the_deadline(start: bytes) -> None:
    cut: list[int] = []
    with mailchimp(dripping(start, cut), deadline=0.3) as (api, calls):
        with pytest.raises(DownError):
            api.ping()
        with pytest.raises(UnsureError):
            api.send(CAMPAIGN)
    assert len(cut) == len(calls)


CUT = [
    resetting(after=True),
    saying(b""),
    saying(b"HTTP/1.1 200 OK\r\nContent-Le"),
    saying(OK + b'Content-Length: 100\r\n\r\n{"id": "c1", '),
    saying(OK + b'Transfer-Encoding: chunked\r\n\r\n40\r\n{"id": "c1", '),
    saying(b"\x15\x03\x01\x00\x02\x02\x16"),
    saying(b"220 mail.example ESMTP\r\n"),
    saying(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n"),
]


@pytest.mark.parametrize("script", CUT)
def test_an_answer_that_is_cut_or_none_is_asked_again_only_where_that_is_safe(script: Script) -> None:
    with mailchimp(script) as (api, calls):
        with pytest.raises(UnsureError):
            api.send(CAMPAIGN)
        assert len(calls) == 1
        with pytest.raises(DownError):
            api.ping()
        assert len(calls) == 5


def test_a_connection_that_was_never_made_certainly_did_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    api = Mailchimp(api_key=KEY, api_url=f"http://127.0.0.1:{port}")
    for call in (api.ping, lambda: api.send(CAMPAIGN)):
        with pytest.raises(DownError, match="refused") as caught:
            call()
        assert type(caught.value) is DownError


def test_an_answer_without_an_end_is_cut_off_at_its_most() -> None:
    def endless(connection: socket.socket) -> None:
        heard(connection)
        connection.sendall(OK + b"\r\n")
        with contextlib.suppress(OSError):
            while True:
                connection.sendall(b"x" * 65536)

    with scripted_server(endless) as port:
        transport = Transport(Base(scheme="http", host="127.0.0.1", port=port), most=1024 * 1024)
        came = transport.ask(Request(method="GET", path="/"), seconds=5)
    assert came == Lost(reason="an answer of more than 1 MB", was_sent=True)


def test_the_first_cut_and_then_an_answer_is_an_answer() -> None:
    scripts: list[Script] = [resetting(after=False), saying(OK + b'Content-Length: 23\r\n\r\n{"health_status": "ok"}')]

    def next_one(connection: socket.socket) -> None:
        scripts.pop(0)(connection)

    with mailchimp(next_one) as (api, calls):
        api.ping()
    assert len(calls) == 2


def test_without_a_stand_in_the_key_says_where_calls_go() -> None:
    api = Mailchimp(api_key=KEY)
    assert api._transport.base == Base(scheme="https", host="us21.api.mailchimp.com", port=443, path="/3.0")
    assert api._client.ping.get().request.path == "/3.0/ping"
    assert KEY not in repr(api._client.ping.get().request)


def test_proxies_and_logins_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login evil password evil\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with FakeReceiver().running() as proxy, FakeReceiver(status=200, body=b"{}").running() as server:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://{proxy.socket}")
        Mailchimp(api_key=KEY, api_url=f"http://{server.socket}").ping()
        assert proxy.received == []
        assert server.received[0].headers["authorization"].startswith("Basic ")
        assert "ZXZpb" not in server.received[0].headers["authorization"]


def test_the_certificate_has_to_be_that_of_the_data_centre(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path, name="DNS:us21.api.mailchimp.com")
    trust = ssl.create_default_context(cafile=certificate)
    request = Request(method="GET", path="/3.0/ping")

    def asked(name: str) -> Answer | Lost:
        receiver = FakeReceiver(status=200, body=b"{}", tls=server_context(certificate))
        with receiver.running():
            base = Base(scheme="https", host=name, port=receiver.port)
            transport = Transport(base, resolve=lambda host, port: ["127.0.0.1"], tls=trust)
            return transport.ask(request, seconds=5)

    assert isinstance(asked("us21.api.mailchimp.com"), Answer)
    other = asked("us5.api.mailchimp.com")
    assert isinstance(other, Lost)
    assert not other.was_sent
    assert "certificate" in other.reason


def test_a_data_centre_that_there_is_not_is_told_from_an_outage() -> None:
    def unknown(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror("Name or service not known")

    transport = Transport(Base(scheme="https", host="us99.api.mailchimp.com", port=443), resolve=unknown)
    came = transport.ask(Request(method="GET", path="/3.0/ping"), seconds=5)
    assert isinstance(came, Lost)
    assert not came.was_sent
    assert "end of the key" in came.reason


class Counted:
    """Slots that note when they are taken, and how long one was willing to wait."""

    def __init__(self) -> None:
        self.held = 0
        self.taken_for: list[float] = []

    @contextmanager
    def taken(self, *, seconds: float) -> Iterator[None]:
        self.taken_for.append(seconds)
        self.held += 1
        yield
        self.held -= 1


def test_a_slot_is_taken_for_each_attempt_and_free_between_them(monkeypatch: pytest.MonkeyPatch) -> None:
    slots = Counted()
    held_in_pauses: list[int] = []
    monkeypatch.setattr(time, "sleep", lambda seconds: held_in_pauses.append(slots.held))
    with FakeReceiver(status=503).running() as server:
        api = Mailchimp(api_key=KEY, api_url=f"http://{server.socket}", slots=slots, deadline=9)
        with pytest.raises(DownError):
            api.ping()
    assert len(slots.taken_for) == 4
    assert all(0 < seconds <= 9 for seconds in slots.taken_for)
    assert held_in_pauses == [0, 0, 0]


class Clock:
    """Stands for `time` in `calling`, and for slots that nobody gives up before the last moment."""

    def __init__(self) -> None:
        self.now = 0.0
        self.asked_for: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    @contextmanager
    def taken(self, *, seconds: float) -> Iterator[None]:
        self.now += seconds
        yield


def timed(monkeypatch: pytest.MonkeyPatch, clock: Clock, slots: Slots, answer: Answer) -> Mailchimp:
    """Every call gets this answer; for how long one was ready to wait for it is noted."""
    monkeypatch.setattr("newsletter.backends.mailchimp.calling.time", clock)
    api = Mailchimp(api_key=KEY, slots=slots, deadline=30)

    def ask(_request: Request, *, seconds: float) -> Answer:
        clock.asked_for.append(seconds)
        return answer

    monkeypatch.setattr(api._transport, "ask", ask)
    return api


def test_however_long_a_slot_is_waited_for_there_is_time_left_to_read_the_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Or sending would be begun in the last moment, and nobody would know whether it was done."""
    clock = Clock()
    timed(monkeypatch, clock, clock, Answer(status=204, headers={}, body=b"")).send(CAMPAIGN)
    assert clock.asked_for == [10]


def test_what_would_leave_too_little_time_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    api = timed(monkeypatch, clock, Unlimited(), Answer(status=429, headers={"retry-after": "22"}, body=b""))
    with pytest.raises(ThrottledError) as caught:
        api.send(CAMPAIGN)
    assert caught.value.seconds == 22
    assert (clock.asked_for, clock.now) == ([30], 0)


def test_without_a_slot_nothing_is_asked() -> None:
    class Full:
        @contextmanager
        def taken(self, *, seconds: float) -> Iterator[None]:
            raise ThrottledError("busy", seconds=2)
            yield

    with FakeReceiver().running() as server:
        api = Mailchimp(api_key=KEY, api_url=f"http://{server.socket}", slots=Full())
        calls: list[Callable[[], object]] = [api.ping, lambda: api.send(CAMPAIGN)]
        for call in calls:
            with pytest.raises(MailchimpError, match="busy"):
                call()
        assert server.received == []
