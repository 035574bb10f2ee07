"""Rows of members: made before anything is sent, and written by what came of it. Sets of them, and conditionally.

`retry_at` of a row that has no problem says that it is under way: nobody else sends it before then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from newsletter.audience.mailchimp.chosen_tag import chosen_tag, digest_without
from newsletter.audience.mailchimp.languages import mailchimp_language
from newsletter.audience.mailchimp.receive import SUPPRESSED_HERE
from newsletter.audience.mailchimp.spellings import names_of
from newsletter.audience.mailchimp.wanted import Reader, is_free
from newsletter.audience.suppression import suppressed_among
from newsletter.backends.mailchimp.answers import Member, MemberWrite
from newsletter.backends.mailchimp.errors import (
    ComplianceError,
    DownError,
    KeyRefusedError,
    MailchimpError,
    NotFoundError,
    RefusedError,
    UnexpectedAnswerError,
    UnsureError,
)
from newsletter.models import (
    MailchimpAudience,
    MailchimpMember,
    MemberProblem,
    MemberStatus,
    Subscriber,
    Subscription,
)

#: What was refused is tried again then, or when what is sent of the reader changes.
AFTER_PROBLEM = timedelta(days=7)
#: Leaving, or being deleted, that was refused: meanwhile somebody is mailed who does not want to be.
AFTER_REFUSED_END = timedelta(hours=1)
#: What only failed on the way.
AFTER_FAILURE = timedelta(minutes=1)
#: Not about the member: the line, the key, the audience.
_PASSING = (DownError, UnsureError, UnexpectedAnswerError, KeyRefusedError, NotFoundError)
_ADDRESS_FIELD = "email_address"
_WRITTEN = ("status", "changed_there_at", "sent_digest", "problem", "problem_text", "retry_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A member whose row is there and under way, and what to send."""

    member_id: int
    digest: str
    write: MemberWrite
    #: Whether it is not known how they stand there.
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What came of one member: what Mailchimp answered, or why not. Without a digest it is about leaving there."""

    member_id: int
    digest: str
    member: Member | None = None
    error: Exception | None = None


def prepare(
    audience: MailchimpAudience, readers: Sequence[Reader], *, until: datetime, now: datetime
) -> list[Prepared]:
    """Make or take the rows of these readers, so that they are under way until then; those that nobody else has taken.

    Committed before anything is sent: what may be over there has a row here, which an erasure finds.
    """
    with transaction.atomic():
        readers = _still_here(readers)
        suppressed = suppressed_among([reader.email for reader in readers])
        _note_suppressed(audience, [reader for reader in readers if reader.email in suppressed], now=now)
        readers = [reader for reader in readers if reader.email not in suppressed]
        rows = _rows(audience, readers)
        taken = audience.members.filter(is_free(now), pk__in=rows)
        taken.update(retry_at=until, pushed_at=now, problem="", problem_text="")
        won = set(audience.members.filter(pk__in=rows, retry_at=until).values_list("pk", flat=True))
    return [
        Prepared(member_id=pk, digest=reader.digest, write=_write(audience, reader), is_new=not reader.status)
        for pk, reader in rows.items()
        if pk in won
    ]


def settle(audience: MailchimpAudience, sent: Iterable[Sent], *, until: datetime, now: datetime) -> None:
    """Write what came of members that are still under way until then; whoever moved on meanwhile is left alone."""
    by_member = {one.member_id: one for one in sent}
    tag = chosen_tag(audience)
    with transaction.atomic():
        under_way = audience.members.select_for_update().filter(pk__in=by_member, retry_at=until, erasing=False)
        audience.members.filter(pk__in=by_member, retry_at=until, erasing=True).update(retry_at=None)
        rows = list(under_way)
        gone = [row.pk for row in rows if _is_gone(by_member[row.pk])]
        for row in rows:
            _write_down(row, by_member[row.pk], tag=tag, now=now)
        # All of them are there and locked, so that each is updated; bulk_update takes ten times as long.
        MailchimpMember.objects.bulk_create(rows, update_conflicts=True, unique_fields=["pk"], update_fields=_WRITTEN)
        audience.members.filter(pk__in=gone).delete()


def let_go(
    audience: MailchimpAudience, ids: Iterable[int], *, until: datetime, again_at: datetime | None = None
) -> None:
    """Nothing is known of what came of them: they are wanted again, at once or then."""
    audience.members.filter(pk__in=list(ids), retry_at=until).update(retry_at=again_at)


def take(audience: MailchimpAudience, ids: Collection[int], *, until: datetime, now: datetime) -> set[int]:
    """Put these under way whatever else is: for ends and erasures, which go before everything. Returns those taken."""
    members = audience.members.filter(pk__in=ids)
    members.filter(erasing=False).update(retry_at=until, pushed_at=now, problem="", problem_text="")
    return set(members.filter(retry_at=until).values_list("pk", flat=True))


def note(audience: MailchimpAudience, member_id: int, member: Member) -> None:
    """Keep how somebody stands over there."""
    with transaction.atomic():
        row = audience.members.select_for_update().filter(pk=member_id, erasing=False).first()
        if row is not None:
            _note_status(row, member)
            row.save(update_fields=["status", "changed_there_at"])


def refused(
    audience: MailchimpAudience,
    member_id: int,
    error: MailchimpError,
    *,
    now: datetime,
    again_after: timedelta = AFTER_PROBLEM,
    erasing: bool = False,
) -> None:
    """Keep why something was refused; it is tried again later. Who was erased meanwhile is deleted there at once."""
    audience.members.filter(pk=member_id, erasing=erasing).update(
        problem=problem_of(error), problem_text=str(error)[:300], retry_at=now + again_after
    )


def put_off(audience: MailchimpAudience, member_id: int, *, now: datetime, erasing: bool = False) -> None:
    """Something failed at this one alone: others come first, and it is tried again soon. The same holds."""
    audience.members.filter(pk=member_id, erasing=erasing).update(retry_at=now + AFTER_FAILURE)


def tagged(audience: MailchimpAudience, readers: Iterable[Reader]) -> None:
    """They have got the tag, and so all that was wanted."""
    with transaction.atomic():  # one commit for all of them
        for reader in readers:
            waiting = audience.members.filter(member_hash=reader.hash, sent_digest=digest_without(reader.digest))
            waiting.update(sent_digest=reader.digest)


def moved_away(audience: MailchimpAudience, member_id: int) -> None:
    """The contact of an address that its reader has left: nobody's any more, and to be deleted over there."""
    audience.members.filter(pk=member_id).update(
        subscriber=None, erasing=True, sent_digest="", problem="", problem_text="", retry_at=None
    )


