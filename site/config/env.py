"""Reads the environment strictly: a malformed value stops the start with one line that names it."""

from __future__ import annotations

import os
import re
import secrets
import sys
from collections.abc import Callable, Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import NoReturn, TypeVar
from urllib.parse import SplitResult, urlsplit

T = TypeVar("T")

HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]")


class EnvironmentValueError(Exception):
    """A variable is missing or can't be read; the message names it and says what would be right."""


def split_url(name: str, value: str, example: str) -> SplitResult:
    """The parts of a URL; a bad port or bracket is our error, not a traceback from deep inside.

    Raises:
        EnvironmentValueError: not a URL. Python's own words are left out: they quote what may be half a password.
    """
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise EnvironmentValueError(
            f"{name} is not a URL. It should look like {example} (in a password, / ? # @ : are %2F %3F %23 %40 %3A)"
        ) from None
    if port == 0 or re.search(r"[\x00-\x20\x7f]", value):
        raise EnvironmentValueError(f"{name} has a port 0 or a blank in it. It should look like {example}")
    return parts


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


def redis_url(value: str, name: str = "REDIS_URL") -> str:
    """A `redis://` or `rediss://` URL, unchanged.

    Raises:
        EnvironmentValueError: another scheme or no host.
    """
    parts = split_url(name, value, "redis://localhost:6379/0")
    if parts.scheme not in {"redis", "rediss"} or not parts.hostname or not re.fullmatch(r"(/\d*)?", parts.path):
        raise EnvironmentValueError(f"{name} must look like redis://localhost:6379/0")
    return value


def mailchimp_key(value: str, name: str = "MAILCHIMP_API_KEY") -> str:
    """A key of Mailchimp's, which says itself where it leads.

    Raises:
        EnvironmentValueError: it can't be one; the text does not repeat it.
    """
    if not re.fullmatch(r"[0-9a-f]{32}-us[0-9]{1,3}", value):
        raise EnvironmentValueError(
            f"{name} must be 32 digits and letters from a to f, a hyphen and the data centre, such as -us21"
        )
    return value


def loopback_url(value: str, name: str) -> str:
    """Where a service is stood in for on this very machine, without a slash at its end.

    Raises:
        EnvironmentValueError: not an http address of this machine.
    """
    example = "http://127.0.0.1:4010"
    parts = split_url(name, value, example)
    if parts.scheme != "http" or parts.hostname not in {"127.0.0.1", "::1", "localhost"} or parts.username:
        raise EnvironmentValueError(f"{name} must be an address of this very machine, such as {example}")
    return value.rstrip("/")


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


def make_folder(path: Path, name: str = "VAR_DIR") -> None:
    """See that the folder is there.

    Raises:
        EnvironmentValueError: it can't be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EnvironmentValueError(f"{name}: the folder {path} can't be made ({error.strerror})") from None


def secret_keys(value: str, name: str) -> list[str]:
    """Former keys, newest first, separated by commas: links signed with them go on working.

    Raises:
        EnvironmentValueError: one of them is too short.
    """
    return [secret_key(key.strip(), name) for key in value.split(",") if key.strip()]


def host_list(value: str, name: str) -> list[str]:
    """Names separated by commas, each as Django's ALLOWED_HOSTS takes it (`.example.org` means with its subdomains).

    Raises:
        EnvironmentValueError: nothing, a wildcard for everything, or something that can't be a host's name.
    """
    hosts = [host.strip() for host in value.split(",") if host.strip()]
    bad = [host for host in hosts if not HOST.fullmatch(host.removeprefix("."))]
    if bad or not hosts:
        raise EnvironmentValueError(
            f"{name} must be names of hosts separated by commas, like www.example.org,example.org"
        )
    return hosts


def socket_list(value: str, name: str) -> list[str]:
    """Hosts with their ports, separated by commas.

    Raises:
        EnvironmentValueError: one without a port, or something that is neither.
    """
    sockets = [given.strip().lower() for given in value.split(",") if given.strip()]
    for given in sockets:
        host, _, number = given.rpartition(":")
        if not HOST.fullmatch(host) or not re.fullmatch(r"[1-9][0-9]{0,4}", number):
            raise EnvironmentValueError(
                f"{name} must be hosts with their ports, separated by commas, like 127.0.0.1:9000,localhost:9001"
            )
    return sockets


def network_list(value: str, name: str) -> list[str]:
    """Addresses and networks separated by commas.

    Raises:
        EnvironmentValueError: something that is neither.
    """
    networks = [network.strip() for network in value.split(",") if network.strip()]
    try:
        return [str(ip_network(network, strict=False)) for network in networks]
    except ValueError:
        raise EnvironmentValueError(
            f"{name} must be addresses or networks separated by commas, like 127.0.0.1,10.0.0.0/8"
        ) from None


def port(value: str, name: str) -> int:
    """A TCP port.

    Raises:
        EnvironmentValueError: not a number from 1 to 65535.
    """
    if not re.fullmatch(r"[0-9]{1,5}", value) or not 0 < int(value) < 65536:
        raise EnvironmentValueError(f"{name} must be a port, a number from 1 to 65535")
    return int(value)


def amount(value: str, name: str) -> int:
    """A whole number of things.

    Raises:
        EnvironmentValueError: not a number from 1 to 999999999.
    """
    if not re.fullmatch(r"[1-9][0-9]{0,8}", value):
        raise EnvironmentValueError(f"{name} must be a whole number from 1")
    return int(value)


def kept_secret_key(path: Path) -> str:
    """The key a development site made for itself, created on first use and readable by its owner only."""
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        pass
    path.parent.mkdir(parents=True, exist_ok=True)
    key = secrets.token_urlsafe(50)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(key, encoding="ascii")
    try:
        path.hardlink_to(draft)  # a whole key or none: another process of the same first start may be reading
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    finally:
        draft.unlink()
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


def refuse(name: str, environment: Mapping[str, str], *, because: str) -> None:
    """Stop a start with a variable that is for tests and trials only.

    Raises:
        EnvironmentValueError: it is set.
    """
    if name in environment:
        raise EnvironmentValueError(f"{name} is for tests and trials; here {because}. Unset it")


def stop(error: EnvironmentValueError) -> NoReturn:
    """End the start with the one line that names the variable."""
    sys.exit(f"rounds: {error}")
