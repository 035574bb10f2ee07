"""Where things are kept: what is read of it, and the one line that names the variable where it can't."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import stores
from tests.unit.variables import SECRET, read, refused


def test_media_are_kept_in_a_folder() -> None:
    storage = read(stores.media_storage, "file:///srv/rounds%20media")
    assert storage["OPTIONS"] == {"location": "/srv/rounds media"}


def test_media_in_a_bucket_have_public_addresses_that_do_not_expire() -> None:
    storage = read(stores.media_storage, "s3://rounds-media?domain=media.example.org")
    assert storage["OPTIONS"] == {
        "bucket_name": "rounds-media",
        "custom_domain": "media.example.org",
        "file_overwrite": False,
    }


def test_a_bucket_without_a_domain_is_read_at_amazon() -> None:
    assert (
        read(stores.media_storage, "s3://rounds-media")["OPTIONS"]["custom_domain"] == "rounds-media.s3.amazonaws.com"
    )


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
    refused(stores.media_storage, value)


def test_a_postgresql_url_is_read_with_its_escapes() -> None:
    database = read(stores.database, "postgres://ada:p%2Fw@db.example.org:6432/rounds")
    assert database["ENGINE"] == "django.db.backends.postgresql"
    assert (database["HOST"], database["PORT"], database["NAME"]) == ("db.example.org", 6432, "rounds")
    assert (database["USER"], database["PASSWORD"]) == ("ada", "p/w")
    assert database["CONN_HEALTH_CHECKS"] is True
    assert database["OPTIONS"] == {"connect_timeout": 10}


def test_what_a_postgresql_url_says_of_its_connections_holds() -> None:
    database = read(stores.database, "postgres://ada@db.example.org/rounds?connect_timeout=3&sslmode=require")
    assert database["OPTIONS"] == {"connect_timeout": 3, "sslmode": "require"}


def test_a_sqlite_url_with_four_slashes_is_absolute(tmp_path: Path) -> None:
    database = read(stores.database, f"sqlite:///{tmp_path}/ro%20unds.sqlite3")
    assert database["NAME"] == f"{tmp_path}/ro unds.sqlite3"
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


def test_a_sqlite_url_with_three_slashes_is_relative() -> None:
    assert read(stores.database, "sqlite:///rounds.sqlite3")["NAME"] == "rounds.sqlite3"


def test_a_sqlite_database_in_no_folder_is_refused_with_the_folder(tmp_path: Path) -> None:
    assert f"{tmp_path}/none" in refused(stores.database, f"sqlite:///{tmp_path}/none/rounds.sqlite3")


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
    refused(stores.database, value)