def not_sent(audience: MailchimpAudience, ids: Collection[int]) -> None:
    """They were only looked at: what is wanted of them is sent once they are there."""
    if ids:
        audience.members.filter(pk__in=ids, erasing=False).update(sent_digest="")


def forget_lacking_fields(audience: MailchimpAudience) -> None:
    """One got in: the others are tried again as well."""
    lacking = audience.members.filter(problem=MemberProblem.FIELD)
    lacking.update(problem="", problem_text="", sent_digest="", retry_at=None)


def problem_of(error: Exception) -> MemberProblem:
    if isinstance(error, ComplianceError):
        return MemberProblem.FORGOTTEN if error.forgotten else MemberProblem.COMPLIANCE
    if isinstance(error, RefusedError):
        fields = {problem.field for problem in error.fields}
        if fields - {_ADDRESS_FIELD}:
            return MemberProblem.FIELD
        # Mailchimp names no field when an address looks made up to it; the one thing sent that it judges is this.
        return MemberProblem.ADDRESS if fields or error.title == "Invalid Resource" else MemberProblem.OTHER
    return MemberProblem.OTHER


def missing_for_all(audience: MailchimpAudience, sent: Iterable[Sent]) -> list[str]:
    """Fields that the audience requires and that nothing of ours is put into: nobody of ours gets in without them."""
    required = {
        problem.field
        for one in sent
        if isinstance(one.error, RefusedError)
        for problem in one.error.fields
        if problem.field != _ADDRESS_FIELD
    }
    return sorted(required - audience.merge_fields.keys())


def _still_here(readers: Sequence[Reader]) -> list[Reader]:
    """Without those who were erased meanwhile; the others can't be before this is committed."""
    locked = Subscriber.objects.select_for_update(no_key=True).filter(pk__in=[one.subscriber_id for one in readers])
    here = set(locked.order_by("pk").values_list("pk", flat=True))  # as the worker of another audience has them
    return [reader for reader in readers if reader.subscriber_id in here]


