"""One call as it goes out, and what comes back of it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

Json = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    method: str
    #: From the root of the host, with the query; percent-encoded.
    path: str
    body: bytes | None = field(default=None, repr=False)
    #: They hold the key.
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an answer is judged by."""

    #: Asking twice does the same as asking once.
    again: bool
    #: A body is promised; where none is, an answer without one says that it is done.
    body: bool = True
    #: What was sent about a person, which must not come back in an error.
    private: Collection[str] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    #: Names in lower case.
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """No answer, or not all of one."""

    #: Short, and in our own words: what the other side said may quote an address.
    reason: str
    #: Whether anything may have reached the other side.
    was_sent: bool


def read_object(body: bytes | str) -> Json | None:
    """A JSON object; None for everything else, however it is broken."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
