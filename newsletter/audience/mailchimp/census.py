"""Counting over there once a day: a contact that was deleted leaves no trace among what changed.

All contacts are listed, page by page, and those seen are marked. Whoever should be there and was not seen is asked for
singly before anything is said of them: a page may have passed somebody over who changed meanwhile.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from newsletter.audience.mailchimp.receive import receive
from newsletter.audience.mailchimp.standings import THERE
from newsletter.backends.mailchimp.answers import Member
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.errors import DownError, NotFoundError, ThrottledError, UnexpectedAnswerError
from newsletter.models import MailchimpAudience, MailchimpMember, MemberStatus, RemoteTask

EVERY = timedelta(days=1)
#: Contacts that leave their place move others up: so many of a page are read twice.
STEP_BACK = 100
#: Who was not seen is asked for by a call each; so many in one turn.
MOST_ASKED_FOR = 20
#: In what a task is about: when the count began, and where it goes on.
_KEY = "census"


def go_on(audience: MailchimpAudience, task: RemoteTask, api: Mailchimp, *, now: datetime) -> bool:
    """Begin a count that is due, or read its next page; whether it wants to go on at once.

    Raises:
        MailchimpError: it goes on from where it was the next time.
    """
    began, offset = _place(audience, task, now=now)
    if began is None:
        return False
    page = api.members(audience.list_id, offset=offset)
    audience.members.filter(member_hash__in=[member.hash for member in page.items]).update(seen_at=now)
    reached = offset + page.seen
    if page.seen and reached < page.total:
        _remember(task, {"began": began.isoformat(), "offset": reached - min(STEP_BACK, page.seen // 2)})
        return True
    if _ask_for_the_missing(audience, api, began=began, now=now):
        _remember(task, {"began": began.isoformat(), "offset": offset})
        return True
    MailchimpAudience.objects.filter(pk=audience.pk).update(counted_at=now)
    _remember(task, None)
    return False


def _place(audience: MailchimpAudience, task: RemoteTask, *, now: datetime) -> tuple[datetime | None, int]:
    """When the count began that is under way, or begins now, and where to read on; None where none is due."""
    kept = task.about.get(_KEY)
    if isinstance(kept, dict):
        return datetime.fromisoformat(kept["began"]), int(kept["offset"])
    last = audience.counted_at or audience.switched_on_at
    return (None, 0) if last and now < last + EVERY else (now, 0)


def _remember(task: RemoteTask, place: dict[str, object] | None) -> None:
    task.about = {name: value for name, value in task.about.items() if name != _KEY}
    if place is not None:
        task.about[_KEY] = place
    RemoteTask.objects.filter(pk=task.pk).update(about=task.about)


def _missing(audience: MailchimpAudience, began: datetime) -> QuerySet[MailchimpMember]:
    """Those who are said to be there, were not seen since then, and are not on their way there."""
    unseen = Q(seen_at=None) | Q(seen_at__lt=began)
    settled = (Q(pushed_at=None) | Q(pushed_at__lt=began)) & Q(retry_at=None)
    return audience.members.filter(unseen & settled, status__in=THERE, erasing=False).order_by("pk")


def _ask_for_the_missing(audience: MailchimpAudience, api: Mailchimp, *, began: datetime, now: datetime) -> bool:
    """Whether there may be more of them. Of somebody at whom Mailchimp fails nothing is said before the next count."""
    rows = list(_missing(audience, began)[:MOST_ASKED_FOR])
    asked: list[int] = []
    found: list[Member] = []
    has_failed = False
    for row in rows:
        asked.append(row.pk)
        try:
            found.append(api.member(audience.list_id, row.member_hash))
        except NotFoundError:
            _note_gone(row, now=now)
        except ThrottledError:
            raise
        except (DownError, UnexpectedAnswerError):  # a failing call takes long: the others are the next turn's
            has_failed = True
            break
    audience.members.filter(pk__in=asked).update(seen_at=now)
    receive(audience, found, now=now, begins=False)
    return has_failed or len(rows) == MOST_ASKED_FOR


def _note_gone(row: MailchimpMember, *, now: datetime) -> None:
    """Somebody deleted the contact there: that is not the reader's doing, and ends nothing here."""
    same = MailchimpMember.objects.filter(pk=row.pk, status=row.status, erasing=False)
    if row.subscriber_id is None:
        same.delete()
    else:
        same.update(status=MemberStatus.ARCHIVED, changed_there_at=now)
