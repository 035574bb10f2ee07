"""Keeping the audience there in step: what has ended here goes first, then who is new or has changed is brought."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils.translation import gettext

from newsletter.audience.mailchimp import again, batches, former, leaving, members, tagging, wanted
from newsletter.audience.mailchimp.account import BACKEND
from newsletter.audience.mailchimp.forget import waiting
from newsletter.audience.mailchimp.receive import receive
from newsletter.audience.mailchimp.said import LOOKED_AT_FIRST, NO_AUDIENCE, NOT_IN_STEP, beginning
from newsletter.audience.mailchimp.turn import Turn, check_is_there, is_not_found
from newsletter.audience.mailchimp.wanted import Reader
from newsletter.backends.mailchimp.answers import Member, MemberWrite
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.errors import (
    DownError,
    KeyRefusedError,
    MailchimpError,
    NotFoundError,
    RefusedError,
    ThrottledError,
    UnsureError,
)
from newsletter.backends.mailchimp.ids import member_hash
from newsletter.models import MailchimpAudience, MemberStatus, RemoteTask

#: Between two looks for what is wanted: an end or an erasure here is there within a minute.
EVERY = timedelta(seconds=20)
#: The audience is gone, and nobody there can leave it.
AFTER_PROBLEM = timedelta(minutes=5)
#: So many are sent one by one; more are a batch.
FEW = 50
_LONGEST_WAIT = timedelta(seconds=15)
#: Who left there, or can't be reached.
_ENDED = (MemberStatus.UNSUBSCRIBED, MemberStatus.CLEANED)
#: Begins what is kept as the audience's problem, so that it is known whose it is to take away.
PROBLEM = beginning(NOT_IN_STEP)


def push(task: RemoteTask, api: Mailchimp, now: datetime) -> datetime | None:
    """A turn. It goes on as long as the newsletter is sent by Mailchimp, or somebody has to be erased there."""
    if former.is_asked(task):
        return former.erase(task, api, again_at=now + members.AFTER_REFUSED_END)
    found = MailchimpAudience.objects.select_related("newsletter")
    audience = found.filter(pk=task.about.get("audience")).first()
    task.said = ""
    if audience is None:
        return None
    turn = Turn(audience=audience, api=api, now=now)
    try:
        next_at = _run(turn, task)
        turn.check_it_was_one()
    except (DownError, UnsureError):  # tried again by the runner
        raise
    except KeyRefusedError as error:
        _note_problem(audience, task, str(error))
        raise
    except MailchimpError as error:
        is_gone = isinstance(error, NotFoundError) and is_not_found(audience, api)
        _note_problem(audience, task, NO_AUDIENCE if is_gone else str(error))
        return now + (AFTER_PROBLEM if is_gone else EVERY)  # who leaves meanwhile leaves there within a minute
    problem = " ".join(filter(None, (turn.refused, turn.problem)))
    if problem or not turn.under_way:
        _note_problem(audience, task, problem)
    return next_at


def _run(turn: Turn, task: RemoteTask) -> datetime | None:
    """Raises:
    MailchimpError: nothing can go on; what was done is written.
    """
    audience = turn.audience
    batches.recover(audience, now=turn.now)
    turn.open = batches.open_ones(audience)
    left = leaving.erase(turn)
    if audience.switched_on_at is None or audience.newsletter.backend != BACKEND:
        turn.refused = leaving.what_was_refused(audience)
        _look_at_batches(turn, task)  # one that goes on may bring back who is erased
        return turn.now + EVERY if waiting(audience).exists() else None
    if audience.problem.startswith(PROBLEM):
        check_is_there(audience, turn.api)
    left += leaving.unsubscribe(turn, few=FEW)
    turn.refused = leaving.what_was_refused(audience)
    _look_at_batches(turn, task)
    if audience.polled_until is None:
        task.said = LOOKED_AT_FIRST
        return turn.now + EVERY
    _ask_again(turn)
    _try_for_fields(turn)
    return _next(turn, task, left + _bring(turn) + tagging.tag(turn, most=leaving.MOST))


def _look_at_batches(turn: Turn, task: RemoteTask) -> None:
    for batch in turn.open:
        if batch.remote_id and not turn.is_over:
            try:
                read = batches.look(turn.audience, batch, turn.api, now=turn.now)
            except ThrottledError:
                raise
            except DownError as error:  # its results lie elsewhere: that must not keep those who leave waiting
                task.said = str(error)
                continue
            turn.problem = read.problem or turn.problem
            _heard(turn, read.sent)
    turn.open = batches.open_ones(turn.audience)


def _heard(turn: Turn, sent: Sequence[members.Sent]) -> None:
    """Take in what the answers say beyond each member.

    Raises:
        MailchimpError: the key or the audience is no good any more.
    """
    for one in sent:
        if isinstance(one.error, KeyRefusedError) or (one.digest and isinstance(one.error, NotFoundError)):
            raise one.error
    left = [one.member for one in sent if one.digest and one.member and one.member.status in _ENDED]
    if left:
        receive(turn.audience, left, now=turn.now, begins=False)
    if missing := members.missing_for_all(turn.audience, sent):
        turn.problem = gettext(
            "the audience requires %(fields)s of every reader. Make that optional there (Audience > Settings > "
            "Audience fields), or choose here what goes into it."
        ) % {"fields": ", ".join(missing)}


def _ask_again(turn: Turn) -> None:
    for reader in wanted.to_ask_again(turn.audience, now=turn.now, most=FEW):
        if reader.member_id is not None and not turn.is_over:
            with turn.about_one(reader.member_id):
                again.come_back(turn.audience, reader, turn.api, now=turn.now)


def _try_for_fields(turn: Turn) -> None:
    """Whether a field is still required shows when one of those who lack it is sent: if not, all are."""
    if turn.audience.problem.startswith(PROBLEM):
        sent = _bring_singly(turn, wanted.to_try_for_fields(turn.audience, now=turn.now))
        # One who lacks a field of their own as well says as much: the audience requires nothing that nobody has.
        heard = any(one.member or isinstance(one.error, RefusedError) for one in sent)
        if heard and not members.missing_for_all(turn.audience, sent):
            members.forget_lacking_fields(turn.audience)


def _bring(turn: Turn) -> int:
    """Returns how many are left for the next turn."""
    readers = wanted.to_bring(turn.audience, now=turn.now, most=leaving.MOST)
    moved = [reader for reader in readers if reader.moved]
    for reader in moved[:FEW]:
        if reader.member_id is not None and not turn.is_over:
            with turn.about_one(reader.member_id):
                again.move(turn.audience, reader, turn.api, now=turn.now)
    others = [reader for reader in readers if not reader.moved]
    if len(others) <= FEW:
        _bring_singly(turn, others)
        return len(moved) + (len(others) if turn.is_over else 0)
    room = max(0, batches.MOST_OPEN - len(turn.open))
    for some in batches.slices(others, room):
        if turn.is_over or not batches.bring(turn.audience, some, turn.api, now=turn.now):
            break
    turn.open = batches.open_ones(turn.audience)
    return wanted.count_to_bring(turn.audience, now=turn.now)


def _bring_singly(turn: Turn, readers: Sequence[Reader]) -> list[members.Sent]:
    if not readers:
        return []
    prepared = members.prepare(turn.audience, readers, until=turn.until, now=turn.now)
    sent: list[members.Sent] = []
    looked_at: list[int] = []
    try:
        for one in prepared:
            if not turn.is_over:
                with turn.about_one(one.member_id):
                    left = _who_left(turn, one.write) if one.is_new else None
                    looked_at += [one.member_id] if left else []
                    member, error = (left, None) if left else _upsert(turn, one.write)
                    sent.append(members.Sent(member_id=one.member_id, digest=one.digest, member=member, error=error))
    finally:
        members.settle(turn.audience, sent, until=turn.until, now=turn.now)
        members.not_sent(turn.audience, looked_at)
        members.let_go(turn.audience, [one.member_id for one in prepared], until=turn.until)
    _heard(turn, sent)
    return sent


def _who_left(turn: Turn, write: MemberWrite) -> Member | None:
    """Somebody whom nobody here knew when they left there. Sending them would change the instant at which that was."""
    try:
        member = turn.api.member(turn.audience.list_id, member_hash(write.email))
    except (NotFoundError, RefusedError):
        return None
    return member if member.status in _ENDED else None


def _upsert(turn: Turn, write: MemberWrite) -> tuple[Member | None, MailchimpError | None]:
    try:
        return turn.api.upsert_member(turn.audience.list_id, write), None
    except (RefusedError, UnsureError) as error:
        return None, error


def _next(turn: Turn, task: RemoteTask, left: int) -> datetime:
    """Say how far it is, and when to go on."""
    turn.under_way = wanted.count_under_way(turn.audience, now=turn.now)
    finished = sum(batch.finished for batch in turn.open if batch.remote_id)
    _count(task, left + max(0, turn.under_way - finished))
    if turn.open:
        oldest = turn.now - turn.open[0].created_at
        return turn.now + min(_LONGEST_WAIT, max(timedelta(seconds=0.5), oldest / 4))
    if left:
        return turn.now if turn.is_over else turn.now + (EVERY if turn.problem else EVERY / 10)
    if not turn.under_way and not turn.refused:
        MailchimpAudience.objects.filter(pk=turn.audience.pk).update(in_step_at=turn.now)
    return turn.now + EVERY


def _count(task: RemoteTask, left: int) -> None:
    """How much of what was wanted is done; a new count begins when all of the last one was."""
    if task.done >= task.total:
        task.done, task.total = 0, left
    task.total = max(task.total, task.done + left)
    task.done = task.total - left


def _note_problem(audience: MailchimpAudience, task: RemoteTask, problem: str) -> None:
    """Keep it, or take away what an earlier turn kept; what others found stays."""
    ours = MailchimpAudience.objects.filter(pk=audience.pk, problem__startswith=PROBLEM)
    if not problem:
        ours.update(problem="")
        return
    task.said = f"{PROBLEM}{problem}"[:500]
    if not ours.update(problem=task.said):
        MailchimpAudience.objects.filter(pk=audience.pk, problem="").update(problem=task.said)
