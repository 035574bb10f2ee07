"""The connections to Mailchimp that all processes share: rows, each taken under a lease."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from newsletter.backends.mailchimp.errors import ThrottledError
from newsletter.backends.mailchimp.slots import MOST_AT_ONCE
from newsletter.models import RemoteSlot

#: Longer than any call can take, so that only a dead process loses its slot.
LEASE = timedelta(seconds=60)
_PAUSE = 0.05


class SharedSlots:
    """See `newsletter.backends.mailchimp.slots.Slots`."""

    @contextmanager
    def taken(self, *, seconds: float) -> Iterator[None]:
        owner = secrets.token_hex(8)
        self._take(owner, seconds)
        try:
            yield
        finally:
            RemoteSlot.objects.filter(owner=owner).update(owner="", lease_until=None)

    def _take(self, owner: str, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not _try(owner):
            if time.monotonic() + _PAUSE >= end:
                raise ThrottledError(
                    _("Too much is asked of Mailchimp at once; it goes on by itself in a moment."), seconds=2
                )
            time.sleep(_PAUSE)


def _try(owner: str) -> bool:
    now = timezone.now()
    free = RemoteSlot.objects.filter(Q(owner="") | Q(lease_until__lt=now))
    for number in free.order_by("number").values_list("number", flat=True):
        if free.filter(number=number).update(owner=owner, lease_until=now + LEASE):
            return True
    if not RemoteSlot.objects.exists():
        RemoteSlot.objects.bulk_create(
            [RemoteSlot(number=number) for number in range(MOST_AT_ONCE)], ignore_conflicts=True
        )
    return False
