"""`/healthz`: this process answers. `/readyz`: what it needs answers too, and how long things wait.

Neither says anything that a stranger may not know: no name, no address, no count of readers.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import Error
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from newsletter.delivery.health import Backlog, backlog, health


@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 as long as this process can answer at all; it asks nobody."""
    return JsonResponse({"status": "ok"})


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 while the database answers, 503 otherwise.

    A worker that is late is reported and changes no status: taking the site's pages away would help nobody.
    """
    now = timezone.now()
    found = health(now=now)
    document: dict[str, Any] = {
        "database": "ok" if found.database else "down",
        "worker": found.worker,
        "last_tick": None if found.last_tick is None else found.last_tick.isoformat(timespec="seconds"),
        "last_tick_age": _age(found.last_tick, now),
    }
    if found.database:
        try:
            document |= _waiting(backlog(now=now), now)
        except Error:  # it went away in between
            document["database"] = "down"
    return JsonResponse(document, status=200 if document["database"] == "ok" else 503)


def _waiting(found: Backlog, now: datetime) -> dict[str, Any]:
    """Ages in seconds; null where nothing waits."""
    ages = {name: _age(getattr(found, name), now) for name in ("campaign", "task", "mail")}
    return {"waiting": ages, "open_chunks": found.open_chunks}


def _age(since: datetime | None, now: datetime) -> int | None:
    return None if since is None else max(0, round((now - since).total_seconds()))
