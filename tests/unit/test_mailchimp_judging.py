"""What an answer of Mailchimp's means, and when it may be asked for again."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.backends.mailchimp.errors import (
    ComplianceError,
    DownError,
    FieldProblem,
    KeyRefusedError,
    MailchimpError,
    NotFoundError,
    RefusedError,
    ThrottledError,
    UnexpectedAnswerError,
    UnsureError,
)
from newsletter.backends.mailchimp.judging import LONGEST_WISH, judge, retry_after, wish
from newsletter.backends.mailchimp.wire import Answer, Asked, Lost

NOW = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
READ, WRITE, ACT = Asked(again=True), Asked(again=False), Asked(again=False, body=False)
JSON = "application/json; charset=utf-8"
PROBLEM = "application/problem+json; charset=utf-8"
HTML = b"<!doctype html><title>Please log in</title>"


def answer(status: int, body: bytes | dict[str, object] = b"", *, kind: str = "", wished: str = "") -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"content-type": kind or (PROBLEM if isinstance(body, dict) else "")}
    return Answer(status=status, headers={**headers, **({"retry-after": wished} if wished else {})}, body=content)


def problem(title: str, detail: str = "", **more: object) -> dict[str, object]:
    return {"type": "about:blank", "title": title, "detail": detail, "instance": "", **more}


def error_of(came: Answer | Lost, asked: Asked) -> MailchimpError:
    with pytest.raises(MailchimpError) as caught:
        judge(came, asked, now=NOW)
    return caught.value


REFUSALS = [
    (401, problem("API Key Invalid", "Your API key may be invalid, or wrong datacenter."), KeyRefusedError),
    (401, b"", KeyRefusedError),
    (403, problem("Wrong Datacenter", "The API key is linked to a different datacenter"), KeyRefusedError),
    (403, problem("Forbidden", "You are not permitted to access this resource"), KeyRefusedError),
    (403, b"", ThrottledError),
    (403, b"<html>Access Denied", ThrottledError),
    (404, problem("Resource Not Found"), NotFoundError),
    (410, problem("Resource Gone"), NotFoundError),
    (429, b"", ThrottledError),
    (429, problem("Too Many Requests"), ThrottledError),
    (400, problem("Member In Compliance State", "x is in a compliance state"), ComplianceError),
    (400, problem("Forgotten Email Not Subscribed", "x was permanently deleted"), ComplianceError),
    (400, problem("Invalid Resource"), RefusedError),
    (405, problem("Method Not Allowed"), RefusedError),
    (414, b"", RefusedError),
    (422, b"{}", RefusedError),
    (500, problem("Compliance Related", "We've identified compliance violations"), RefusedError),
]


@pytest.mark.parametrize("asked", [READ, WRITE, ACT])
@pytest.mark.parametrize(("status", "body", "kind"), REFUSALS)
def test_a_refusal_is_a_typed_error_whatever_was_asked(
    status: int, body: bytes | dict[str, object], kind: type[MailchimpError], asked: Asked
) -> None:
    assert type(error_of(answer(status, body), asked)) is kind


@pytest.mark.parametrize(("status", "body", "kind"), REFUSALS)
def test_an_error_means_the_same_as_json_and_as_problem_json(
    status: int, body: bytes | dict[str, object], kind: type[MailchimpError]
) -> None:
    assert str(error_of(answer(status, body, kind=JSON), READ)) == str(error_of(answer(status, body), READ))


#: What leaves open whether it was done: the answer, and what it is for a call that may be repeated.
OPEN = [
    (Lost(reason="reset", was_sent=True), DownError),
    (answer(500), DownError),
    (answer(502, HTML, kind="text/html"), DownError),
    (answer(503, problem("Internal Server Error")), DownError),
    (answer(503, wished="90"), ThrottledError),
    (answer(408), DownError),
    # What is not there is so by Mailchimp's word only, and not by that of a machine on the way.
    (answer(404), DownError),
    (answer(404, HTML, kind="text/html"), DownError),
    (answer(404, {}, kind=JSON), DownError),
    (answer(404, {"message": "no Route matched with those values"}, kind=JSON), DownError),
    (answer(410), DownError),
    (answer(200), UnexpectedAnswerError),
    (answer(204), UnexpectedAnswerError),
    (answer(200, HTML, kind="text/html"), UnexpectedAnswerError),
    (answer(200, HTML, kind=JSON), UnexpectedAnswerError),
    (answer(200, b'{"id": "cut', kind=JSON), UnexpectedAnswerError),
    (answer(200, b"[]", kind=JSON), UnexpectedAnswerError),
    (answer(200, b"[" * 100_000, kind=JSON), UnexpectedAnswerError),
    (answer(200, b"\xff\xfe{", kind=JSON), UnexpectedAnswerError),
    (answer(200, b"{}", kind="text/plain"), UnexpectedAnswerError),
    (answer(303), UnexpectedAnswerError),
]


@pytest.mark.parametrize(("came", "kind"), OPEN)
def test_an_answer_that_leaves_it_open_is_unsure_only_where_asking_twice_is_not_asking_once(
    came: Answer | Lost, kind: type[MailchimpError]
) -> None:
    assert type(error_of(came, READ)) is kind
    assert type(error_of(came, WRITE)) is UnsureError


@pytest.mark.parametrize("asked", [READ, WRITE, ACT])
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_no_answer(status: int, asked: Asked) -> None:
    assert type(error_of(answer(status, HTML), asked)) is UnexpectedAnswerError


@pytest.mark.parametrize("asked", [READ, WRITE, ACT])
def test_nothing_was_done_when_nothing_was_sent(asked: Asked) -> None:
    assert type(error_of(Lost(reason="refused", was_sent=False), asked)) is DownError


@pytest.mark.parametrize("status", [200, 202, 204])
def test_an_empty_answer_is_a_success_where_none_was_promised(status: int) -> None:
    assert judge(answer(status), ACT, now=NOW) == {}


def test_a_page_of_html_is_no_success_of_an_action() -> None:
    assert type(error_of(answer(200, HTML, kind="text/html"), ACT)) is UnsureError


@pytest.mark.parametrize("kind", ["application/json", JSON, PROBLEM, "application/hal+json", ""])
def test_an_object_is_read(kind: str) -> None:
    came = Answer(status=200, headers={"content-type": kind} if kind else {}, body=b'{"id": "a1"}')
    assert judge(came, WRITE, now=NOW) == {"id": "a1"}


def test_the_fields_of_a_refusal_are_named_and_quote_nobody() -> None:
    body = problem(
        "Invalid Resource",
        "jane@example.com looks fake or invalid, please enter a real email address.",
        errors=[
            {"field": "MMERGE3", "message": "Please enter a value"},
            {"field": "", "message": "Jane Doe <jane%40example.com> is 8cf1a3b3b2f2a7b0c4d6e8f001122334"},
            "nonsense",
        ],
    )
    error = error_of(answer(400, body), Asked(again=True, private=("jane@example.com", "Jane Doe")))
    assert isinstance(error, RefusedError)
    assert error.title == "Invalid Resource"
    assert error.fields[0] == FieldProblem("MMERGE3", "Please enter a value")
    for text in (str(error), repr(error), error.fields[1].message):
        assert "jane" not in text.lower()
        assert "example" not in text
        assert "8cf1a3b3" not in text
    assert "MMERGE3: Please enter a value" in str(error)


def test_who_was_deleted_for_good_is_told_from_who_left() -> None:
    left = error_of(answer(400, problem("Member In Compliance State")), READ)
    forgotten = error_of(answer(400, problem("Forgotten Email Not Subscribed")), READ)
    assert isinstance(left, ComplianceError)
    assert isinstance(forgotten, ComplianceError)
    assert (left.forgotten, forgotten.forgotten) == (False, True)


@pytest.mark.parametrize(
    "said",
    [
        "The API key provided is linked to a different datacenter",
        "This key belongs to us5, not us21",
        "The API key is linked to another datacenter than us21.",
    ],
)
def test_a_key_with_the_end_of_another_one_is_said_to_be_without_guessing_which_is_right(said: str) -> None:
    error = error_of(answer(403, problem("Wrong Datacenter", said)), READ)
    assert isinstance(error, KeyRefusedError)
    assert not error.is_forbidden
    assert "another data centre than its end says" in str(error)
    assert "us5" not in str(error)


def test_only_a_user_without_the_right_is_forbidden() -> None:
    forbidden = error_of(answer(403, problem("Forbidden", "You are not permitted")), READ)
    unknown = error_of(answer(401), READ)
    assert isinstance(forbidden, KeyRefusedError)
    assert isinstance(unknown, KeyRefusedError)
    assert (forbidden.is_forbidden, unknown.is_forbidden) == (True, False)


def test_the_wish_of_a_throttled_answer_is_kept() -> None:
    wished = error_of(answer(429, wished="17"), WRITE)
    silent = error_of(answer(429), WRITE)
    assert isinstance(wished, ThrottledError)
    assert isinstance(silent, ThrottledError)
    assert (wished.seconds, silent.seconds) == (17, 5)


WISHES = [
    (answer(200, b"{}"), None, None),
    (answer(400), None, None),
    (answer(401), None, None),
    (answer(404, problem("Resource Not Found")), None, None),
    (answer(404), 0, None),
    (answer(301), None, None),
    (answer(403), 60, 60),
    (answer(403, problem("Forbidden")), None, None),
    (answer(429), 0, 0),
    (answer(429, wished="3"), 3, 3),
    (answer(500), 0, None),
    (answer(500, problem("Compliance Related")), None, None),
    (answer(503, wished="Wed, 01 Jul 2026 12:00:20 GMT"), 20, None),
    (answer(501), None, None),
    (Lost(reason="reset", was_sent=True), 0, None),
    (Lost(reason="refused", was_sent=False), 0, 0),
]


@pytest.mark.parametrize(("came", "read", "write"), WISHES)
def test_only_what_certainly_was_not_done_or_may_be_done_twice_is_asked_again(
    came: Answer | Lost, read: float | None, write: float | None
) -> None:
    assert wish(came, READ, now=NOW) == read
    assert wish(came, WRITE, now=NOW) == write


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("", 0),
        ("7", 7),
        (" 7 ", 7),
        ("-7", 0),
        ("7.5", 0),
        ("٧", 0),
        ("9" * 400, LONGEST_WISH),
        ("soon", 0),
        ("Wed, 01 Jul 2026 12:01:00 GMT", 60),
        ("Wed, 01 Jul 2026 11:00:00 GMT", 0),
        ("Wed, 01 Jul 2026 12:01:00 -0000", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_WISH),
        ("Wed, 99 Jul 2026 12:00:00 GMT", 0),
    ],
)
def test_a_wish_is_read_in_both_forms(header: str, seconds: float) -> None:
    assert retry_after(header, now=NOW) == seconds


@given(st.text(max_size=60))
def test_whatever_a_wish_says_it_is_some_seconds(header: str) -> None:
    assert 0 <= retry_after(header, now=NOW) <= LONGEST_WISH


@given(st.integers(100, 999), st.binary(max_size=200), st.sampled_from(["", JSON, PROBLEM, "text/html", "\x00;"]))
def test_whatever_comes_is_an_object_or_a_typed_error(status: int, body: bytes, kind: str) -> None:
    for asked in (READ, WRITE, ACT):
        with contextlib.suppress(MailchimpError):
            assert isinstance(judge(answer(status, body, kind=kind), asked, now=NOW), dict)