def _rows(audience: MailchimpAudience, readers: Sequence[Reader]) -> dict[int, Reader]:
    """By id of their member's row, which is made where there is none.

    Somebody known over there and not here, until now, is who they are from now on; how they stand there is looked at
    first. So is the contact that a reader had who has left here, and has another address by now. A row of another
    reader, or of one who is being erased, is in the way until that is done.
    """
    new = [reader for reader in readers if reader.member_id is None]
    names = {reader.subscriber_id: names_of(reader.email) for reader in new}
    strangers = {name: subscriber_id for subscriber_id, known_by in names.items() for name in known_by}
    confirmed = Subscription.objects.confirmed().filter(
        newsletter=audience.newsletter_id, subscriber=OuterRef("subscriber")
    )
    nobodys = Q(subscriber=None, pushed_at=None) | Q(~Exists(confirmed), subscriber__isnull=False)
    met = audience.members.filter(nobodys, member_hash__in=strangers, erasing=False)
    for pk, name, owner in met.values_list("pk", "member_hash", "subscriber"):
        audience.members.filter(pk=pk, subscriber=owner, erasing=False).update(subscriber=strangers[name])
    known = set(audience.members.filter(member_hash__in=strangers).values_list("member_hash", flat=True))
    by_subscriber = {one.subscriber_id: one for one in new if known.isdisjoint(names[one.subscriber_id])}
    made = [
        MailchimpMember(audience=audience, member_hash=reader.hash, subscriber_id=subscriber_id)
        for subscriber_id, reader in by_subscriber.items()
    ]
    MailchimpMember.objects.bulk_create(made, ignore_conflicts=True)
    pairs = (
        audience.members.filter(subscriber__in=by_subscriber, member_hash__in=[row.member_hash for row in made])
        .order_by("pk")
        .values_list("pk", "subscriber_id")
    )
    return {
        **{reader.member_id: reader for reader in readers if reader.member_id is not None},
        **{pk: by_subscriber[subscriber_id] for pk, subscriber_id in pairs if subscriber_id is not None},
    }


def _note_suppressed(audience: MailchimpAudience, readers: Sequence[Reader], *, now: datetime) -> None:
    """On our own list of addresses that nobody writes to: they stay here, and the difference report says why."""
    rows = _rows(audience, readers)
    for pk, reader in rows.items():
        audience.members.filter(pk=pk).update(
            sent_digest=reader.digest,
            problem=MemberProblem.OTHER,
            problem_text=SUPPRESSED_HERE,
            retry_at=now + AFTER_PROBLEM,
        )


def _write(audience: MailchimpAudience, reader: Reader) -> MemberWrite:
    language = reader.language or audience.newsletter.language
    values = {"name": reader.name, "language": language}
    return MemberWrite(
        email=reader.address,
        status_if_new=audience.new_there,
        language=mailchimp_language(language),
        merge_fields=_merge_fields(audience.merge_fields, values),
    )


def _merge_fields(mapping: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    """Only what was named when the audience was switched on, and never more than we know how to fill."""
    return {tag: values[source] for tag, source in mapping.items() if source in values}


def _is_gone(sent: Sent) -> bool:
    """Whether somebody who was to leave is not there at all."""
    return not sent.digest and isinstance(sent.error, NotFoundError)


def _write_down(row: MailchimpMember, sent: Sent, *, tag: int | None, now: datetime) -> None:
    row.retry_at = None
    if sent.member is not None:
        row.sent_digest, row.problem, row.problem_text = sent.digest, "", ""
        if sent.digest:
            _note_status(row, sent.member)
            if tag is not None and tag not in sent.member.tags:
                row.sent_digest = digest_without(sent.digest)
        else:
            # The instant of our decision, not of its being done: who confirms anew after it is asked again.
            row.status, row.changed_there_at = MemberStatus.UNSUBSCRIBED, row.pushed_at
    elif sent.error is None or isinstance(sent.error, _PASSING):
        row.retry_at = now + AFTER_FAILURE
    else:
        row.sent_digest = sent.digest
        row.problem, row.problem_text = problem_of(sent.error), str(sent.error)[:300]
        row.retry_at = now + (AFTER_PROBLEM if sent.digest else AFTER_REFUSED_END)


def _note_status(row: MailchimpMember, member: Member) -> None:
    """What Mailchimp said, unless something later is known already."""
    earlier = row.changed_there_at and member.changed_at and member.changed_at < row.changed_there_at
    if member.status in MemberStatus and not earlier:
        row.status = member.status
        row.changed_there_at = member.changed_at or row.changed_there_at
