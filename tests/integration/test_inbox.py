"""The inbox's pages over HTTP, and its server over SMTP."""

from __future__ import annotations

import asyncio
import os
import signal
import smtplib
import socket
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from inbox.receiver import receive
from inbox.store import Envelope, Inbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def inbox(settings: Settings, tmp_path: Path) -> Inbox:
    settings.INBOX_DIR = tmp_path / "inbox"
    return Inbox(settings.INBOX_DIR)


def letter(subject: str = "Your first issue", *, html: str = "<p>Good day</p>") -> bytes:
    mail = EmailMessage()
    mail["Subject"] = subject
    mail["From"] = "Rounds <editor@rounds.example>"
    mail["To"] = "ben@example.com"
    mail.set_content("Good day in text")
    if html:
        mail.add_alternative(html, subtype="html")
    return mail.as_bytes()


def add(inbox: Inbox, content: bytes, recipient: str = "ben@example.com") -> str:
    return inbox.add(Envelope(sender="bounce@rounds.example", recipient=recipient), content)


def test_an_empty_inbox_says_what_to_do(client: Client, inbox: Inbox) -> None:
    page = client.get("/inbox/").content.decode()
    assert "Nothing has arrived yet" in page
    assert reverse("newsletter:subscribe") in page


def test_the_list_shows_subject_recipient_and_time_newest_first(client: Client, inbox: Inbox) -> None:
    add(inbox, letter("The older one"))
    key = add(inbox, letter("<b>The newer one</b>"), "ada@example.com")
    page = client.get("/inbox/").content.decode()
    assert page.index("The newer one") < page.index("The older one")
    assert "<b>The newer one" not in page
    assert "ada@example.com" in page
    assert f"/inbox/{key}/" in page


def test_only_the_messages_of_one_page_are_opened(
    client: Client, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(60):
        add(inbox, letter(f"Number {number}"))
    opened: list[str] = []
    read = Inbox.read

    def counted(self: Inbox, key: str) -> bytes:
        opened.append(key)
        return read(self, key)

    monkeypatch.setattr(Inbox, "read", counted)
    page = client.get("/inbox/?page=3").content.decode()
    assert len(opened) == 10
    assert "Number 0<" in page
    assert "Page 3 of 3" in page
    assert client.get("/inbox/?page=99&to=").status_code == 200


def test_the_list_can_be_narrowed_to_one_recipient(client: Client, inbox: Inbox) -> None:
    add(inbox, letter("For Ben"))
    add(inbox, letter("For Ada"), "ada@example.com")
    page = client.get("/inbox/", {"to": "ADA@example.com"}).content.decode()
    assert "For Ada" in page
    assert "For Ben" not in page
    assert "Nothing has arrived for" in client.get("/inbox/", {"to": "<nobody@example.com"}).content.decode()


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        ("html", 'sandbox="allow-popups allow-popups-to-escape-sandbox"'),
        ("text", "Good day in text"),
        ("source", "Return-Path: &lt;bounce@rounds.example&gt;"),
        ("headers", "<dt>Delivered-To</dt>"),
    ],
)
def test_a_message_is_shown_from_each_side(client: Client, inbox: Inbox, view: str, expected: str) -> None:
    key = add(inbox, letter())
    assert expected in client.get(f"/inbox/{key}/", {"view": view}).content.decode()


def test_a_message_without_html_shows_its_text(client: Client, inbox: Inbox) -> None:
    key = add(inbox, letter(html=""))
    page = client.get(f"/inbox/{key}/", {"view": "html"}).content.decode()
    assert "Good day in text" in page
    assert "<iframe" not in page
    assert client.get(f"/inbox/{key}/html/").status_code == 404


def test_html_in_a_frame_can_run_nothing_and_load_only_pictures_of_the_site(
    client: Client, inbox: Inbox, settings: Settings
) -> None:
    key = add(inbox, letter(html="<script>alert(1)</script><p>Good day</p>"))
    answer = client.get(f"/inbox/{key}/html/")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert f"img-src 'self' {settings.BASE_URL} data:" in policy
    assert "script-src" not in policy
    assert "sandbox allow-popups" in policy
    assert "allow-scripts" not in policy
    assert b'<base target="_blank">' in answer.content


def test_a_malformed_message_shows_its_source(client: Client, inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def choke(*args: object) -> None:
        raise IndexError("no index")

    key = add(inbox, b"Subject: odd\r\n\r\nthe \xe9 body")
    monkeypatch.setattr("email.parser.BytesParser.parsebytes", choke)
    page = client.get(f"/inbox/{key}/").content.decode()
    assert "be read as mail" in page
    assert "the \\xe9 body" in page


@pytest.mark.parametrize("key", ["..", "%2e%2e", "nobody", "0" * 20 + "-00000000-" + "0" * 16, "..%2f..%2fsecret_key"])
@pytest.mark.parametrize("side", ["", "html/", "message.eml"])
def test_an_address_that_was_never_given_out_is_not_found(client: Client, inbox: Inbox, key: str, side: str) -> None:
    add(inbox, letter())
    assert client.get(f"/inbox/{key}/{side}").status_code == 404


def test_the_file_is_what_came(client: Client, inbox: Inbox) -> None:
    key = add(inbox, letter())
    answer = client.get(f"/inbox/{key}/message.eml")
    assert answer.content == inbox.read(key)
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_scripts_get_a_list_by_recipient(client: Client, inbox: Inbox) -> None:
    add(inbox, letter("For Ben"))
    key = add(inbox, letter("For Ada"), "ada@example.com")
    document = client.get("/inbox/messages.json", {"to": "ada@example.com"}).json()
    assert document["count"] == 1
    (found,) = document["messages"]
    assert (found["id"], found["to"], found["subject"]) == (key, "ada@example.com", "For Ada")
    assert client.get(found["raw"]).content == inbox.read(key)


def test_deleting_takes_a_post_from_the_site_itself(inbox: Inbox) -> None:
    add(inbox, letter())
    assert Client().get("/inbox/delete/").status_code == 405
    assert Client(enforce_csrf_checks=True).post("/inbox/delete/").status_code == 403
    assert len(inbox.keys()) == 1
    assert Client().post("/inbox/delete/").headers["Location"] == "/inbox/"
    assert inbox.keys() == []


def test_the_list_asks_the_database_nothing_for_its_messages(
    client: Client, inbox: Inbox, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(25):
        add(inbox, letter())
    client.get("/inbox/")
    with django_assert_max_num_queries(8):
        client.get("/inbox/")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_what_comes_by_smtp_is_kept_once_for_each_recipient_until_the_server_is_stopped(inbox: Inbox) -> None:
    port = free_port()
    content = letter().replace(b"\n", b"\r\n").replace(b"Good day in text", b".one dot at the beginning")

    def send() -> None:
        with smtplib.SMTP("127.0.0.1", port) as smtp:
            smtp.sendmail("bounce@rounds.example", ["ben@example.com", "ada@example.com"], content)

    async def talk() -> None:
        server = asyncio.create_task(receive(inbox, host="127.0.0.1", port=port))
        while not server.done():
            try:
                await asyncio.to_thread(send)
                break
            except ConnectionRefusedError:  # not listening yet
                await asyncio.sleep(0.01)
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(server, timeout=10)

    asyncio.run(talk())
    (key,) = inbox.keys("ada@example.com")
    assert inbox.read(key).endswith(content)
    assert len(inbox.keys()) == 2


def test_a_taken_port_is_one_clear_line(inbox: Inbox) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"port {port} of 127.0.0.1"):
            call_command("inbox", port=port)
