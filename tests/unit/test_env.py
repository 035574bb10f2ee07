"""Each variable: what it reads, and the one line that names it where it can't."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import env
from config.settings.base import newsletter_backends

SECRET = "hunter2-hunter2"


def read(parse: Callable[[str, str], Any], value: str) -> Any:
    return env.read("NAME", parse, {"NAME": value})


def refused(parse: Callable[[str, str], Any], value: str) -> str:
    """The message, after looking that it is one line, names the variable and gives no secret away."""
    with pytest.raises(env.EnvironmentValueError) as caught:
        read(parse, value)
    text = str(caught.value)
    assert "NAME" in text
    assert "\n" not in text
    assert "hunter2" not in text
    return text


def test_an_smtp_url_is_read_with_its_escapes() -> None:
    address = read(env.smtp_address, "smtp://ada%40example.org:p%2Fw%3A@mail.example.org:2587?tls=starttls")
    assert address == env.SmtpAddress(
        host="mail.example.org", port=2587, user="ada@example.org", password="p/w:", tls="starttls"
    )


@pytest.mark.parametrize(("tls", "port"), [("starttls", 587), ("implicit", 465), ("none", 25)])
def test_the_kind_of_tls_decides_the_port_where_none_is_given(tls: str, port: int) -> None:
    assert read(env.smtp_address, f"smtp://mail.example.org?tls={tls}").port == port


def test_mail_is_encrypted_unless_told_otherwise() -> None:
    assert read(env.smtp_address, "smtp://mail.example.org").tls == "starttls"


def test_an_smtp_url_may_hold_several_relays_with_their_weights() -> None:
    address = read(
        env.smtp_address,
        "smtp://a:b@one.example.org?weight=3  smtp://two.example.org:25?tls=none smtp://spare.example.org?weight=0",
    )
    assert (address.host, address.weight) == ("one.example.org", 3)
    assert [(one.host, one.port, one.tls, one.weight) for one in address.others] == [
        ("two.example.org", 25, "none", 1),
        ("spare.example.org", 587, "starttls", 0),
    ]


def test_a_password_is_not_shown_with_its_address() -> None:
    address = read(env.smtp_address, f"smtp://a:{SECRET}@one.example.org smtp://a:{SECRET}@two.example.org")
    assert SECRET not in repr(address)
    assert (address.password, address.others[0].password) == (SECRET, SECRET)


def test_several_relays_become_the_relays_of_the_default_backend() -> None:
    several = read(env.smtp_address, "smtp://one.example.org?weight=3 smtp://two.example.org")
    options = newsletter_backends(several)["default"]["OPTIONS"]
    assert isinstance(options, dict)
    assert [(relay["host"], relay["weight"]) for relay in options["relays"]] == [
        ("one.example.org", 3),
        ("two.example.org", 1),
    ]
    one = newsletter_backends(read(env.smtp_address, "smtp://one.example.org"))["default"]["OPTIONS"]
    assert isinstance(one, dict)
    assert (one["host"], "relays" in one) == ("one.example.org", False)


@pytest.mark.parametrize(
    "value",
    [
        "mail.example.org",
        f"smtp://mail.example.org smtp://ada:{SECRET}@two.example.org?tls=maybe",
        f"smtp://ada:{SECRET}@mail.example.org, smtp://two.example.org",
        f"smtp://ada:{SECRET}@mail.example.org?weight=-1",
        f"smtp://ada:{SECRET}@mail.example.org?weight=1.5",
        f"smtp://ada:{SECRET}@mail.example.org\tsmtp://two.example.org",
        "http://mail.example.org",
        "smtp://",
        "smtp://:25",
        f"smtp://ada:{SECRET}@mail.example.org/inbox",
        f"smtp://ada:{SECRET}@mail.example.org:smtp",
        f"smtp://ada:{SECRET}@mail.example.org:0",
        f"smtp://ada:{SECRET}@mail.example.org:70000",
        f"smtp://ada:{SECRET}@[mail.example.org",
        f"smtp://ada:{SECRET}@mail.example.org?tls=maybe",
        f"smtp://ada:{SECRET}@mail.example.org?ssl=1",
        f"smtp://ada:{SECRET}/x@mail.example.org",
        f"smtp://ada:?{SECRET}@mail.example.org",
        f"smtp://ada:pw?tls={SECRET}@mail.example.org",
        f"smtp://ada:{SECRET}@mail.example.org:587\r\nX: y",
        f"smtp://ada: {SECRET}@mail.example.org",
    ],
)
def test_a_malformed_smtp_url_is_refused_without_its_password(value: str) -> None:
    refused(env.smtp_address, value)


@given(st.text(max_size=60))
def test_an_smtp_url_is_read_or_refused_and_nothing_else_happens(text: str) -> None:
    with contextlib.suppress(env.EnvironmentValueError):
        assert env.smtp_address(f"smtp://{text}").tls in env.TLS_MODES


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("https://www.example.org", "https://www.example.org"),
        ("https://www.example.org/", "https://www.example.org"),
        ("http://127.0.0.1:8700", "http://127.0.0.1:8700"),
    ],
)
def test_a_base_url_has_no_slash_at_its_end(value: str, expected: str) -> None:
    assert read(env.base_url, value) == expected


@pytest.mark.parametrize(
    "value",
    [
        "www.example.org",
        "ftp://www.example.org",
        "https://",
        "https://www.example.org/blog",
        "https://www.example.org?x=1",
        "https://www.example.org#top",
        f"https://ada:{SECRET}@www.example.org",
        "https://www.example.org:port",
        "https://www.exa mple.org",
    ],
)
def test_a_malformed_base_url_is_refused(value: str) -> None:
    refused(env.base_url, value)


def test_media_are_kept_in_a_folder() -> None:
    storage = read(env.media_storage, "file:///srv/rounds%20media")
    assert storage["OPTIONS"] == {"location": "/srv/rounds media"}


def test_media_in_a_bucket_have_public_addresses_that_do_not_expire() -> None:
    storage = read(env.media_storage, "s3://rounds-media?domain=media.example.org")
    assert storage["OPTIONS"] == {
        "bucket_name": "rounds-media",
        "custom_domain": "media.example.org",
        "file_overwrite": False,
    }


def test_a_bucket_without_a_domain_is_read_at_amazon() -> None:
    assert read(env.media_storage, "s3://rounds-media")["OPTIONS"]["custom_domain"] == "rounds-media.s3.amazonaws.com"


@pytest.mark.parametrize(
    "value",
    [
        "media",
        "/srv/media",
        "file://srv/media",
        "file:///",
        "file://",
        "s3://",
        "s3://Not_A_Bucket",
        "s3://bucket/folder",
        "s3://bucket?domain=",
        "s3://bucket?domain=evil.example/x",
        "s3://bucket?region=us-east-1",
        f"s3://key:{SECRET}@bucket",
        "gs://bucket",
    ],
)
def test_a_malformed_media_storage_is_refused(value: str) -> None:
    refused(env.media_storage, value)


def test_a_postgresql_url_is_read_with_its_escapes() -> None:
    database = read(env.database, "postgres://ada:p%2Fw@db.example.org:6432/rounds")
    assert database["ENGINE"] == "django.db.backends.postgresql"
    assert (database["HOST"], database["PORT"], database["NAME"]) == ("db.example.org", 6432, "rounds")
    assert (database["USER"], database["PASSWORD"]) == ("ada", "p/w")
    assert database["CONN_HEALTH_CHECKS"] is True
    assert database["OPTIONS"] == {"connect_timeout": 10}


def test_what_a_postgresql_url_says_of_its_connections_holds() -> None:
    database = read(env.database, "postgres://ada@db.example.org/rounds?connect_timeout=3&sslmode=require")
    assert database["OPTIONS"] == {"connect_timeout": 3, "sslmode": "require"}


def test_a_sqlite_url_with_four_slashes_is_absolute(tmp_path: Path) -> None:
    database = read(env.database, f"sqlite:///{tmp_path}/ro%20unds.sqlite3")
    assert database["NAME"] == f"{tmp_path}/ro unds.sqlite3"
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


def test_a_sqlite_url_with_three_slashes_is_relative() -> None:
    assert read(env.database, "sqlite:///rounds.sqlite3")["NAME"] == "rounds.sqlite3"


def test_a_sqlite_database_in_no_folder_is_refused_with_the_folder(tmp_path: Path) -> None:
    assert f"{tmp_path}/none" in refused(env.database, f"sqlite:///{tmp_path}/none/rounds.sqlite3")


@pytest.mark.parametrize(
    "value",
    [
        "rounds.sqlite3",
        "sqlite://",
        "sqlite:///",
        "sqlite://rounds.sqlite3",
        f"postgres://ada:{SECRET}@db.example.org",
        f"postgres://ada:{SECRET}@db.example.org:port/rounds",
        f"postgres://ada:{SECRET}/x@db.example.org/rounds",
        f"mysql://ada:{SECRET}@db.example.org/rounds",
    ],
)
def test_a_malformed_database_url_is_refused(value: str) -> None:
    refused(env.database, value)


@pytest.mark.parametrize("value", ["redis://localhost:6379/0", "rediss://:pw@redis.example.org", "redis://[::1]:6379"])
def test_a_redis_url_stays_as_it_is(value: str) -> None:
    assert read(env.redis_url, value) == value


@pytest.mark.parametrize(
    "value", ["localhost:6379", "redis://", "http://redis", f"redis://:{SECRET}@redis:x", "redis://redis/first"]
)
def test_a_malformed_redis_url_is_refused(value: str) -> None:
    refused(env.redis_url, value)


def test_a_secret_key_is_long_enough_or_refused_without_repeating_it() -> None:
    assert read(env.secret_key, "k" * 32) == "k" * 32
    assert "15 characters" in refused(env.secret_key, SECRET)


def test_former_keys_are_read_newest_first_and_none_may_be_short() -> None:
    newer, older = "n" * 40, "o" * 40
    assert read(env.secret_keys, f"{newer}, {older},") == [newer, older]
    refused(env.secret_keys, f"{newer},{SECRET}")


def test_hosts_are_names_and_never_everything() -> None:
    assert read(env.host_list, "www.example.org, .example.com,127.0.0.1,[::1]") == [
        "www.example.org",
        ".example.com",
        "127.0.0.1",
        "[::1]",
    ]
    for value in ("*", ",", "https://www.example.org", "www.example.org/x", "-x"):
        refused(env.host_list, value)


def test_proxies_are_addresses_and_networks() -> None:
    assert read(env.network_list, "127.0.0.1, 10.0.0.0/8,::1") == ["127.0.0.1/32", "10.0.0.0/8", "::1/128"]
    for value in ("proxy.example.org", "10.0.0.0/33", "*"):
        refused(env.network_list, value)


def test_receivers_of_webhooks_are_hosts_with_their_ports() -> None:
    assert read(env.socket_list, "127.0.0.1:9000, LocalHost:80,[::1]:9000") == [
        "127.0.0.1:9000",
        "localhost:80",
        "[::1]:9000",
    ]
    for value in ("127.0.0.1", "localhost:", ":80", "localhost:0", "http://localhost:80", "*:80", "localhost:٨٠"):
        refused(env.socket_list, value)


def test_a_port_is_a_number_that_a_server_can_have() -> None:
    assert read(env.port, "8700") == 8700
    for value in ("0", "65536", "-1", "8000.5", "http", "٨٠"):
        refused(env.port, value)


def test_a_folder_is_absolute() -> None:
    assert read(env.folder, "/srv/rounds") == Path("/srv/rounds")
    refused(env.folder, "rounds")


@pytest.mark.parametrize("value", ["", "  "])
def test_a_variable_that_is_set_but_empty_is_refused(value: str) -> None:
    with pytest.raises(env.EnvironmentValueError, match="PORT is set but empty"):
        env.read("PORT", env.port, {"PORT": value}, default=8000)


def test_a_variable_that_is_not_set_has_its_default_or_is_required() -> None:
    assert env.read("PORT", env.port, {}, default=8000) == 8000
    with pytest.raises(env.EnvironmentValueError, match="SECRET_KEY is not set"):
        env.read("SECRET_KEY", env.secret_key, {})


def test_the_kept_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "var" / "secret_key"
    key = env.kept_secret_key(path)
    assert len(key) >= 50
    assert env.kept_secret_key(path) == key
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5", "1000000000000"])
def test_an_amount_is_a_whole_number_from_one(value: str) -> None:
    assert env.amount("500", "NEWSLETTER_SIGN_UPS_PER_HOUR") == 500
    with pytest.raises(env.EnvironmentValueError, match="NEWSLETTER_SIGN_UPS_PER_HOUR"):
        env.amount(value, "NEWSLETTER_SIGN_UPS_PER_HOUR")
