"""`/readyz`: whether this process can serve, and when a worker last ticked."""

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from newsletter.delivery.health import health


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 while the database answers, 503 otherwise.

    A worker that is late is reported and changes no status: taking the site's pages away would help nobody.
    """
    found = health(now=timezone.now())
    last_tick = None if found.last_tick is None else found.last_tick.isoformat(timespec="seconds")
    document = {"database": "ok" if found.database else "down", "worker": found.worker, "last_tick": last_tick}
    return JsonResponse(document, status=200 if found.database else 503)
