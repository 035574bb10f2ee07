"""The systems that lists of readers come from, recognised by the header of their exports. Pure.

What is left out on purpose: where a reader is, how they were rated or tracked, what they paid, what somebody noted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from newsletter.audience.importing.fields import Field


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """One system: how its header is told apart, and what its columns mean here."""

    name: str  #: as it is kept; empty for any other file
    label: str
    recognises: Callable[[frozenset[str]], bool]
    columns: Mapping[str, Field] = field(default_factory=dict)


def plain_header(text: str) -> str:
    """A column's name without case, underscores and double blanks.

    >>> plain_header("MEMBER_RATING"), plain_header(" Email  Address ")
    ('member rating', 'email address')
    """
    return " ".join(re.split(r"[\s_\-]+", text.strip().casefold())).strip()


_MAILCHIMP_MARKS = frozenset(
    {"optin time", "optin ip", "confirm time", "confirm ip", "member rating", "leid", "euid", "last changed"}
)
#: What columns are called in files of no system that we know.
_GENERIC: Mapping[str, Field] = {
    **dict.fromkeys(("email", "e mail", "email address", "e mail address", "mail", "subscriber email"), Field.EMAIL),
    **dict.fromkeys(("name", "full name", "display name"), Field.NAME),
    **dict.fromkeys(("first name", "firstname", "fname", "given name"), Field.FIRST_NAME),
    **dict.fromkeys(("last name", "lastname", "lname", "surname", "family name"), Field.LAST_NAME),
    "frequency": Field.FREQUENCY,
    **dict.fromkeys(("language", "lang", "locale"), Field.LANGUAGE),
    **dict.fromkeys(("time zone",), Field.TIME_ZONE),
    **dict.fromkeys(
        ("opted in at", "opt in time", "optin time", "opt in date", "subscribed at", "subscribe date", "signed up at"),
        Field.OPTED_IN_AT,
    ),
    **dict.fromkeys(("confirmed at", "confirm time", "confirmation time"), Field.CONFIRMED_AT),
    **dict.fromkeys(("opt in ip", "optin ip"), Field.OPT_IN_IP),
    **dict.fromkeys(("status", "subscribed", "email status", "email disabled", "unsubscribed"), Field.STATUS),
    **dict.fromkeys(("unsubscribed at", "unsub time", "clean time", "deleted at", "ended at"), Field.UNSUBSCRIBED_AT),
    **dict.fromkeys(("tags", "labels"), Field.TAGS),
}

ORIGINS: tuple[Origin, ...] = (
    Origin(
        name="rounds",
        label="Rounds",
        recognises=lambda names: {"email", "status", "ended reason"} <= names,
        columns=_GENERIC,
    ),
    Origin(
        name="mailchimp",
        label="Mailchimp",
        recognises=lambda names: (
            bool(names & {"email address", "email"}) and len(names & _MAILCHIMP_MARKS) >= 3 and "uuid" not in names
        ),
        columns={name: kept for name, kept in _GENERIC.items() if name not in {"time zone", "name"}},
    ),
    Origin(
        name="substack",
        label="Substack",
        recognises=lambda names: (
            "email" in names
            and (
                "email disabled" in names
                or {"active subscription", "expiry"} <= names
                or ("type" in names and bool(names & {"stripe plan", "start date", "subscription date"}))
            )
        ),
        columns={
            "email": Field.EMAIL,
            "name": Field.NAME,
            "created at": Field.OPTED_IN_AT,
            "start date": Field.OPTED_IN_AT,
            "subscription date": Field.OPTED_IN_AT,
            "email disabled": Field.STATUS,
        },
    ),
    Origin(
        name="ghost",
        label="Ghost",
        recognises=lambda names: (
            "email" in names
            and "subscribed to emails" in names
            and bool(names & {"complimentary plan", "stripe customer id", "deleted at", "labels"})
        ),
        columns={
            "email": Field.EMAIL,
            "name": Field.NAME,
            "subscribed to emails": Field.STATUS,
            "created at": Field.OPTED_IN_AT,
            "deleted at": Field.UNSUBSCRIBED_AT,
            "labels": Field.TAGS,
        },
    ),
    Origin(
        name="listmonk",
        label="listmonk",
        recognises=lambda names: (
            {"uuid", "email", "status", "created at"} <= names and bool(names & {"attributes", "attribs"})
        ),
        columns={
            "email": Field.EMAIL,
            "name": Field.NAME,
            "status": Field.STATUS,
            "created at": Field.OPTED_IN_AT,
        },
    ),
)
UNKNOWN = Origin(name="", label="", recognises=lambda names: True, columns=_GENERIC)


def recognise(header: Sequence[str]) -> Origin:
    """The system whose export has such a header; `UNKNOWN` for any other file."""
    names = frozenset(plain_header(name) for name in header)
    return next((origin for origin in ORIGINS if origin.recognises(names)), UNKNOWN)


def label(name: str) -> str:
    """How a kept origin is called; empty for one that is not known."""
    return next((origin.label for origin in ORIGINS if origin.name == name), "")
