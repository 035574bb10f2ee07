"""Names and options of backends: a mistake is named before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import CheckMessage
from pytest_django import Settings

from newsletter.backends import registry
from newsletter.backends.base import BackendConfigurationError
from newsletter.backends.checks import check_backends
from newsletter.backends.memory import MemoryBackend
from newsletter.backends.replies import kept_reply
from newsletter.backends.smtp import SmtpBackend

SMTP = "newsletter.backends.smtp.SmtpBackend"
MEMORY = {"BACKEND": "newsletter.backends.memory.MemoryBackend", "OPTIONS": {}}


def found(settings: Settings, backends: object) -> list[CheckMessage]:
    settings.NEWSLETTER_BACKENDS = backends
    return check_backends(None)


def test_a_backend_is_made_from_its_entry(settings: Settings) -> None:
    settings.NEWSLETTER_BACKENDS = {
        "default": {"BACKEND": SMTP, "OPTIONS": {"host": "mail.test", "connections": 4}},
        "memory": MEMORY,
    }
    assert registry.get("default").capabilities.in_flight == 4
    assert isinstance(registry.get("memory"), MemoryBackend)


def test_an_unknown_name_is_named_with_the_known_ones(settings: Settings) -> None:
    settings.NEWSLETTER_BACKENDS = {"default": MEMORY}
    with pytest.raises(BackendConfigurationError, match=r"'postbox'.*it has: default"):
        registry.get("postbox")


@pytest.mark.parametrize(
    ("entry", "named"),
    [
        ("newsletter.backends.memory.MemoryBackend", "must look like"),
        ({"OPTIONS": {}}, "must look like"),
        ({"BACKEND": MEMORY["BACKEND"], "OPTION": {}}, "OPTION"),
        ({"BACKEND": MEMORY["BACKEND"], "OPTIONS": []}, "must be a dictionary"),
        ({"BACKEND": "newsletter.backends.nowhere.Backend"}, "can't be imported"),
        ({"BACKEND": "newsletter.backends.base.Envelope"}, "no backend"),
        ({"BACKEND": SMTP, "OPTIONS": {}}, "host must name"),
        ({"BACKEND": SMTP, "OPTIONS": {"host": "mail.test", "timeuot": 3}}, "timeuot"),
        ({"BACKEND": SMTP, "OPTIONS": {"host": "mail.test", "tls": "ssl"}}, "tls must be one of"),
        ({"BACKEND": SMTP, "OPTIONS": {"host": "mail.test", "connections": 0}}, "connections"),
        ({"BACKEND": SMTP, "OPTIONS": {"host": "mail.test", "port": "25"}}, "port"),
        ({"BACKEND": SMTP, "OPTIONS": {"host": "", "port": 25}}, "host"),
        ({"BACKEND": SMTP, "OPTIONS": {"host": "mail.test", "ca_file": "/nowhere.pem"}}, "ca_file"),
        ({"BACKEND": MEMORY["BACKEND"], "OPTIONS": {"results": {"ana@example.com": "lost"}}}, "results"),
    ],
)
def test_a_wrong_entry_is_an_error_that_names_it(settings: Settings, entry: Any, named: str) -> None:
    messages = found(settings, {"default": MEMORY, "relay": entry})
    assert [message.id for message in messages] == ["newsletter.E003"]
    assert "NEWSLETTER_BACKENDS['relay']" in messages[0].msg
    assert named in messages[0].msg


def test_a_missing_default_is_an_error(settings: Settings) -> None:
    assert [message.id for message in found(settings, {"memory": MEMORY})] == ["newsletter.E002"]


def test_a_setting_that_is_no_dictionary_is_an_error(settings: Settings) -> None:
    assert [message.id for message in found(settings, [MEMORY])] == ["newsletter.E001"]


def test_a_right_setting_has_nothing_to_say(settings: Settings) -> None:
    assert found(settings, {"default": MEMORY}) == []


def test_a_password_in_the_clear_is_warned_of_unless_it_stays_on_this_machine(settings: Settings) -> None:
    options = {"host": "mail.test", "tls": "none", "user": "rounds", "password": "secret word"}
    far = found(settings, {"default": {"BACKEND": SMTP, "OPTIONS": options}})
    near = found(settings, {"default": {"BACKEND": SMTP, "OPTIONS": {**options, "host": "127.0.0.1"}}})
    assert ([message.id for message in far], near) == (["newsletter.W001"], [])


def test_no_message_of_a_check_repeats_a_password(settings: Settings) -> None:
    options = {"host": "mail.test", "password": "secret word", "tls": "ssl"}
    (message,) = found(settings, {"default": {"BACKEND": SMTP, "OPTIONS": options}})
    assert "secret word" not in str(message)


def test_a_password_is_not_shown_by_a_server_s_repr() -> None:
    assert "secret word" not in repr(vars(SmtpBackend(host="mail.test", password="secret word")))


def test_a_kept_reply_is_one_line_without_the_recipient() -> None:
    reply = kept_reply("550-5.1.1 <Ana@Example.com>\r\n550 no\x07 such user\u2028", recipient="ana@example.com")
    assert reply == "550-5.1.1 <…> 550 no  such user"
