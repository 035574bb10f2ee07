"""Who does which kind of remote task."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.errors import KeyRefusedError, MailchimpError
from newsletter.models import RemoteTask, RemoteTaskKind

#: Does one turn of a task: bounded, a few seconds. Returns when it wants its next turn, None when it is done. It may
#: set `done`, `total` and `said` of the row it is given; the runner saves them. It raises `MailchimpError` for what the
#: service said, and every step of it may be repeated after a kill.
Turn = Callable[[RemoteTask, Mailchimp, datetime], datetime | None]


def turns() -> Mapping[str, Turn]:
    """By kind. Imported late: the handlers import the tasks."""
    from newsletter.audience.mailchimp import hooks, listing, poll, push
    from newsletter.delivery.remote import campaigns, checklists, reports, tests

    return {
        RemoteTaskKind.CHECK_ACCOUNT: listing.check_account,
        RemoteTaskKind.FETCH_AUDIENCE: listing.fetch_audience,
        RemoteTaskKind.SET_HOOK: hooks.set_hook,
        RemoteTaskKind.REMOVE_HOOK: hooks.remove_hook,
        RemoteTaskKind.POLL: poll.poll,
        RemoteTaskKind.PUSH: push.push,
        RemoteTaskKind.CAMPAIGN: campaigns.turn,
        RemoteTaskKind.REPORT: reports.turn,
        RemoteTaskKind.TEST: tests.turn,
        RemoteTaskKind.CHECKLIST: checklists.turn,
    }


def note_refused_key(task: RemoteTask, error: KeyRefusedError, *, until: datetime, now: datetime) -> None:
    """The task waits until then: who has a page of its own says so there."""
    from newsletter.delivery.remote import campaigns

    if task.kind == RemoteTaskKind.CAMPAIGN:
        campaigns.wait_for_key(task, error, until=until, now=now)


def note_no_way(task: RemoteTask, error: MailchimpError, *, until: datetime, now: datetime) -> None:
    """The same, where nobody answered before the turn began."""
    from newsletter.delivery.remote import campaigns

    if task.kind == RemoteTaskKind.CAMPAIGN:
        campaigns.wait_for_answer(task, error, until=until, now=now)
