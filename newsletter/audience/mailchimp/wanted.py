"""What has to be done over there: found by comparing rows as sets, so that no road to a change can be forgotten.

One query a kind. What is found here is judged again by whoever writes it: rows move on meanwhile.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, FilteredRelation, Q, QuerySet, Value
from django.db.models.functions import MD5, Coalesce, Concat, NullIf, Substr

from newsletter.audience.mailchimp.chosen_tag import REST, WITHOUT
from newsletter.audience.mailchimp.receive import SUPPRESSED_HERE
from newsletter.audience.mailchimp.spellings import spellings
from newsletter.backends.mailchimp.ids import member_hash
from newsletter.engine.subscriptions import SubscriptionState
from newsletter.models import (
    MailchimpAudience,
    MemberProblem,
    MemberStatus,
    Subscription,
)

#: Raised when what is sent of a reader changes: then everybody is sent anew.
_RECIPE = 1
#: Who is (or may be) on the list there; an upsert never brings anybody else back.
_THERE = (MemberStatus.SUBSCRIBED, MemberStatus.PENDING)
#: Who may be asked again after a fresh confirmation. A mailbox that does not exist is not.
LEFT = (MemberStatus.UNSUBSCRIBED, MemberStatus.ARCHIVED, MemberStatus.TRANSACTIONAL)
#: Only the reader can end these, by a form over there.
_FINAL = (MemberProblem.COMPLIANCE, MemberProblem.FORGOTTEN)
#: `digest_without` in the database.
_WITHOUT_TAG = Concat(Value(WITHOUT), Substr("digest", 1, REST))
#: What the queries ask of a member.
_COLUMNS = (
    *("member_hash", "erasing", "status", "changed_there_at"),
    *("sent_digest", "problem", "problem_text", "retry_at", "pushed_at"),
)
#: Who failed or was refused before keeps nobody waiting.
_FRESH_FIRST = F("retry_at").asc(nulls_first=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A confirmed reader of ours who is not over there as they should be."""

    subscriber_id: int
    email: str
    name: str
    #: As it is kept here; the newsletter's where the reader chose none.
    language: str
    #: Of all that would be sent.
    digest: str
    confirmed_at: datetime | None
    #: What is known of them over there; None for nothing.
    member_id: int | None
    known_hash: str
    status: str
    changed_there_at: datetime | None

    @property
    def address(self) -> str:
        """As Mailchimp writes it, where that is known."""
        written = (spelling for spelling in spellings(self.email) if member_hash(spelling) == self.known_hash)
        return next(written, self.email)

    @property
    def hash(self) -> str:
        return member_hash(self.address)

    @property
    def moved(self) -> bool:
        """Whether what is known is the contact of an earlier address of theirs."""
        return self.member_id is not None and self.known_hash != self.hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Somebody over there, by the name that Mailchimp's addresses have for them."""

    member_id: int
    hash: str


def to_erase(audience: MailchimpAudience, *, now: datetime) -> list[Contact]:
    """Contacts of readers who were erased here. Those that we brought over are found without having been marked.

    Those that failed or were refused before come last, and not at once.
    """
    orphans = audience.members.filter(subscriber=None, erasing=False, pushed_at__isnull=False)
    orphans.update(erasing=True, problem="", retry_at=None)
    erasing = audience.members.filter(_may_go(now), erasing=True).order_by(_FRESH_FIRST, "pk")
    return _contacts(erasing.values_list("pk", "member_hash"))


def to_unsubscribe(audience: MailchimpAudience, *, now: datetime, most: int) -> list[Contact]:
    """Contacts whose subscription has ended here, also where it was asked for anew and not confirmed yet.

    Whoever was sent and not heard of may be there as well; what is under way does not hold an unsubscribe back.
    """
    there = Q(status__in=_THERE) | Q(status="", pushed_at__isnull=False)
    # A problem without a digest is about leaving, one with it is about what was sent before.
    at_once = Q(problem="") | ~Q(sent_digest="") | _may_go(now)
    found = _with_members(audience).filter(_has_ended(), there, at_once, erasing=False)
    return _contacts(found.order_by(_FRESH_FIRST, "pk").values_list("member_id", "member_hash")[:most])


def count_refused_ends(audience: MailchimpAudience) -> tuple[int, int]:
    """How many left here and are there all the same, and how many erased ones, because Mailchimp refuses to do it."""
    refused = ~Q(problem="")
    left = _with_members(audience).filter(_has_ended(), refused, status__in=_THERE, sent_digest="", erasing=False)
    staying = left.exclude(problem_text=SUPPRESSED_HERE).count()
    return staying, audience.members.filter(refused, erasing=True).count()


def _has_ended() -> Q:
    return Q(state=SubscriptionState.ENDED) | Q(state=SubscriptionState.PENDING, ended_at__isnull=False)


def to_ask_again(audience: MailchimpAudience, *, now: datetime, most: int) -> list[Reader]:
    """Readers who left there and have confirmed here later than that: Mailchimp may ask them, once."""
    left = Q(status__in=LEFT, erasing=False) & ~Q(problem__in=_FINAL)
    found = _readers(audience).filter(left, _may_go(now), _is_receiving(now), changed_there_at__lt=F("confirmed_at"))
    return _read(found.order_by("subscriber_id")[:most])


