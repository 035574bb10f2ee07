"""How old a form is, and which page it stood on: a signed hidden field."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.signing import BadSignature, Signer

#: Pages with a form may be cached, so a form can be hours old when somebody fills it in.
LONGEST = timedelta(days=1)
#: Nobody types an address within a second of the page being made; a browser that fills it in might.
QUICK = timedelta(seconds=1)

SALT = "core.stamp"


class StampError(Exception):
    """The stamp is missing, altered or too old: the form is asked for again, with a fresh one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """`path` is that of the page the form stood on, without its query."""

    path: str
    quick: bool


def make_stamp(path: str, *, now: datetime) -> str:
    return Signer(salt=SALT).sign_object({"path": path[:200], "at": round(now.timestamp() * 1000)})


def read_stamp(value: str, *, now: datetime) -> Stamp:
    """What the form's hidden field says.

    Raises:
        StampError: missing, altered, from the future, or older than a day.
    """
    try:
        signed = Signer(salt=SALT).unsign_object(value[:1000])
        age = timedelta(milliseconds=round(now.timestamp() * 1000) - signed["at"])
    except (BadSignature, ValueError, KeyError, TypeError) as error:
        raise StampError from error
    if not timedelta(0) <= age <= LONGEST:
        raise StampError
    return Stamp(path=signed["path"], quick=age < QUICK)
