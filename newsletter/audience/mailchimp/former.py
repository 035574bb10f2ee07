"""Audiences that a newsletter had before another one was chosen: whoever is erased here is deleted there, too.

Which ones they are stands in the account's list of audiences, and goes with the account: no other key reaches them.
Nothing is kept of their contacts. An erasure leaves a task for each that holds nothing but the hash by which Mailchimp
would know the contact, and loses it when Mailchimp has confirmed.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from newsletter.audience.mailchimp.tasks import UNFINISHED, ask_for
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.errors import RefusedError
from newsletter.models import (
    MailchimpAccount,
    MailchimpAudience,
    RemoteTask,
    RemoteTaskKind,
    Subscriber,
    Subscription,
)

#: In an entry of the account's audiences: ids of the newsletters that had it.
_HAD_BY = "had_by"
#: In what a task is about: the name of the contact.
_KEY = "forget"
_PREFIX = "former:"


def remember(audience: MailchimpAudience) -> None:
    """It is let go of: readers may have been brought there. Call it in that transaction."""
    if audience.polled_until is None and not audience.members.exists():  # never in use
        return
    for kept in MailchimpAccount.objects.select_for_update():
        for entry in kept.audiences:
            if entry["id"] == audience.list_id:
                entry[_HAD_BY] = sorted({*entry.get(_HAD_BY, ()), audience.newsletter_id})
        kept.save(update_fields=["audiences"])


def carried_over(before: Mapping[str, Any] | None) -> dict[str, Any]:
    """What an entry keeps when it is fetched anew."""
    return {_HAD_BY: before[_HAD_BY]} if before and _HAD_BY in before else {}


def forget(subscriber: Subscriber, names: Collection[str], *, now: datetime) -> None:
    """Have contacts of these names deleted from whatever the reader's newsletters had before."""
    theirs = set(Subscription.objects.filter(subscriber=subscriber).values_list("newsletter_id", flat=True))
    for kept in MailchimpAccount.objects.all():
        for entry in kept.audiences:
            for newsletter_id in sorted(theirs.intersection(entry.get(_HAD_BY, ())))[:1]:
                _ask(newsletter_id, entry["id"], names, now=now)


def _ask(newsletter_id: int, list_id: str, names: Collection[str], *, now: datetime) -> None:
    for name in names:
        # What stays of it when it is done, its name, tells nothing of the reader.
        task_name = f"{names_begin_with(newsletter_id)}{secrets.token_hex(8)}"
        ask_for(RemoteTaskKind.PUSH, name=task_name, about={"list": list_id, _KEY: name}, now=now)


def names_begin_with(newsletter_id: int) -> str:
    """Of the tasks that delete contacts from what this newsletter had before."""
    return f"{_PREFIX}{newsletter_id}:"


def waiting() -> QuerySet[RemoteTask]:
    """Contacts that still have to be deleted."""
    return RemoteTask.objects.filter(
        kind=RemoteTaskKind.PUSH, name__startswith=_PREFIX, state__in=UNFINISHED, about__has_key=_KEY
    )


def is_asked(task: RemoteTask) -> bool:
    return _KEY in task.about


def erase(task: RemoteTask, api: Mailchimp, *, again_at: datetime) -> datetime | None:
    """A turn. None when nobody of this name is there; `again_at` where Mailchimp refuses.

    Raises:
        MailchimpError: nobody could say; it is tried again.
    """
    list_id = str(task.about["list"])
    task.said = ""
    try:
        api.erase_member(list_id, str(task.about[_KEY]))
    except RefusedError as error:
        task.said = _(
            "A reader who was erased here can’t be deleted from an audience that this newsletter had before. It is "
            "tried again every hour. %(said)s"
        ) % {"said": error}
        return again_at
    task.about = {"list": list_id}
    RemoteTask.objects.filter(pk=task.pk).update(about=task.about)
    return None
