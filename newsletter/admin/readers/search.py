"""Finding readers by address or name. What was searched for stays in the session, out of addresses and logs."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Q

from newsletter.engine.addresses import AddressError, normalise
from newsletter.models import Subscriber

if TYPE_CHECKING:
    from django.contrib.sessions.backends.base import SessionBase
    from django.db.models import QuerySet

SESSION_KEY = "newsletter.reader-searches"
#: So many searches of one login stay open, in as many tabs.
REMEMBERED = 10
MAX_LENGTH = 254


class ForgottenSearchError(Exception):
    """The session doesn't know this search any more. Whoever acts on its result must stop, not take everybody."""


def remember(session: SessionBase, text: str) -> str:
    """Keep the words; returns the key that the page's address holds instead of them."""
    key = secrets.token_hex(4)
    searches = {**session.get(SESSION_KEY, {}), key: text.strip()[:MAX_LENGTH]}
    session[SESSION_KEY] = dict(list(searches.items())[-REMEMBERED:])
    return key


def recall(session: SessionBase, key: str) -> str:
    """
    Raises:
        ForgottenSearchError: the key is unknown to this session.
    """
    try:
        return str(session.get(SESSION_KEY, {})[key])
    except KeyError:
        raise ForgottenSearchError from None


def exactly(text: str) -> Subscriber | None:
    """The reader with this address, if it is one."""
    try:
        return Subscriber.objects.filter(email=normalise(text)).first()
    except AddressError:
        return None


def matching(readers: QuerySet[Subscriber], text: str) -> QuerySet[Subscriber]:
    """Readers whose address begins with the text (or ends, for one that begins with @), or whose name holds it."""
    text = text.strip()
    lowered = text.lower()
    if lowered.startswith("@"):
        return readers.filter(email__endswith=lowered)
    if "@" in lowered:
        return readers.filter(_begins_with(lowered))
    return readers.filter(_begins_with(lowered) | Q(name__icontains=text))


def _begins_with(text: str) -> Q:
    """By the index: PostgreSQL has one for LIKE, SQLite compares bytes and its LIKE would read every row."""
    if connection.vendor == "sqlite":
        return Q(email__gte=text, email__lt=text + "\U0010ffff")
    return Q(email__startswith=text)
