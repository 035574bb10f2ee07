"""The results of a batch, from an archive that may be anything."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.backends.mailchimp import results
from newsletter.backends.mailchimp.answers import OperationResult
from newsletter.backends.mailchimp.errors import (
    ComplianceError,
    DownError,
    MailchimpError,
    RefusedError,
    UnexpectedAnswerError,
)
from newsletter.backends.mailchimp.results import read_results
from newsletter.backends.mailchimp.wire import Answer, Lost

MEMBER = {"id": "0" * 32, "email_address": "a@example.com", "status": "pending"}


def entry(key: str, status: int, response: object) -> dict[str, object]:
    return {"status_code": status, "operation_id": key, "response": json.dumps(response)}


def packed(*files: tuple[str, bytes], change: Callable[[tarfile.TarInfo], None] | None = None) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, content in files:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            if change is not None:
                change(info)
            archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def read(body: bytes) -> list[OperationResult]:
    return list(read_results(Answer(status=200, headers={"content-type": "application/gzip"}, body=body)))


def test_each_operation_is_judged_as_a_call_of_its_own() -> None:
    listed = [
        entry("s:1", 200, MEMBER),
        entry("s:2", 400, {"title": "Member In Compliance State", "detail": "b@example.com is in a compliance state"}),
        entry("s:3", 400, {"title": "Invalid Resource", "errors": [{"field": "FNAME", "message": "is required"}]}),
        entry("s:4", 500, {}),
        entry("s:5", 200, "<html>"),
        {"status_code": 204, "operation_id": "s:6", "response": ""},
    ]
    done, compliance, field, down, unreadable, empty = read(
        packed(("a/1.json", json.dumps(listed[:3]).encode()), ("a/2.json", json.dumps(listed[3:]).encode()))
    )
    assert done.member is not None
    assert (done.key, done.status, done.member.status, done.error) == ("s:1", 200, "pending", None)
    assert type(compliance.error) is ComplianceError
    assert "example" not in str(compliance.error)
    assert isinstance(field.error, RefusedError)
    assert field.error.fields[0].field == "FNAME"
    assert type(down.error) is DownError
    assert type(unreadable.error) is UnexpectedAnswerError
    assert (empty.member, empty.error) == (None, None)


def test_members_of_the_archive_go_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    content = json.dumps([entry("s:1", 200, MEMBER)]).encode()
    body = packed(("../../slip.json", content), ("/etc/cron.d/slip.json", content), ("note.txt", b"not for us"))
    assert len(read(body)) == 2
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE])
def test_what_is_no_plain_file_is_passed_over(kind: bytes) -> None:
    def change(info: tarfile.TarInfo) -> None:
        info.type, info.linkname, info.size = kind, "/etc/passwd", 0

    assert read(packed(("a.json", b""), change=change)) == []


def test_a_bomb_is_cut_off_long_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "MOST_UNPACKED", 1024 * 1024)
    bomb = packed(("a.txt", b"\0" * 8 * 1024 * 1024))
    assert len(bomb) < 20_000
    with pytest.raises(UnexpectedAnswerError):
        read(bomb)


def test_one_file_may_only_be_so_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "MOST_OF_A_FILE", 1000)
    with pytest.raises(UnexpectedAnswerError):
        read(packed(("a.json", b" " * 1001)))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        gzip.compress(b"no archive"),
        packed(("a.json", b"[]"))[:-20],
        packed(("a.json", b"{}")),
        packed(("a.json", b"[")),
        packed(("a.json", b"[" * 100_000)),
        packed(("a.json", b"[1]")),
        packed(("a.json", b'[{"status_code": 200, "response": "{}"}]')),
    ],
    ids=["empty", "html", "no-tar", "cut", "no-list", "half-a-list", "too-deep", "no-results", "no-key"],
)
def test_what_is_no_archive_of_results_is_unexpected(body: bytes) -> None:
    with pytest.raises(UnexpectedAnswerError):
        read(body)


@given(st.binary(max_size=400), st.integers(0, 400))
def test_a_damaged_archive_never_raises_anything_else(noise: bytes, at: int) -> None:
    whole = packed(("a.json", json.dumps([entry("s:1", 200, MEMBER)]).encode()))
    for body in (noise, whole[:at] + noise[:3] + whole[at + 3 :], gzip.compress(noise * 20)):
        try:
            assert isinstance(read(body), list)
        except MailchimpError:
            continue


def test_where_there_is_no_answer_there_are_no_results() -> None:
    with pytest.raises(DownError):
        read_results(Lost(reason="reset", was_sent=True))
    with pytest.raises(UnexpectedAnswerError):
        read_results(Answer(status=302, headers={"location": "https://evil.example"}, body=b""))