def to_bring(audience: MailchimpAudience, *, now: datetime, most: int) -> list[Reader]:
    """Confirmed readers whom nobody there knows, or who changed since they were sent.

    Mailchimp knows no pauses: who takes one and is not there yet is brought over when it ends.
    """
    return _read(_to_bring(audience, now=now).order_by("subscriber_id")[:most])


def to_tag(audience: MailchimpAudience, *, most: int) -> list[Reader]:
    """Readers who are there and have not got the tag that the newsletter goes to."""
    untagged = _readers(audience).filter(
        sent_digest=_WITHOUT_TAG, status__in=_THERE, erasing=False, problem="", retry_at=None
    )
    return _read(untagged.order_by("subscriber_id")[:most])


def to_try_for_fields(audience: MailchimpAudience, *, now: datetime) -> list[Reader]:
    """One of those who lacked a field that the audience requires: whether it still does is seen by trying."""
    is_there = Q(status__in=_THERE)
    lacking = _readers(audience).filter(is_there | _is_receiving(now), problem=MemberProblem.FIELD, erasing=False)
    return _read(lacking.order_by("subscriber_id")[:1])


def count_to_bring(audience: MailchimpAudience, *, now: datetime) -> int:
    return _to_bring(audience, now=now).count()


def count_under_way(audience: MailchimpAudience, *, now: datetime) -> int:
    """Members that are being sent, or wait to be sent once more."""
    return audience.members.filter(problem="", erasing=False, retry_at__gt=now).count()


def is_free(now: datetime) -> Q:
    """Members that may be sent: not under way, and not left alone after a problem unless they changed since then."""
    return Q(erasing=False) & (_may_go(now) | ~Q(problem=""))


def _to_bring(audience: MailchimpAudience, *, now: datetime) -> QuerySet[Any]:
    has_problem = ~Q(problem="")
    changed = ~Q(sent_digest=F("digest")) & ~Q(sent_digest=_WITHOUT_TAG) & (_may_go(now) | has_problem)
    tried_again = has_problem & Q(retry_at__lte=now)
    wanted = Q(erasing=False) & (changed | tried_again)
    is_new = Q(member_id=None) | (Q(status="") & wanted)
    is_there = Q(status__in=_THERE) & wanted
    return _readers(audience).filter(is_there | (is_new & _is_receiving(now)))


def _is_receiving(now: datetime) -> Q:
    """As `Subscription.objects.receiving` has it."""
    return Q(paused_until=None) | Q(paused_until__lte=now)


def _may_go(now: datetime) -> Q:
    return Q(retry_at=None) | Q(retry_at__lte=now)


def _with_members(audience: MailchimpAudience) -> QuerySet[Any]:
    """Subscriptions, each with what is known of its reader over there.

    Named column by column: conditions on the relation itself would join it again, and a negated one would be about all
    rows of the reader, in a subquery.
    """
    theirs = Q(subscriber__mailchimp_members__audience=audience.pk)
    related = Subscription.objects.filter(newsletter=audience.newsletter_id).annotate(
        member=FilteredRelation("subscriber__mailchimp_members", condition=theirs)
    )
    columns = {name: F(f"member__{name}") for name in _COLUMNS}
    found: QuerySet[Any] = related.annotate(member_id=F("member__pk"), **columns)
    return found


def _readers(audience: MailchimpAudience) -> QuerySet[Any]:
    """Confirmed ones, with the digest of what would be sent of each: address, language, and the fields named."""
    language = Coalesce(NullIf("subscriber__language", Value("")), Value(audience.newsletter.language))
    parts: list[Any] = [Value(_recipe(audience)), "subscriber__email", Value("\n"), language]
    if "name" in audience.merge_fields.values():
        parts += [Value("\n"), "subscriber__name"]
    confirmed = _with_members(audience).filter(state=SubscriptionState.CONFIRMED)
    found: QuerySet[Any] = confirmed.annotate(digest=MD5(Concat(*parts)))
    return found


def _recipe(audience: MailchimpAudience) -> str:
    return f"{_RECIPE} {json.dumps([audience.merge_fields, audience.segment_id], sort_keys=True)}\n"


def _read(found: QuerySet[Any]) -> list[Reader]:
    of_reader = ("subscriber_id", "subscriber__email", "subscriber__name", "subscriber__language", "confirmed_at")
    of_member = ("digest", "member_id", "member_hash", "status", "changed_there_at")
    return [
        Reader(
            subscriber_id=pk,
            email=email,
            name=name,
            language=language,
            confirmed_at=confirmed_at,
            digest=digest,
            member_id=member_id,
            known_hash=known or "",
            status=status or "",
            changed_there_at=changed_at,
        )
        for pk, email, name, language, confirmed_at, digest, member_id, known, status, changed_at in found.values_list(
            *of_reader, *of_member
        )
    ]


def _contacts(pairs: Iterable[tuple[int, str]]) -> list[Contact]:
    return [Contact(member_id=pk, hash=name) for pk, name in pairs]
