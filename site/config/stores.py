"""Reads where things are kept: the database, and the files that people upload."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

import environ

from config.env import HOST, EnvironmentValueError, split_url


def media_storage(value: str, name: str = "MEDIA_STORAGE") -> dict[str, Any]:
    """Django's STORAGES entry for `file:///folder` or `s3://bucket?domain=media.example.org`.

    Pictures of a bucket are public and their addresses never expire: mails refer to them for years. `domain` is the
    name they are served under; without it, Amazon's own. Region, endpoint and keys are what boto3 reads: `AWS_REGION`,
    `AWS_ENDPOINT_URL_S3`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`.

    Raises:
        EnvironmentValueError: another scheme, a relative folder, no bucket, or an option that isn't known.
    """
    example = "file:///var/lib/rounds/media or s3://bucket?domain=media.example.org"
    parts = split_url(name, value, example)
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/") and parts.path != "/":
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": unquote(parts.path)},
        }
    if parts.scheme == "s3" and re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", parts.netloc):
        options = parse_qs(parts.query, keep_blank_values=True)
        domain = options.pop("domain", [f"{parts.netloc}.s3.amazonaws.com"])[-1]
        if parts.path in {"", "/"} and not options and HOST.fullmatch(domain):
            return s3(parts.netloc, domain)
    raise EnvironmentValueError(f"{name} must be an absolute folder or a bucket, like {example}")


def s3(bucket: str, domain: str) -> dict[str, Any]:
    """A bucket whose files are read under `https://domain/`; a new file never takes the place of an old one."""
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {"bucket_name": bucket, "custom_domain": domain, "file_overwrite": False},
    }


def database(value: str, name: str = "DATABASE_URL") -> dict[str, Any]:
    """Django's DATABASES entry for a `postgres://` or `sqlite:///` URL.

    Raises:
        EnvironmentValueError: another database, or a URL that can't be read.
    """
    example = "postgres://user:password@localhost:5432/rounds or sqlite:////folder/rounds.sqlite3"
    parts = split_url(name, value, example)
    if parts.scheme in {"postgres", "postgresql"} and parts.path.strip("/"):
        read = environ.Env.db_url_config(value)
        # A server that is gone without a word must not hold up a worker for the minutes that TCP takes to say so.
        read["OPTIONS"] = {"connect_timeout": 10, **read.get("OPTIONS", {})}
        # Connections outlive a request, and one that the server closed meanwhile is noticed.
        return {**read, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    if parts.scheme == "sqlite" and not parts.netloc and len(parts.path) > 1:
        path = Path(unquote(parts.path[1:]))
        if not path.parent.is_dir():
            raise EnvironmentValueError(f"{name} names a folder that is not there: {path.parent}")
        return sqlite(str(path))
    raise EnvironmentValueError(f"{name} must be a PostgreSQL or SQLite URL with a database name, like {example}")


def sqlite(path: str) -> dict[str, Any]:
    """SQLite as an embedded database that several processes share: WAL, durable commits, writers that queue.

    `transaction_mode: IMMEDIATE` takes the write lock at BEGIN, so that two writers wait for each other instead of
    failing when a read turns into a write. `synchronous=FULL` because an acknowledged delivery survives a power cut.
    """
    pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16000; PRAGMA temp_store=MEMORY;"
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": pragmas},
    }
