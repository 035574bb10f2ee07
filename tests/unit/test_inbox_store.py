"""The inbox's Maildir: what is kept, found by recipient, refused by name."""

from __future__ import annotations

import mailbox
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from inbox import message
from inbox.store import Envelope, Inbox, NoSuchMessageError, received_at

MAIL = b"Subject: Hello\r\nFrom: Ada <ada@example.org>\r\n\r\nGood day.\r\n"


def add(inbox: Inbox, recipient: str = "ben@example.com", content: bytes = MAIL) -> str:
    return inbox.add(Envelope(sender="bounce@example.org", recipient=recipient), content)


def test_a_message_is_kept_as_it_came_under_its_envelope(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    key = add(inbox)
    assert inbox.read(key) == b"Return-Path: <bounce@example.org>\r\nDelivered-To: ben@example.com\r\n" + MAIL


def test_the_newest_message_is_first(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    keys = [add(inbox) for _ in range(5)]
    assert inbox.keys() == keys[::-1]


def test_messages_are_found_by_recipient_in_any_case_and_without_opening_them(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    key = add(inbox, "Ben@Example.com")
    add(inbox, "other@example.com")
    (tmp_path / "new" / key).write_bytes(b"")
    assert inbox.keys(" ben@example.com ") == [key]
    assert inbox.keys("nobody@example.com") == []


def test_a_key_says_when_its_message_came(tmp_path: Path) -> None:
    when = received_at(add(Inbox(tmp_path)))
    assert abs(datetime.now(tz=UTC) - when) < timedelta(minutes=1)


@pytest.mark.parametrize(
    "key",
    ["", "..", "../secret", "/etc/passwd", "0" * 20 + "-deadbeef-../../secret", "0" * 20 + "-00000000-" + "0" * 16],
)
def test_a_key_that_was_never_given_out_reads_nothing(tmp_path: Path, key: str) -> None:
    (tmp_path / "secret").write_text("secret")
    inbox = Inbox(tmp_path / "inbox")
    add(inbox)
    with pytest.raises(NoSuchMessageError):
        inbox.read(key)


def test_an_inbox_that_got_nothing_yet_is_empty(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "none")
    assert inbox.keys() == []
    assert inbox.clear() == 0


def test_clearing_says_how_many_there_were(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    add(inbox)
    add(inbox)
    assert inbox.clear() == 2
    assert inbox.keys() == []


def test_files_of_others_in_the_folder_are_not_messages(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    key = add(inbox)
    (tmp_path / "new" / ".DS_Store").write_text("x")
    assert inbox.keys() == [key]


def test_it_is_a_maildir_that_others_read(tmp_path: Path) -> None:
    add(Inbox(tmp_path))
    (found,) = mailbox.Maildir(tmp_path, create=False)
    assert found["Subject"] == "Hello"


def test_both_bodies_and_the_headers_are_read() -> None:
    content = (
        b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/alternative; boundary="x"\r\n\r\n'
        b"--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nplain \xc3\xbc\r\n"
        b"--x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>rich</p>\r\n--x--\r\n"
    )
    read = message.read(content)
    assert read.summary.subject == "Grüße"
    assert read.text is not None
    assert read.text.strip() == "plain ü"
    assert read.html is not None
    assert read.html.strip() == "<p>rich</p>"
    assert ("Subject", "Grüße") in read.headers


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff\xfe",
        b"no header at all",
        b"Subject: =?utf-8?q?=C3?=\r\n\r\n\xe9",
        b"Content-Type: text/html; charset=nobody-knows\r\n\r\n<p>caf\xe9</p>",
        b'Content-Type: multipart/alternative; boundary=""\r\n\r\n--\r\n',
        b"Content-Transfer-Encoding: base64\r\nContent-Type: text/plain\r\n\r\n!!!!",
        b"From: <<<>>>,,,;@\r\nTo: undisclosed:;\r\nDate: yesterday\r\nContent-Type: ;;;\r\n\r\nx",
        b"Content-Type: text/plain; charset*=x'y\r\nContent-Disposition: a; filename*0*=utf-8''%\r\n\r\nx",
    ],
)
def test_whatever_comes_has_a_source_to_show(content: bytes) -> None:
    read = message.read(content)
    assert read.source == content.decode(errors="backslashreplace").replace("\r\n", "\n")
    assert message.summarise(content).subject == read.summary.subject


def test_a_message_that_the_parser_chokes_on_has_a_problem_and_its_source(monkeypatch: pytest.MonkeyPatch) -> None:
    def choke(*args: object) -> None:
        raise IndexError("string index out of range")

    monkeypatch.setattr("email.parser.BytesParser.parsebytes", choke)
    read = message.read(MAIL)
    assert "string index out of range" in read.problem
    assert "Good day." in read.source
