"""Asking for something to be done at Mailchimp: a row that the worker takes. Never more than one for the same thing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from newsletter.models import RemoteTask, RemoteTaskKind, RemoteTaskState

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

UNFINISHED = (RemoteTaskState.PENDING, RemoteTaskState.RUNNING)


def ask_for(
    kind: RemoteTaskKind,
    *,
    name: str = "",
    about: Mapping[str, object] | None = None,
    by: AbstractBaseUser | None = None,
    now: datetime,
) -> RemoteTask:
    """Queue a task, or hurry the unfinished one of this name; returns it.

    Args:
        name: such as `campaign:17`; the kind itself where there is only one of it.
        about: ids and flags, never an address and never a key.
    """
    name = name or kind.value
    wanted = RemoteTask(
        kind=kind,
        name=name,
        about=dict(about or {}),
        next_attempt_at=now,
        created_at=now,
        created_by_id=by.pk if by else None,
    )
    with transaction.atomic():
        is_asked = 0
        while not is_asked:  # one that stood in the way may be over by then
            RemoteTask.objects.bulk_create([wanted], ignore_conflicts=True)
            # One at work looks once more when it is done: what changed meanwhile it may not have seen.
            is_asked = RemoteTask.objects.filter(name=name, state__in=UNFINISHED).update(next_attempt_at=now)
    return RemoteTask.objects.filter(name=name).latest("pk")


def last_of(name: str) -> RemoteTask | None:
    """The newest of this name, finished or not; what a page that watches shows."""
    return RemoteTask.objects.filter(name=name).order_by("-pk").first()
