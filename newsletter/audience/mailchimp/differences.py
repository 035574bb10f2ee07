"""Who is here and not over there, who is there and not here, and why: counts for a page, rows for a file.

The reasons are worked out by the database from what was known last, so that both always agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Case, CharField, Count, F, FilteredRelation, Q, QuerySet, Value, When
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from newsletter.audience.export import AT_A_TIME, counted_in
from newsletter.audience.mailchimp.chosen_tag import WITHOUT, chosen_tag
from newsletter.audience.mailchimp.difference_words import SIDES, WORDS, Reason, Side, state_words, status_words
from newsletter.audience.mailchimp.receive import SUPPRESSED_HERE
from newsletter.audience.mailchimp.standings import THERE
from newsletter.engine.subscriptions import SubscriptionState
from newsletter.models import (
    MailchimpAudience,
    MemberProblem,
    MemberStatus,
    SubscriberExport,
    Subscription,
)

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser


class Row(NamedTuple):
    """One line, in words. Where only Mailchimp has the address, `contact` is its name for whoever it is."""

    address: str
    contact: str
    here: str
    there: str
    why: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    side: Side
    reason: Reason
    number: int

    @property
    def side_words(self) -> str:
        return str(SIDES[self.side])

    @property
    def why(self) -> str:
        return str(WORDS[self.reason].why)

    @property
    def remedy(self) -> str:
        return str(WORDS[self.reason].remedy)


def counts(audience: MailchimpAudience, *, now: datetime) -> list[Counted]:
    """How many there are of each reason, those here first; none where both sides agree."""
    found: list[Counted] = []
    for side, differing in ((Side.HERE, _here(audience, now=now)), (Side.THERE, _there(audience, now=now))):
        numbers = differing.order_by().values_list("reason").annotate(number=Count("pk")).order_by("-number", "reason")
        found += [Counted(side=side, reason=Reason(reason), number=number) for reason, number in numbers]
    return found


def rows(audience: MailchimpAudience, *, now: datetime) -> Iterator[Row]:
    """Those here first; memory for some of them, however many there are."""
    of_readers = ("subscriber__email", "state", "member__status", "reason", "member__problem_text", "paused_until")
    for email, state, status, reason, said, until in _streamed(_here(audience, now=now), *of_readers):
        yield _row(
            email=email, contact="", state=state, status=status or "", reason=reason, said=said or "", until=until
        )
    of_contacts = ("subscriber__email", "member_hash", "subscription__state", "status", "reason", "problem_text")
    for email, name, state, status, reason, said in _streamed(_there(audience, now=now), *of_contacts):
        contact, words = "" if email else name, "" if said == SUPPRESSED_HERE else said
        yield _row(email=email or "", contact=contact, state=state or "", status=status, reason=reason, said=words)


def export(audience: MailchimpAudience, *, by: AbstractUser, now: datetime) -> Iterator[list[str]]:
    """Note that somebody takes readers out as a file, then hand out the table, header first.

    The caller asks for the right to (`newsletter.export_subscriber`), and makes a file of it (`core.spreadsheets`).
    """
    what = _("%(newsletter)s: what differs from Mailchimp") % {"newsletter": audience.newsletter.name}
    log = SubscriberExport.objects.create(by_id=by.pk, by_name=by.get_username()[:150], what=what[:300], at=now)
    return counted_in(log, _table(audience, now=now))


def _table(audience: MailchimpAudience, *, now: datetime) -> Iterator[list[str]]:
    yield [_("address"), _("contact"), _("here"), _("there"), _("why"), _("what to do")]
    for row in rows(audience, now=now):
        yield list(row)


def _row(
    *,
    email: str,
    contact: str,
    state: str,
    status: str,
    reason: str,
    said: str = "",
    until: datetime | None = None,
) -> Row:
    words = WORDS[Reason(reason)]
    why = f"{words.why} ({said})" if said and words.is_explained else str(words.why)
    if until and words.until:
        why = str(words.until) % {"day": date_format(timezone.localtime(until), "DATE_FORMAT")}
    return Row(
        address=email,
        contact=contact,
        here=state_words(state),
        there=status_words(status),
        why=why,
        remedy=str(words.remedy),
    )


def _streamed(differing: QuerySet[Any], *columns: str) -> Iterator[tuple[Any, ...]]:
    return differing.order_by("pk").values_list(*columns).iterator(chunk_size=AT_A_TIME)


def _here(audience: MailchimpAudience, *, now: datetime) -> QuerySet[Any]:
    """Confirmed readers who get no mail from over there."""
    known = Q(subscriber__mailchimp_members__audience=audience.pk, subscriber__mailchimp_members__erasing=False)
    confirmed = Subscription.objects.confirmed().filter(newsletter=audience.newsletter_id)
    found = confirmed.annotate(member=FilteredRelation("subscriber__mailchimp_members", condition=known))
    elsewhere = [status for status in ("", *MemberStatus.values) if status != MemberStatus.SUBSCRIBED]
    # Nothing of this kind where the newsletter goes to all of the audience, or to a segment.
    tag = chosen_tag(audience)
    untagged = Q(member__status=MemberStatus.SUBSCRIBED, member__sent_digest__startswith=WITHOUT)
    differs = Q(member__pk=None) | Q(member__status__in=elsewhere) | (untagged if tag is not None else Q(pk__in=[]))
    return found.filter(differs).annotate(
        reason=_first(
            When(member__problem=MemberProblem.FORGOTTEN, then=Value(Reason.FORGOTTEN)),
            When(member__problem=MemberProblem.COMPLIANCE, then=Value(Reason.COMPLIANCE)),
            When(member__status=MemberStatus.PENDING, then=Value(Reason.PENDING_THERE)),
            When(member__status=MemberStatus.UNSUBSCRIBED, then=Value(Reason.LEFT_THERE)),
            When(member__status=MemberStatus.CLEANED, then=Value(Reason.CLEANED)),
            When(member__status=MemberStatus.ARCHIVED, then=Value(Reason.ARCHIVED)),
            When(member__status=MemberStatus.TRANSACTIONAL, then=Value(Reason.TRANSACTIONAL)),
            When(member__problem=MemberProblem.FIELD, then=Value(Reason.FIELD)),
            When(member__problem=MemberProblem.ADDRESS, then=Value(Reason.ADDRESS)),
            When(member__problem=MemberProblem.OTHER, then=Value(Reason.REFUSED)),
            When(untagged, then=Value(Reason.UNTAGGED)),
            When(paused_until__gt=now, then=Value(Reason.PAUSES)),
            default=Reason.WAITS,
        )
    )


def _there(audience: MailchimpAudience, *, now: datetime) -> QuerySet[Any]:
    """Contacts on the audience who are no readers here, or are not mailed at the moment; and those to be deleted."""
    theirs = Q(subscriber__subscriptions__newsletter=audience.newsletter_id)
    found = audience.members.annotate(subscription=FilteredRelation("subscriber__subscriptions", condition=theirs))
    reads = Q(subscription__state=SubscriptionState.CONFIRMED)
    pauses = reads & Q(subscription__paused_until__gt=now, status=MemberStatus.SUBSCRIBED)
    no_reader = Q(subscription__pk=None) | Q(
        subscription__state__in=[SubscriptionState.ENDED, SubscriptionState.PENDING]
    )
    differs = Q(erasing=True) | (Q(status__in=THERE) & (no_reader | pauses))
    # A problem that is left alone for a while, and that is not about what was sent of them: they should go, and stay.
    refused = ~Q(problem="") & Q(retry_at__gt=now, sent_digest="")
    outside = Value(Reason.OUTSIDE if audience.segment_id is not None else Reason.UNKNOWN)
    return found.filter(differs).annotate(
        reason=_first(
            When(Q(erasing=True) & refused, then=Value(Reason.NOT_DELETED)),
            When(erasing=True, then=Value(Reason.ERASED)),
            When(pauses, then=Value(Reason.PAUSED)),
            When(no_reader & refused, then=Value(Reason.STAYS)),
            When(problem_text=SUPPRESSED_HERE, then=Value(Reason.SUPPRESSED)),
            When(subscription__state=SubscriptionState.ENDED, then=Value(Reason.ENDED_HERE)),
            When(subscription__state=SubscriptionState.PENDING, then=Value(Reason.PENDING_HERE)),
            default=outside,
        )
    )


def _first(*whens: When, default: StrEnum | Value | F) -> Case:
    chosen = Value(default) if isinstance(default, StrEnum) else default
    return Case(*whens, default=chosen, output_field=CharField())
