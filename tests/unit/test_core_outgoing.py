"""Posting to addresses that people typed in: what is refused, what is connected to, when it ends (security case 43)."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from core.connecting import UnreachableError
from core.outgoing import TargetError, is_public, post, read_target
from tests.fakes.certificates import make_certificate, server_context
from tests.fakes.http_server import FakeReceiver

SHORT = 0.3  #: seconds, for servers that never end


@pytest.fixture
def receiver() -> Iterator[FakeReceiver]:
    with FakeReceiver().running() as running:
        yield running


def to(receiver: FakeReceiver, **options: object) -> object:
    return post(receiver.url, b"{}", headers={}, named={receiver.socket}, **options)  # type: ignore[arg-type]


class TestAddresses:
    @pytest.mark.parametrize(
        "url",
        [
            "http://hooks.example.org/",
            "ftp://hooks.example.org/",
            "file:///etc/passwd",
            "https://user:password@hooks.example.org/",
            "https://hooks.example.org@127.0.0.1/",
            "https://hooks.example.org:22/",
            "https://hooks.example.org:8000/",
            "https://hooks.example.org:0/",
            "https://hooks.example.org:99999/",
            "https://localhost/",
            "https://printer/",
            "https://localhost./",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0x7f.1/",
            "https://0177.0.0.1/",
            "https://127.1/",
            "https://127.0.0.1/",
            "https://169.254.169.254/latest/meta-data/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:a9fe:a9fe]/",
            "https://[64:ff9b::127.0.0.1]/",
            "https://[2002:7f00:1::]/",
            "https://[fe80::1%25eth0]/",
            "https://[fd00::1]/",
            "https://①②⑦.0.0.1/",
            "https://hooks.example.org\\@127.0.0.1/",
            "https://hooks.example.org/\r\nHost: evil",
            "https://hooks.example.org/ x",
            "https://hooks.example.org/#part",
            "https://hooks_.example.org/",
            "https://-.example.org/",
            "https://.example.org/",
            "https://[::1/",
            "https://",
            "//hooks.example.org/",
            "",
            "https://" + "a." * 200 + "org/",
        ],
    )
    def test_an_address_that_leads_elsewhere_is_refused_before_anything_is_looked_up(self, url: str) -> None:
        with pytest.raises(TargetError) as refused:
            read_target(url)
        assert str(refused.value)

    @pytest.mark.parametrize(
        ("url", "host", "port", "path"),
        [
            ("https://hooks.example.org", "hooks.example.org", 443, "/"),
            ("https://Hooks.Example.org:8443/a?b=c", "hooks.example.org", 8443, "/a?b=c"),
            ("https://xn--bcher-kva.example/x", "xn--bcher-kva.example", 443, "/x"),
            ("https://1.1.1.1/", "1.1.1.1", 443, "/"),
            ("https://[2606:4700::1111]/", "2606:4700::1111", 443, "/"),
        ],
    )
    def test_an_ordinary_address_is_taken_apart(self, url: str, host: str, port: int, path: str) -> None:
        target = read_target(url)
        assert (target.host, target.port, target.path, target.named) == (host, port, path, False)

    def test_what_the_operator_named_may_be_private_but_only_on_its_port(self) -> None:
        assert read_target("http://127.0.0.1:9000/", named={"127.0.0.1:9000"}).named
        assert read_target("http://[::1]:9000/", named={"[::1]:9000"}).host_header == "[::1]:9000"
        with pytest.raises(TargetError):
            read_target("http://127.0.0.1:9001/", named={"127.0.0.1:9000"})

    @pytest.mark.parametrize(
        "address",
        [
            *("0.1.2.3", "10.1.2.3", "100.64.0.1", "127.8.8.8", "169.254.169.254", "172.16.0.1", "192.168.1.1"),
            *("192.0.0.8", "192.0.2.1", "192.88.99.1", "198.18.0.1", "203.0.113.9", "224.0.0.1", "240.0.0.1"),
            *("255.255.255.255", "::", "::1", "::7f00:1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::1"),
            *("100::1", "2001::1", "2001:db8::1", "2002:a00:1::1", "3fff::1", "fc00::1", "fd12::1", "fe80::1"),
            *("fec0::1", "ff02::1", "fe80::1%1", "2606:4700::1%1"),
        ],
    )
    def test_addresses_that_are_not_of_the_open_internet(self, address: str) -> None:
        assert not is_public(address)

    @pytest.mark.parametrize("address", ["1.1.1.1", "93.184.215.14", "2606:4700::1111", "64:ff9b::101:101"])
    def test_addresses_of_the_open_internet(self, address: str) -> None:
        assert is_public(address)


class TestConnecting:
    def test_a_name_is_refused_if_one_of_its_addresses_is_private(self) -> None:
        def resolve(host: str, port: int) -> Sequence[str]:
            return ["1.1.1.1", "10.0.0.7"]

        with pytest.raises(TargetError):
            post("https://hooks.example.org/", b"", headers={}, resolve=resolve)

    def test_a_name_is_looked_up_once_and_what_was_checked_is_connected_to(
        self, receiver: FakeReceiver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """DNS rebinding: the second answer would be another one, and nobody asks for it."""
        asked, connected = [], []
        real = socket.create_connection

        def resolve(host: str, port: int) -> Sequence[str]:
            asked.append(host)
            return ["1.1.1.1"] if len(asked) == 1 else ["127.0.0.1"]

        def connect(address: tuple[str, int], timeout: float) -> socket.socket:
            connected.append(address)
            return real((receiver.socket.split(":")[0], receiver.port), timeout)

        monkeypatch.setattr(socket, "create_connection", connect)
        with pytest.raises(UnreachableError):  # it speaks no TLS
            post("https://hooks.example.org/", b"", headers={}, resolve=resolve, deadline=SHORT)
        assert (asked, connected) == (["hooks.example.org"], [("1.1.1.1", 443)])
        assert receiver.received == []

    def test_tls_is_spoken_with_the_name_at_the_address_that_was_checked(self, tmp_path: Path) -> None:
        certificate = make_certificate(tmp_path, name="DNS:hooks.example.org")
        trust = ssl.create_default_context(cafile=certificate)
        with FakeReceiver(tls=server_context(certificate)).running() as receiver:
            named = f"hooks.example.org:{receiver.port}"
            answer = post(
                f"https://{named}/in?x=1",
                b"{}",
                headers={"X-Kind": "test"},
                named={named},
                resolve=lambda host, port: ["127.0.0.1"],
                tls=trust,
            )
        (got,) = receiver.received
        assert (answer.status, receiver.names) == (204, ["hooks.example.org"])
        assert (got.path, got.body, got.headers["host"], got.headers["x-kind"]) == ("/in?x=1", b"{}", named, "test")

    @pytest.mark.parametrize("name", ["DNS:other.example.org", "IP:127.0.0.1"])
    def test_a_certificate_of_somebody_else_is_refused_before_anything_is_said(self, name: str, tmp_path: Path) -> None:
        certificate = make_certificate(tmp_path, name=name)
        trust = ssl.create_default_context(cafile=certificate)
        with FakeReceiver(tls=server_context(certificate)).running() as receiver:
            named = f"hooks.example.org:{receiver.port}"
            with pytest.raises(UnreachableError, match="certificate"):
                post(
                    f"https://{named}/",
                    b"secret",
                    headers={},
                    named={named},
                    resolve=lambda host, port: ["127.0.0.1"],
                    tls=trust,
                )
        assert receiver.received == []

    def test_a_redirect_is_not_followed(self, receiver: FakeReceiver) -> None:
        receiver.status, receiver.headers = 302, {"Location": "http://169.254.169.254/latest/meta-data/"}
        answer = to(receiver)
        assert (answer.status, len(receiver.received)) == (302, 1)  # type: ignore[attr-defined]

    def test_a_proxy_of_the_environment_is_not_asked(
        self, receiver: FakeReceiver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("http_proxy", "HTTPS_PROXY", "all_proxy"):
            monkeypatch.setenv(name, "http://127.0.0.1:1")
        to(receiver)
        assert receiver.received[0].path == "/hooks"

    def test_the_next_address_is_tried_when_one_takes_no_connection(self, receiver: FakeReceiver) -> None:
        named = f"localhost:{receiver.port}"
        answer = post(
            f"http://{named}/", b"", headers={}, named={named}, resolve=lambda host, port: ["::1", "127.0.0.1"]
        )
        assert answer.status == 204

    def test_a_name_that_nobody_knows_is_said_to_be_unknown(self) -> None:
        def resolve(host: str, port: int) -> Sequence[str]:
            raise socket.gaierror

        with pytest.raises(UnreachableError, match="not known"):
            post("https://hooks.example.org/", b"", headers={}, resolve=resolve)


class TestEnding:
    def test_of_a_long_answer_the_beginning_is_read(self, receiver: FakeReceiver) -> None:
        receiver.status, receiver.body = 200, b"x" * 1_000_000
        answer = to(receiver)
        assert len(answer.start) == 64 * 1024  # type: ignore[attr-defined]

    def test_bytes_that_are_no_text_do_no_harm(self, receiver: FakeReceiver) -> None:
        receiver.status, receiver.body = 200, b"\xff\xfe\x00"
        assert "\ufffd" in to(receiver).start  # type: ignore[attr-defined]

    @pytest.mark.parametrize("drip", [b"", b"H", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 100 Continue\r\n\r\n"])
    def test_a_server_that_never_ends_is_cut_off(self, receiver: FakeReceiver, drip: bytes) -> None:
        over = threading.Event()

        def behave(connection: socket.socket) -> None:
            with suppress(OSError):
                while not over.wait(0.02):
                    connection.sendall(drip)

        receiver.behave = behave
        try:
            with pytest.raises(UnreachableError, match=r"within 0\.3 seconds"):
                to(receiver, deadline=SHORT)
        finally:
            over.set()

    def test_a_handshake_that_never_ends_is_cut_off(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            named = f"127.0.0.1:{silent.getsockname()[1]}"
            with pytest.raises(UnreachableError, match=r"within 0\.3 seconds"):
                post(f"https://{named}/", b"", headers={}, named={named}, deadline=SHORT)

    def test_a_resolver_that_never_answers_is_left_behind(self) -> None:
        over = threading.Event()

        def resolve(host: str, port: int) -> Sequence[str]:
            over.wait()
            return []

        try:
            with pytest.raises(UnreachableError, match=r"within 0\.3 seconds"):
                post("https://hooks.example.org/", b"", headers={}, resolve=resolve, deadline=SHORT)
        finally:
            over.set()

    def test_a_server_that_hangs_up_is_an_error_of_its_own(self, receiver: FakeReceiver) -> None:
        receiver.behave = lambda connection: connection.shutdown(socket.SHUT_RDWR)
        with pytest.raises(UnreachableError):
            to(receiver)
