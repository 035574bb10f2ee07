"""Each variable: what it reads, and the one line that names it where it can't."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import env
from tests.unit.variables import SECRET, read, refused


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
