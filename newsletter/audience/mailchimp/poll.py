"""Looking what changed over there: every half minute, so that a webhook is only faster.

Contacts come in the order of their last change. What changes while the pages are read moves to their end, and is read
there: the watermark is the last change that was seen, by Mailchimp's own clock, and skips nothing. Once a day all of
them are counted (`census`).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from newsletter.audience.mailchimp import census, deleted
from newsletter.audience.mailchimp.account import BACKEND
from newsletter.audience.mailchimp.members import AFTER_FAILURE, AFTER_REFUSED_END, put_off
from newsletter.audience.mailchimp.receive import SUPPRESSED_HERE, receive
from newsletter.audience.mailchimp.said import NO_AUDIENCE, STAYS_THERE, UNREADABLE, beginning
from newsletter.audience.mailchimp.standings import THERE
from newsletter.audience.mailchimp.tasks import ask_for
from newsletter.backends.mailchimp.answers import Member, Page
from newsletter.backends.mailchimp.api import PAGE, Mailchimp
from newsletter.backends.mailchimp.errors import (
    DownError,
    KeyRefusedError,
    MailchimpError,
    NotFoundError,
    RefusedError,
    ThrottledError,
    UnexpectedAnswerError,
    UnsureError,
)
from newsletter.engine.subscriptions import SubscriptionState
from newsletter.models import (
    MailchimpAudience,
    MailchimpMember,
    MemberStatus,
    RemoteTask,
    RemoteTaskKind,
    Subscription,
)

EVERY = timedelta(seconds=30)
#: After something that a person has to look at.
AFTER_PROBLEM = timedelta(minutes=5)
#: Changes are asked for from so long before the last one on: two of one second, or one that came into view late.
OVERLAP = timedelta(seconds=10)
#: So long after it happened every change can be seen.
IN_VIEW_AFTER = timedelta(minutes=1)
#: Contacts that change meanwhile leave their place, and others move up: so many are read twice.
STEP_BACK = 100
#: In what a task is about: the last change on the page before.
_READ_TO = "read_to"
#: The same: since when there has been nothing newer.
_SAME_SINCE = "same_since"
#: Contacts that are taken off the audience in one turn: a call each.
MOST_LET_GO = 20

_PROBLEM = beginning(UNREADABLE)


def poll(task: RemoteTask, api: Mailchimp, now: datetime) -> datetime | None:
    """A turn: one page of what changed, or contacts that were removed. It ends when Mailchimp is not used any more."""
    audience = in_use(task)
    if audience is None:
        task.said = ""
        return None
    if deleted.is_asked(task):
        return deleted.look(audience, task, api, now=now)
    try:
        offset = audience.poll_offset if _READ_TO in task.about else 0
        page = api.members(audience.list_id, offset=offset, changed_since=_since(audience))
        is_over = _take(audience, page, task, offset=offset, now=now)
        refused = _let_go(audience, api, now=now)
        counts_on = is_over and census.go_on(audience, task, api, now=now)
    except (DownError, UnsureError, KeyRefusedError):  # tried again by the runner
        raise
    except NotFoundError:
        return _note_problem(audience, task, f"{_PROBLEM}{NO_AUDIENCE}", now=now)
    except MailchimpError as error:
        return _note_problem(audience, task, f"{_PROBLEM}{error}", now=now)
    ours = Q(problem="") | Q(problem__startswith=_PROBLEM) | Q(problem=STAYS_THERE)
    MailchimpAudience.objects.filter(ours, pk=audience.pk).update(problem=STAYS_THERE if refused else "")
    return now if counts_on or not is_over else now + EVERY


def hurry(audience: MailchimpAudience, *, now: datetime) -> None:
    """Look at once: somebody said that something changed."""
    kind = RemoteTaskKind.POLL
    ask_for(kind, name=f"{kind}:{audience.pk}", about={"audience": audience.pk}, now=now)


def in_use(task: RemoteTask) -> MailchimpAudience | None:
    """The audience that the task is about, while its newsletter is sent by Mailchimp."""
    found = MailchimpAudience.objects.filter(pk=task.about.get("audience"), newsletter__backend=BACKEND)
    return found.exclude(switched_on_at=None).select_related("newsletter").first()


def _since(audience: MailchimpAudience) -> datetime | None:
    return audience.polled_until - OVERLAP if audience.polled_until else None


def _take(audience: MailchimpAudience, page: Page[Member], task: RemoteTask, *, offset: int, now: datetime) -> bool:
    """Take in the page and remember how far it reached, in one transaction; whether it was the last one."""
    reached = offset + page.seen
    changes = [member.changed_at for member in page.items if member.changed_at]
    has_shrunk = not page.seen and page.total <= offset
    is_after_gap = offset > 0 and (has_shrunk or _is_after_gap(changes, task))
    # An empty page is the end, whatever the total says: not all that Mailchimp counts is listed.
    is_over = not is_after_gap and (reached >= page.total or not page.seen)
    with transaction.atomic():
        receive(audience, page.items, now=now)
        if is_after_gap:
            _go_on(audience, task, offset=max(offset - PAGE, 0), read_to=None)
        elif is_over:
            last = _reached(audience, changes, task, now=now)
            _go_on(audience, task, offset=0, read_to=None)
            counted = now if audience.polled_until is None else audience.counted_at  # the first look is one
            MailchimpAudience.objects.filter(pk=audience.pk).update(polled_until=last, counted_at=counted)
            audience.counted_at = counted
        else:
            _go_on(audience, task, offset=reached - min(STEP_BACK, page.seen // 2), read_to=max(changes, default=None))
        if page.items and _has_unwanted(audience):
            kind = RemoteTaskKind.PUSH
            ask_for(kind, name=f"{kind}:{audience.pk}", about={"audience": audience.pk}, now=now)
    if audience.polled_until is None:
        task.done, task.total = min(reached, page.total), page.total
    task.said = ""
    return is_over


def _reached(audience: MailchimpAudience, changes: list[datetime], task: RemoteTask, *, now: datetime) -> datetime:
    """Up to when all changes are known. An audience that nobody is in has no last one: who comes is after yesterday.

    While nothing newer comes, those of the overlap are read again and again, thousands if all got a tag at once: after
    a minute by our own clock none can come into view any more that is as old as they are.
    """
    before, newest = audience.polled_until, max(changes, default=None)
    if before is None or newest is None or newest > before:
        task.about = {**task.about, _SAME_SINCE: ""}
        return newest or before or now - timedelta(days=1)
    since = task.about.get(_SAME_SINCE)
    if not since:
        task.about = {**task.about, _SAME_SINCE: now.isoformat()}
    elif now - datetime.fromisoformat(str(since)) >= IN_VIEW_AFTER:
        return max(before, newest + OVERLAP)
    return before


def _is_after_gap(changes: list[datetime], task: RemoteTask) -> bool:
    """Whether more moved up than are read twice: then the page begins later than the one before it ended."""
    before = task.about.get(_READ_TO)
    return bool(before and changes) and min(changes) > datetime.fromisoformat(str(before))


def _go_on(audience: MailchimpAudience, task: RemoteTask, *, offset: int, read_to: datetime | None) -> None:
    """Where the next turn begins, and how far this page reached."""
    task.about = {**task.about, _READ_TO: read_to.isoformat() if read_to else ""}
    RemoteTask.objects.filter(pk=task.pk).update(about=task.about)
    MailchimpAudience.objects.filter(pk=audience.pk).update(poll_offset=offset)


def _has_unwanted(audience: MailchimpAudience) -> bool:
    """Whether somebody is on the audience who has left here."""
    left = Subscription.objects.filter(
        newsletter=audience.newsletter_id, subscriber=OuterRef("subscriber"), state=SubscriptionState.ENDED
    )
    return audience.members.filter(Exists(left), erasing=False, status__in=THERE).exists()


def _let_go(audience: MailchimpAudience, api: Mailchimp, *, now: datetime) -> bool:
    """Take off the audience who must not be mailed and has no subscription here that would end over there.

    Whoever Mailchimp refuses, or fails at, is left alone for a while, so that the others are looked at all the same;
    returns whether anybody is refused.
    """
    confirmed = Subscription.objects.confirmed().filter(
        newsletter=audience.newsletter_id, subscriber=OuterRef("subscriber")
    )
    marked = audience.members.filter(erasing=False, status__in=THERE, problem_text=SUPPRESSED_HERE)
    marked = marked.filter(~Exists(confirmed))
    for row in marked.exclude(retry_at__gt=now).order_by("pk")[:MOST_LET_GO]:
        try:
            changed_at = api.unsubscribe_member(audience.list_id, row.member_hash).changed_at
        except NotFoundError:
            changed_at = now
        except RefusedError:
            MailchimpMember.objects.filter(pk=row.pk, erasing=False).update(retry_at=now + AFTER_REFUSED_END)
            continue
        except ThrottledError:
            raise
        except (DownError, UnexpectedAnswerError):  # a failing call takes long: the others are the next turn's
            put_off(audience, row.pk, now=now)
            break
        MailchimpMember.objects.filter(pk=row.pk, erasing=False).update(
            status=MemberStatus.UNSUBSCRIBED, changed_there_at=changed_at or now, retry_at=None
        )
    return marked.filter(retry_at__gt=now + AFTER_FAILURE).exists()


def _note_problem(audience: MailchimpAudience, task: RemoteTask, text: str, *, now: datetime) -> datetime:
    task.said = text[:500]
    MailchimpAudience.objects.filter(pk=audience.pk).update(problem=text[:500])
    return now + AFTER_PROBLEM
