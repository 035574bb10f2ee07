"""Bringing readers over: what has ended here goes first, then who is new or has changed, few by few or in batches."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from django.utils.translation import gettext

from newsletter.audience.mailchimp import again, batches, members, wanted
from newsletter.audience.mailchimp.account import BACKEND
from newsletter.audience.mailchimp.chosen_tag import chosen_tag
from newsletter.audience.mailchimp.receive import receive
from newsletter.audience.mailchimp.wanted import Contact, Reader
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
from newsletter.backends.mailchimp.members import MOST_TAGGED
from newsletter.models import MailchimpAudience, MailchimpBatch, MemberStatus, RemoteTask

T = TypeVar("T")

#: Between two looks for what is wanted: an end or an erasure here is there within a minute.
EVERY = timedelta(seconds=20)
#: After something that a person has to look at.
AFTER_PROBLEM = timedelta(minutes=5)
#: So many are sent one by one; more are a batch.
FEW = 50
#: Seconds after which a turn begins nothing new.
TURN = 5.0
#: How long single calls of a turn are left alone by others.
_LEASE = timedelta(minutes=3)
_LONGEST_WAIT = timedelta(seconds=15)
_AT_MOST = batches.MOST_OPEN * batches.MOST_IN_ONE
#: Who left there, or can't be reached.
_ENDED = (MemberStatus.UNSUBSCRIBED, MemberStatus.CLEANED)
#: Begins what is kept as the audience's problem, so that it is known whose it is to take away.
PROBLEM = "Readers can't be brought over to Mailchimp: "
_GONE = "it has no such audience any more. Switch it off, and choose another one."


def push(task: RemoteTask, api: Mailchimp, now: datetime) -> datetime | None:
    """A turn. It goes on as long as the newsletter is sent by Mailchimp, or somebody has to be erased there."""
    found = MailchimpAudience.objects.select_related("newsletter")
    audience = found.filter(pk=task.about.get("audience")).first()
    task.said = ""
    if audience is None:
        return None
    turn = _Turn(task=task, audience=audience, api=api, now=now)
    try:
        next_at = turn.run()
    except (DownError, UnsureError):  # tried again by the runner
        raise
    except KeyRefusedError as error:
        _note_problem(audience, task, str(error))
        raise
    except MailchimpError as error:
        _note_problem(audience, task, _words(audience, api, error))
        return now + AFTER_PROBLEM
    if turn.problem or not turn.under_way:
        _note_problem(audience, task, turn.problem)
    return next_at


@dataclass(kw_only=True)
class _Turn:
    task: RemoteTask
    audience: MailchimpAudience
    api: Mailchimp
    now: datetime
    #: What a person has to look at; empty when all is well.
    problem: str = ""
    open: list[MailchimpBatch] = field(default_factory=list)
    #: How many members are on their way or wait: until they are there, an earlier problem is not known to be over.
    under_way: int = 0
    _end: float = field(default_factory=lambda: time.monotonic() + TURN)

    def run(self) -> datetime | None:
        """Raises:
        MailchimpError: nothing can go on; what was done is written.
        """
        batches.recover(self.audience, now=self.now)
        self.open = batches.open_ones(self.audience)
        left = self._erase()
        if self.audience.switched_on_at is None or self.audience.newsletter.backend != BACKEND:
            return self.now + EVERY if left else None
        if self.audience.problem.startswith(PROBLEM):
            again.check_is_there(self.audience, self.api)
        left += self._unsubscribe()
        self._look_at_batches()
        if self.audience.polled_until is None:
            self.task.said = gettext("Who is at Mailchimp already is looked at first.")
            return self.now + EVERY
        self._ask_again()
        self._try_for_fields()
        return self._next(left + self._bring() + self._tag())

    @property
    def _is_over(self) -> bool:
        return time.monotonic() >= self._end

    def _erase(self) -> int:
        """Returns how many are left. Whom a batch may still bring over is kept, and erased once more after it."""
        contacts = wanted.to_erase(self.audience, now=self.now)
        under_way = batches.under_way(self.open)
        done = 0
        for contact in contacts:
            if self._is_over:
                break
            try:
                self.api.erase_member(self.audience.list_id, contact.hash)
            except RefusedError as error:
                members.refused(self.audience, contact.member_id, error, now=self.now)
                continue
            if contact.member_id not in under_way:
                done += self.audience.members.filter(pk=contact.member_id, erasing=True).delete()[0]
        return len(contacts) - done

    def _unsubscribe(self) -> int:
        """Returns how many are left."""
        leaving = batches.leaving(self.open)
        found = wanted.to_unsubscribe(self.audience, now=self.now, most=_AT_MOST)
        contacts = [contact for contact in found if contact.member_id not in leaving]
        if len(contacts) <= FEW:
            self._unsubscribe_singly(contacts)
            return len(contacts) if self._is_over else 0
        for some in _slices(contacts, batches.MOST_OPEN):  # whatever else is open: these go before it
            if not batches.unsubscribe(self.audience, some, self.api, now=self.now):
                break
        self.open = batches.open_ones(self.audience)
        return len(contacts)

    def _unsubscribe_singly(self, contacts: Sequence[Contact]) -> None:
        until, under_way = self.now + _LEASE, batches.under_way(self.open)
        taken = members.take(self.audience, [one.member_id for one in contacts], until=until, now=self.now)
        sent: list[members.Sent] = []
        try:
            for contact in contacts:
                if contact.member_id in taken and not self._is_over:
                    one = self._leave(contact)
                    sent.append(one)
        finally:
            # Whom a batch has still to bring over is not gone, but not there yet.
            gone_later = [one for one in sent if isinstance(one.error, NotFoundError) and one.member_id in under_way]
            settled = [one for one in sent if one not in gone_later]
            members.settle(self.audience, settled, until=until, now=self.now)
            members.let_go(self.audience, taken, until=until)

    def _leave(self, contact: Contact) -> members.Sent:
        try:
            member = self.api.unsubscribe_member(self.audience.list_id, contact.hash)
        except NotFoundError as error:
            again.check_is_there(self.audience, self.api)
            return members.Sent(member_id=contact.member_id, digest="", error=error)
        except (RefusedError, UnsureError) as error:
            return members.Sent(member_id=contact.member_id, digest="", error=error)
        return members.Sent(member_id=contact.member_id, digest="", member=member)

    def _look_at_batches(self) -> None:
        for batch in self.open:
            if batch.remote_id and not self._is_over:
                try:
                    read = batches.look(self.audience, batch, self.api, now=self.now)
                except ThrottledError:
                    raise
                except DownError as error:  # its results lie elsewhere: that must not keep those who leave waiting
                    self.task.said = str(error)
                    continue
                self.problem = read.problem or self.problem
                self._heard(read.sent)
        self.open = batches.open_ones(self.audience)

    def _heard(self, sent: Sequence[members.Sent]) -> None:
        """Take in what the answers say beyond each member.

        Raises:
            MailchimpError: the key or the audience is no good any more.
        """
        for one in sent:
            if isinstance(one.error, KeyRefusedError) or (one.digest and isinstance(one.error, NotFoundError)):
                raise one.error
        left = [one.member for one in sent if one.digest and one.member and one.member.status in _ENDED]
        if left:
            receive(self.audience, left, now=self.now, begins=False)
        if missing := members.missing_for_all(self.audience, sent):
            self.problem = gettext(
                "the audience requires %(fields)s of every reader. Make that optional there (Audience > Settings > "
                "Audience fields), or choose here what goes into it."
            ) % {"fields": ", ".join(missing)}

    def _ask_again(self) -> None:
        for reader in wanted.to_ask_again(self.audience, now=self.now, most=FEW):
            if not self._is_over:
                again.come_back(self.audience, reader, self.api, now=self.now)

    def _try_for_fields(self) -> None:
        """Whether a field is still required shows when one of those who lack it is sent: if not, all are."""
        if self.audience.problem.startswith(PROBLEM):
            sent = self._bring_singly(wanted.to_try_for_fields(self.audience, now=self.now))
            if any(one.member for one in sent):
                members.forget_lacking_fields(self.audience)

    def _bring(self) -> int:
        """Returns how many are left for the next turn."""
        readers = wanted.to_bring(self.audience, now=self.now, most=_AT_MOST)
        moved = [reader for reader in readers if reader.moved]
        for reader in moved[:FEW]:
            if not self._is_over:
                again.move(self.audience, reader, self.api, now=self.now)
        others = [reader for reader in readers if not reader.moved]
        if len(others) <= FEW:
            self._bring_singly(others)
            return len(moved) + (len(others) if self._is_over else 0)
        for some in _slices(others, self._room()):
            if self._is_over or not batches.bring(self.audience, some, self.api, now=self.now):
                break
        self.open = batches.open_ones(self.audience)
        return wanted.count_to_bring(self.audience, now=self.now)

    def _bring_singly(self, readers: Sequence[Reader]) -> list[members.Sent]:
        if not readers:
            return []
        until = self.now + _LEASE
        prepared = members.prepare(self.audience, readers, until=until, now=self.now)
        sent: list[members.Sent] = []
        try:
            for one in prepared:
                if not self._is_over:
                    member, error = self._upsert(one.write)
                    sent.append(members.Sent(member_id=one.member_id, digest=one.digest, member=member, error=error))
        finally:
            members.settle(self.audience, sent, until=until, now=self.now)
            members.let_go(self.audience, [one.member_id for one in prepared], until=until)
        self._heard(sent)
        return sent

    def _upsert(self, write: MemberWrite) -> tuple[Member | None, MailchimpError | None]:
        try:
            return self.api.upsert_member(self.audience.list_id, write), None
        except (RefusedError, UnsureError) as error:
            return None, error

    def _tag(self) -> int:
        """Returns how many are left."""
        tag = chosen_tag(self.audience)
        if tag is None:
            return 0
        readers = wanted.to_tag(self.audience, most=_AT_MOST)
        left = len(readers)
        for some in _slices(readers, _AT_MOST, MOST_TAGGED):
            if self._is_over:
                break
            try:
                got = self.api.add_to_tag(self.audience.list_id, tag, [reader.email for reader in some])
            except NotFoundError:
                again.check_is_there(self.audience, self.api)
                self.problem = gettext("the tag that the newsletter goes to is not there any more. Choose another one.")
                break
            members.tagged(self.audience, [reader for reader in some if reader.hash in got])
            left -= len(got)
            left -= self._tag_singly([reader for reader in some if reader.hash not in got])
        return left

    def _tag_singly(self, readers: Sequence[Reader]) -> int:
        """Those whom the call for many passed over: they have it already, or are not there. Returns how many."""
        for done, reader in enumerate(readers):
            if self._is_over:
                return done
            try:
                self.api.tag_member(self.audience.list_id, reader.hash, {self.audience.segment_name: True})
            except NotFoundError:
                again.check_is_there(self.audience, self.api)
                self.audience.members.filter(member_hash=reader.hash, erasing=False).update(sent_digest="")
            else:
                members.tagged(self.audience, [reader])
        return len(readers)

    def _room(self) -> int:
        return max(0, batches.MOST_OPEN - len(self.open))

    def _next(self, left: int) -> datetime:
        """Say how far it is, and when to go on."""
        self.under_way = wanted.count_under_way(self.audience, now=self.now)
        finished = sum(batch.finished for batch in self.open if batch.remote_id)
        _count(self.task, left + max(0, self.under_way - finished))
        if self.open:
            oldest = self.now - self.open[0].created_at
            return self.now + min(_LONGEST_WAIT, max(timedelta(seconds=0.5), oldest / 4))
        if left:
            return self.now if self._is_over else self.now + EVERY / 10
        if not self.under_way:
            MailchimpAudience.objects.filter(pk=self.audience.pk).update(in_step_at=self.now)
        return self.now + EVERY


def _slices(those: Sequence[T], most: int, size: int = 0) -> list[Sequence[T]]:
    """At most so many; as long as a batch may be unless told otherwise."""
    size = size or batches.MOST_IN_ONE
    return [those[first : first + size] for first in range(0, len(those), size)][:most]


def _count(task: RemoteTask, left: int) -> None:
    """How much of what was wanted is done; a new count begins when all of the last one was."""
    if task.done >= task.total:
        task.done, task.total = 0, left
    task.total = max(task.total, task.done + left)
    task.done = task.total - left


def _words(audience: MailchimpAudience, api: Mailchimp, error: MailchimpError) -> str:
    """Why nothing can go on: that the audience is gone, if that is what was not found."""
    if isinstance(error, NotFoundError):
        try:
            again.check_is_there(audience, api)
        except NotFoundError:
            return _GONE
    return str(error)


def _note_problem(audience: MailchimpAudience, task: RemoteTask, problem: str) -> None:
    """Keep it, or take away what an earlier turn kept; what others found stays."""
    ours = MailchimpAudience.objects.filter(pk=audience.pk, problem__startswith=PROBLEM)
    if not problem:
        ours.update(problem="")
        return
    task.said = f"{PROBLEM}{problem}"[:500]
    if not ours.update(problem=task.said):
        MailchimpAudience.objects.filter(pk=audience.pk, problem="").update(problem=task.said)
