"""Reads the environment strictly: a malformed value stops the start with one line that names it."""

from __future__ import annotations

import re
import secrets
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TypeVar
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import environ

T = TypeVar("T")

TLS_MODES = frozenset({"starttls", "implicit", "none"})
DEFAULT_PORTS = {"starttls": 587, "implicit": 465, "none": 25}


class EnvironmentValueError(Exception):
    """A variable is missing or can't be read; the message names it and says what would be right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpAddress:
    """Where mail is handed over. `tls` is one of `starttls`, `implicit`, `none`."""

    host: str
    port: int
    user: str
    password: str
    tls: str


def split_url(name: str, value: str, example: str) -> SplitResult:
    """The parts of a URL; a bad port or bracket is our error, not a traceback from deep inside."""
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError as error:
        raise EnvironmentValueError(f"{name} is not a URL ({error}). It should look like {example}") from None
    return parts


def smtp_address(value: str, name: str = "SMTP_URL") -> SmtpAddress:
    """Read `smtp://user:pass@host:port?tls=starttls|implicit|none`.

    Raises:
        EnvironmentValueError: the value is not of that form. It is never repeated: it may hold a password.
    """
    example = "smtp://user:password@mail.example.org:587?tls=starttls"
    parts = split_url(name, value, example)
    options = parse_qs(parts.query, keep_blank_values=True)
    tls = options.pop("tls", ["starttls"])[-1]
    if parts.scheme != "smtp" or not parts.hostname or parts.path not in {"", "/"}:
        raise EnvironmentValueError(f"{name} must be a smtp:// URL with a host. It should look like {example}")
    if tls not in TLS_MODES:
        raise EnvironmentValueError(f"{name}: tls must be starttls, implicit or none, not {tls!r}")
    if options:
        raise EnvironmentValueError(
            f"{name} has an option nobody knows: {', '.join(sorted(options))}. Only tls is read"
        )
    return SmtpAddress(
        host=parts.hostname,
        port=parts.port or DEFAULT_PORTS[tls],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        tls=tls,
    )


def base_url(value: str, name: str = "BASE_URL") -> str:
    """The site's own address, without a path or a trailing slash.

    Raises:
        EnvironmentValueError: not http(s), no host, or with a path.
    """
    example = "https://www.example.org"
    parts = split_url(name, value, example)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise EnvironmentValueError(f"{name} must start with http:// or https:// and name a host, like {example}")
    if parts.path not in {"", "/"} or parts.query or parts.fragment or parts.username:
        raise EnvironmentValueError(f"{name} must be only scheme and host, like {example}")
    return f"{parts.scheme}://{parts.netloc}"


def media_storage(value: str, name: str = "MEDIA_STORAGE") -> dict[str, Any]:
    """Django's STORAGES entry for `file:///folder` or `s3://bucket`.

    Raises:
        EnvironmentValueError: another scheme, a relative folder, or no bucket.
    """
    parts = split_url(name, value, "file:///var/lib/rounds/media or s3://bucket")
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/") and parts.path != "/":
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": unquote(parts.path)},
        }
    if parts.scheme == "s3" and parts.netloc and parts.path in {"", "/"}:
        return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": {"bucket_name": parts.netloc}}
    raise EnvironmentValueError(f"{name} must be file:///folder or s3://bucket")


def database(value: str, name: str = "DATABASE_URL") -> dict[str, Any]:
    """Django's DATABASES entry for a `postgres://` or `sqlite:///` URL.

    Raises:
        EnvironmentValueError: another database, or a URL that can't be read.
    """
    example = "postgres://user:password@localhost:5432/rounds or sqlite:////folder/rounds.sqlite3"
    parts = split_url(name, value, example)
    if parts.scheme in {"postgres", "postgresql"} and parts.path.strip("/"):
        return dict(environ.Env.db_url_config(value))
    if parts.scheme == "sqlite" and not parts.netloc and len(parts.path) > 1:
        return sqlite(parts.path[1:] if parts.path.startswith("//") else parts.path.lstrip("/"))
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


def redis_url(value: str, name: str = "REDIS_URL") -> str:
    """A `redis://` or `rediss://` URL, unchanged.

    Raises:
        EnvironmentValueError: another scheme or no host.
    """
    parts = split_url(name, value, "redis://localhost:6379/0")
    if parts.scheme not in {"redis", "rediss"} or not parts.hostname:
        raise EnvironmentValueError(f"{name} must look like redis://localhost:6379/0")
    return value


def secret_key(value: str, name: str = "SECRET_KEY") -> str:
    """A key long enough to sign with (RFC 2104 section 3: at least the hash's 32 bytes).

    Raises:
        EnvironmentValueError: shorter than 32 characters.
    """
    if len(value) < 32:
        raise EnvironmentValueError(
            f"{name} is too short ({len(value)} characters). Use 50 random ones: "
            "python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"
        )
    return value


def folder(value: str, name: str) -> Path:
    """An absolute folder; it is made when something is first kept there.

    Raises:
        EnvironmentValueError: a relative path.
    """
    path = Path(value)
    if not path.is_absolute():
        raise EnvironmentValueError(f"{name} must be an absolute path, not {value!r}")
    return path


def secret_keys(value: str, name: str) -> list[str]:
    """Former keys, newest first, separated by commas: links signed with them go on working.

    Raises:
        EnvironmentValueError: one of them is too short.
    """
    return [secret_key(key.strip(), name) for key in value.split(",") if key.strip()]


def host_list(value: str, name: str) -> list[str]:
    """Names separated by commas.

    Raises:
        EnvironmentValueError: a wildcard for everything, or something that can't be a host's name.
    """
    hosts = [host.strip() for host in value.split(",") if host.strip()]
    bad = [host for host in hosts if not re.fullmatch(r"[\w.\-:\[\]/]+", host)]
    if bad:
        raise EnvironmentValueError(f"{name} has a name that can't be a host: {bad[0]!r}")
    return hosts


def kept_secret_key(path: Path) -> str:
    """The key a development site made for itself, created on first use and readable by its owner only."""
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        pass
    path.parent.mkdir(parents=True, exist_ok=True)
    key = secrets.token_urlsafe(50)
    try:
        with path.open("x", encoding="ascii") as file:
            path.chmod(0o600)
            file.write(key)
    except FileExistsError:  # another process of the same first start was faster
        return path.read_text(encoding="ascii").strip()
    return key


def read(name: str, parse: Callable[[str, str], T], environment: Mapping[str, str], default: T | None = None) -> T:
    """The parsed variable, or the default where it is unset.

    Raises:
        EnvironmentValueError: unset without a default, empty, or malformed.
    """
    value = environment.get(name)
    if value is None:
        if default is None:
            raise EnvironmentValueError(f"{name} is not set; it is required here")
        return default
    if not value.strip():
        raise EnvironmentValueError(f"{name} is set but empty: give it a value or unset it")
    return parse(value.strip(), name)


def stop(error: EnvironmentValueError) -> NoReturn:
    """End the start with the one line that names the variable."""
    sys.exit(f"rounds: {error}")
