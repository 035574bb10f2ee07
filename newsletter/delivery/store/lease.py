"""How long a worker that says nothing keeps its chunks."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings

#: Seconds. Long enough for a short quarrel with the database, short enough that a dead worker's chunk waits little.
USUAL = 20

#: Seconds. A claim is renewed once a second and nothing is handed over in its last two: below this, a moment's pause
#: of the machine would cost a worker its chunk.
SHORTEST = 5


def lease() -> timedelta:
    """NEWSLETTER_LEASE, or the usual length. Every worker of a site must have the same."""
    return timedelta(seconds=max(SHORTEST, getattr(settings, "NEWSLETTER_LEASE", USUAL)))
