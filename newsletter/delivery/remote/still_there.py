"""Who has left or was erased here, and is still mailed over there: they are taken off before anything is sent."""

from __future__ import annotations

from datetime import datetime, timedelta

from newsletter.audience.mailchimp import forget, wanted
from newsletter.audience.mailchimp.choosing import task_name
from newsletter.audience.mailchimp.tasks import ask_for
from newsletter.engine.remote_terms import Leavers, Patience
from newsletter.models import MailchimpAudience, MailchimpCampaign, MemberStatus, RemoteTaskKind

#: So long after its instant a campaign waits for whom Mailchimp fails to take off; then a person decides.
PATIENT = timedelta(minutes=15)
#: A person let it go although they are there: so long what can be done is done all the same.
LAST_CHANCE = timedelta(minutes=5)
#: Whom Mailchimp failed at is tried again within this (`audience.mailchimp.members`); who is under way, only later.
_SOON = timedelta(minutes=1)
#: Contacts that get no mails, whoever can't be deleted.
_UNMAILED = (MemberStatus.UNSUBSCRIBED, MemberStatus.CLEANED, MemberStatus.ARCHIVED, MemberStatus.TRANSACTIONAL)
#: More than anybody tells apart.
_SOME = 50


def leavers(remote: MailchimpCampaign, audience: MailchimpAudience, *, now: datetime) -> Leavers:
    """Whether anybody would be mailed who has left, and whether that ends by itself.

    After an outage they are many, and it would go out before them; and before everybody over there was looked at once,
    nobody knows who they are. Whom Mailchimp refuses to take off, or goes on failing at, needs a person: who releases
    the campaign then has decided.
    """
    at, released = remote.campaign.scheduled_at, _released_at(remote)
    if released is not None and released > at and (audience.problem or now >= released + LAST_CHANCE):
        return Leavers.NONE
    may_stay = released is not None and released >= at - Patience().told_before
    if not may_stay and _any_refused(audience):
        return Leavers.STAYING
    going = _going(audience, now=now)
    if audience.polled_until is not None and not going:
        return Leavers.NONE
    may_fail = now < at + PATIENT or (released is not None and released >= at + PATIENT)
    return Leavers.STAYING if not may_fail and _all_fail(audience, going, now=now) else Leavers.GOING


def hurry(audience: MailchimpAudience, *, now: datetime) -> None:
    """Have them looked for and taken off now, however long we would have waited; not before Mailchimp wishes."""
    for kind in (RemoteTaskKind.POLL, RemoteTaskKind.PUSH):
        ask_for(kind, name=task_name(kind, audience), about={"audience": audience.pk}, now=now)


def _released_at(remote: MailchimpCampaign) -> datetime | None:
    """When a person let it go; bringing it forward, which moves its instant there, decides nothing of this."""
    return None if remote.released_at == remote.campaign.scheduled_at else remote.released_at


def _going(audience: MailchimpAudience, *, now: datetime) -> set[int]:
    """Members that are still to be taken off; some of them where they are many."""
    erased = forget.waiting(audience).filter(problem="").values_list("pk", flat=True)[:_SOME]
    return {*erased, *(one.member_id for one in wanted.to_unsubscribe(audience, now=now, most=_SOME))}


def _any_refused(audience: MailchimpAudience) -> bool:
    left, _erased = wanted.count_refused_ends(audience)
    return left > 0 or forget.waiting(audience).exclude(problem="").exclude(status__in=_UNMAILED).exists()


def _all_fail(audience: MailchimpAudience, going: set[int], *, now: datetime) -> bool:
    """Whether Mailchimp was asked for each of them alone, and failed: those who wait or are under way come first."""
    failing = audience.members.filter(pk__in=going, problem="", retry_at__lte=now + _SOON)
    return bool(going) and failing.count() == len(going)
