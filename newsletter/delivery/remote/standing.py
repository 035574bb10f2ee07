"""Tasks that go on for as long as a newsletter is sent by Mailchimp: bringing readers over, looking what changed."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from newsletter.audience.mailchimp.account import BACKEND
from newsletter.audience.mailchimp.tasks import UNFINISHED
from newsletter.models import MailchimpAudience, MailchimpMember, RemoteTask, RemoteTaskKind, RemoteTaskState

#: One that was given up is begun anew after so long: whatever it was about may be mended by then.
_REST = timedelta(minutes=5)


def ensure_standing_tasks(now: datetime) -> int:
    """Begin those that are missing; returns how many. One that waits keeps its time."""
    in_use = MailchimpAudience.objects.filter(newsletter__backend=BACKEND, switched_on_at__isnull=False)
    erasing = MailchimpMember.objects.filter(audience=OuterRef("pk"), erasing=True)
    # Erasures are owed also where an audience is not used any more.
    owing = MailchimpAudience.objects.filter(Exists(erasing))
    polled = set(in_use.values_list("pk", flat=True))
    wanted = {f"{RemoteTaskKind.POLL}:{pk}": (RemoteTaskKind.POLL, pk) for pk in polled}
    for pk in polled | set(owing.values_list("pk", flat=True)):
        wanted[f"{RemoteTaskKind.PUSH}:{pk}"] = (RemoteTaskKind.PUSH, pk)
    rests = Q(state=RemoteTaskState.FAILED, settled_at__gt=now - _REST)
    there = RemoteTask.objects.filter(Q(state__in=UNFINISHED) | rests, name__in=wanted)
    missing = wanted.keys() - set(there.values_list("name", flat=True))
    RemoteTask.objects.bulk_create(
        [
            RemoteTask(kind=kind, name=name, about={"audience": pk}, next_attempt_at=now, created_at=now)
            for name, (kind, pk) in sorted(wanted.items())
            if name in missing
        ],
        ignore_conflicts=True,
    )
    return len(missing)
