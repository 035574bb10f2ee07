"""Encryption and login of the SMTP backend: what is not certain to be safe fails closed."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.backends.base import BackendDownError, Envelope, Result, each
from newsletter.backends.smtp import SmtpBackend
from tests.fakes.certificates import make_certificate, server_context
from tests.fakes.scripted_server import modelled, scripted_server, talk
from tests.fakes.smtp_server import FakeSmtpServer
from tests.integration.smtp_shell import Models, recipients, sent

MESSAGE = Envelope(
    key=1, sender="editor@rounds.example", recipient="ana@example.com", content=b"Subject: x\r\n\r\nx\r\n"
)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return make_certificate(tmp_path)


def backend(port: int, **options: object) -> SmtpBackend:
    given = {"host": "127.0.0.1", "port": port, "tls": "starttls", "connections": 1, "timeout": 5}
    return SmtpBackend(**{**given, **options})  # type: ignore[arg-type]


def test_a_message_goes_over_starttls_with_a_login(certificate: Path) -> None:
    server = FakeSmtpServer(tls=server_context(certificate), password="secret word")
    with server.running():
        options = {"ca_file": str(certificate), "user": "rounds", "password": "secret word"}
        (outcome,) = each(backend(server.port, **options), [MESSAGE])
    assert outcome.result is Result.ACCEPTED
    assert server.recipients == ["ana@example.com"]


def test_a_wrong_password_is_a_backend_that_is_down_and_is_not_repeated(certificate: Path) -> None:
    server = FakeSmtpServer(tls=server_context(certificate), password="secret word")
    with server.running(), pytest.raises(BackendDownError, match="refused our login") as error:
        each(backend(server.port, ca_file=str(certificate), user="rounds", password="hunter2hunter2"), [MESSAGE])
    assert "hunter2" not in str(error.value)
    assert server.received == []


def test_without_starttls_on_offer_nothing_is_sent() -> None:
    """Security case 54: the offer was taken out on the way."""
    server = FakeSmtpServer()
    with server.running(), pytest.raises(BackendDownError, match="does not offer encryption"):
        each(backend(server.port, user="rounds", password="secret word"), [MESSAGE])
    assert server.received == []


def test_a_certificate_that_nobody_vouches_for_is_not_accepted(certificate: Path) -> None:
    server = FakeSmtpServer(tls=server_context(certificate))
    with server.running(), pytest.raises(BackendDownError, match="certificate is not valid"):
        each(backend(server.port), [MESSAGE])
    assert server.received == []


def test_a_certificate_of_another_host_is_not_accepted(tmp_path: Path) -> None:
    other = make_certificate(tmp_path, name="DNS:mail.example.org")
    server = FakeSmtpServer(tls=server_context(other))
    with server.running(), pytest.raises(BackendDownError, match="certificate is not valid"):
        each(backend(server.port, ca_file=str(other)), [MESSAGE])
    assert server.received == []


def test_answers_smuggled_in_before_encryption_are_not_believed() -> None:
    def script(connection: socket.socket) -> None:
        talk(connection, b"220 hello\r\n", b"250-hello\r\n250 STARTTLS\r\n", b"220 go\r\n250 injected\r\n")

    with scripted_server(script) as port, pytest.raises(BackendDownError, match="before encryption began"):
        each(backend(port), [MESSAGE])


def test_a_refused_starttls_is_a_backend_that_is_down() -> None:
    def script(connection: socket.socket) -> None:
        talk(connection, b"220 hello\r\n", b"250-hello\r\n250 STARTTLS\r\n", b"454 not now\r\n", b"221 bye\r\n")

    with scripted_server(script) as port, pytest.raises(BackendDownError, match="refused to encrypt"):
        each(backend(port), [MESSAGE])


def test_implicit_tls_against_a_plain_server_fails_closed() -> None:
    server = FakeSmtpServer()
    with server.running(), pytest.raises(BackendDownError, match="encryption failed"):
        each(backend(server.port, tls="implicit"), [MESSAGE])
    assert server.received == []


def test_a_server_without_a_login_that_we_know_is_down() -> None:
    server = FakeSmtpServer()
    with server.running(), pytest.raises(BackendDownError, match="no way to log in"):
        each(backend(server.port, tls="none", user="rounds", password="secret word"), [MESSAGE])
    assert server.received == []


def fresh_token() -> str:
    return "fresh"


def broken_token() -> str:
    raise RuntimeError("the secret is hunter2")


@pytest.mark.parametrize("token", [fresh_token, f"{__name__}.fresh_token", "fresh"])
def test_an_access_token_is_asked_for_before_a_connection(token: str | Callable[[], str]) -> None:
    heard: list[bytes] = []

    def script(connection: socket.socket) -> None:
        lines = connection.makefile("rb")
        for reply in (b"220 hi\r\n", b"250-m\r\n250 AUTH XOAUTH2\r\n", b"535 no\r\n"):
            connection.sendall(reply)
            heard.append(lines.readline())

    with scripted_server(script) as port, pytest.raises(BackendDownError, match="refused our login"):
        sent(port, 1, access_token=token, user="ada")
    assert heard[1].startswith(b"AUTH XOAUTH2 ")
    assert heard[2] == b"QUIT\r\n"


def test_a_token_that_can_not_be_got_is_a_backend_that_is_down() -> None:
    with pytest.raises(BackendDownError, match="RuntimeError was raised") as error:
        sent(1, 1, access_token=broken_token, user="ada")
    assert "hunter2" not in str(error.value)


def test_a_message_goes_over_implicit_tls(tmp_path: Path) -> None:
    certificate, models = make_certificate(tmp_path), Models()
    with scripted_server(modelled(models, context=server_context(certificate))) as port:
        sent(port, 30, tls="implicit", ca_file=str(certificate), connections=3)
    assert models.took == recipients(30)


@pytest.mark.slow
def test_a_tls_handshake_that_never_ends_runs_into_the_deadline() -> None:
    def script(connection: socket.socket) -> None:
        talk(connection, b"220 hello\r\n", b"250-hello\r\n250 STARTTLS\r\n", b"220 go\r\n")
        time.sleep(2)

    with scripted_server(script) as port, pytest.raises(BackendDownError, match="no answer in time"):
        sent(port, 1, tls="starttls", timeout=0.6)
