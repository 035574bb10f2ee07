"""Logging in: the way that is chosen, what is said, and that no refusal holds a secret."""

from __future__ import annotations

import base64
import hmac

import pytest

from newsletter.backends.base import BackendConfigurationError
from newsletter.backends.smtp import SmtpBackend
from newsletter.backends.smtp.conversation import Conversation
from newsletter.backends.smtp.terms import Terms
from tests.fakes.recording_work import RecordingWork

SECRET = "hunter2 hunter2"
TOKEN = "ya29.a0AfH6SMBx"


def plain(text: str) -> bytes:
    return base64.b64encode(text.encode())


def begun(offered: str, **options: str) -> tuple[Conversation, bytes]:
    terms = Terms(server="mail.test:25", user="ada", **{"password": SECRET, "tls": "implicit", **options})  # type: ignore[arg-type]
    conversation = Conversation(terms, RecordingWork([]))
    conversation.feed(b"220 hello\r\n")
    return conversation, conversation.feed(f"250-m\r\n250 {offered}\r\n".encode())


@pytest.mark.parametrize(
    ("offered", "options", "said"),
    [
        ("AUTH LOGIN PLAIN CRAM-MD5", {}, b"AUTH PLAIN "),
        ("AUTH LOGIN CRAM-MD5", {}, b"AUTH LOGIN\r\n"),
        ("AUTH=LOGIN", {}, b"AUTH LOGIN\r\n"),
        ("AUTH CRAM-MD5 XOAUTH2", {}, b"AUTH CRAM-MD5\r\n"),
        ("AUTH LOGIN PLAIN CRAM-MD5", {"tls": "none"}, b"AUTH CRAM-MD5\r\n"),
        ("AUTH LOGIN PLAIN", {"tls": "none"}, b"AUTH PLAIN "),
        ("AUTH LOGIN PLAIN CRAM-MD5", {"auth": "LOGIN"}, b"AUTH LOGIN\r\n"),
        ("AUTH PLAIN XOAUTH2", {"access_token": TOKEN}, b"AUTH XOAUTH2 "),
    ],
)
def test_the_best_way_that_is_offered_is_taken(offered: str, options: dict[str, str], said: bytes) -> None:
    assert begun(offered, **options)[1].startswith(said)


@pytest.mark.parametrize(
    ("offered", "options"),
    [
        ("AUTH GSSAPI", {}),
        ("SIZE 100", {}),
        ("AUTH PLAIN", {"auth": "CRAM-MD5"}),
        ("AUTH PLAIN LOGIN", {"access_token": TOKEN}),
    ],
)
def test_without_a_way_that_both_know_nobody_logs_in(offered: str, options: dict[str, str]) -> None:
    conversation, said = begun(offered, **options)
    assert said == b"QUIT\r\n"
    assert "no way to log in" in conversation.failure


def test_plain_says_user_and_password_at_once() -> None:
    conversation, said = begun("AUTH PLAIN")
    assert said == b"AUTH PLAIN " + plain(f"\0ada\0{SECRET}") + b"\r\n"
    conversation.feed(b"235 welcome\r\n")
    assert conversation.state == "ready"


def test_login_says_them_one_by_one() -> None:
    conversation, _ = begun("AUTH LOGIN")
    assert conversation.feed(b"334 VXNlcm5hbWU6\r\n") == plain("ada") + b"\r\n"
    assert conversation.feed(b"334 UGFzc3dvcmQ6\r\n") == plain(SECRET) + b"\r\n"
    conversation.feed(b"235 welcome\r\n")
    assert conversation.state == "ready"


def test_cram_md5_proves_the_password_without_saying_it() -> None:
    conversation, _ = begun("AUTH CRAM-MD5")
    challenge = b"<1896.697170952@postoffice.example>"
    digest = hmac.new(SECRET.encode(), challenge, "md5").hexdigest()
    assert conversation.feed(b"334 " + base64.b64encode(challenge) + b"\r\n") == plain(f"ada {digest}") + b"\r\n"


def test_a_challenge_that_is_none_ends_the_attempt() -> None:
    conversation, _ = begun("AUTH CRAM-MD5")
    assert conversation.feed(b"334 !!!\r\n") == b"*\r\n"
    conversation.feed(b"501 cancelled\r\n")
    assert "no proper challenge" in conversation.failure


def test_xoauth2_hears_the_reason_of_a_refusal() -> None:
    conversation, said = begun("AUTH XOAUTH2", access_token=TOKEN)
    assert said == b"AUTH XOAUTH2 " + plain(f"user=ada\x01auth=Bearer {TOKEN}\x01\x01") + b"\r\n"
    assert conversation.feed(b"334 " + plain('{"status":"401","schemes":"bearer"}') + b"\r\n") == b"\r\n"
    conversation.feed(b"535 5.7.8 not accepted\r\n")
    assert "refused our login: 535 5.7.8 not accepted (status 401)" in conversation.failure
    assert TOKEN not in conversation.failure


@pytest.mark.parametrize("answer", [b"535 no\r\n", b"421 no\r\n", b"250 well\r\n", b"334 \r\n", b"nonsense\r\n"])
def test_no_refusal_holds_what_was_sent(answer: bytes) -> None:
    conversation, _ = begun("AUTH PLAIN")
    conversation.feed(answer)
    assert conversation.failure
    assert SECRET not in conversation.failure
    assert plain(SECRET).decode() not in conversation.failure


def test_no_secret_is_shown_with_the_terms() -> None:
    assert SECRET not in repr(Terms(server="m:25", password=SECRET, access_token=SECRET))


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"auth": "DIGEST-MD5"}, "auth must be one of"),
        ({"auth": "XOAUTH2"}, "needs an access_token"),
        ({"access_token": "newsletter.backends.smtp.login.WAYS"}, "can't be called"),
        ({"window": 1000}, "window"),
        ({"relays": [{"host": "b.test"}]}, "either host or relays"),
        ({"dkim": {"domain": "rounds.example"}}, "key_file, selector"),
        ({"dkim": {"domain": "a.test", "selector": "s", "key_file": "/nowhere.pem"}}, "can't be read"),
        ({"dkim": {}}, "dkim needs"),
    ],
)
def test_a_wrong_option_is_named(options: dict[str, object], named: str) -> None:
    with pytest.raises(BackendConfigurationError, match=named):
        SmtpBackend(**{"host": "a.test", **options})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("relays", "named"),
    [
        ([], "must be a list"),
        ("a.test", "must be a list"),
        ([{"port": 25}], "with a host"),
        ([{"host": "a.test", "wieght": 1}], "nobody knows wieght"),
        ([{"host": "a.test", "weight": -1}], "weight"),
        ([{"host": "a.test", "tls": "ssl"}], "tls must be one of"),
    ],
)
def test_a_wrong_list_of_relays_is_named(relays: object, named: str) -> None:
    with pytest.raises(BackendConfigurationError, match=named):
        SmtpBackend(relays=relays)  # type: ignore[arg-type]
