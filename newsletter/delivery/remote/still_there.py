"""Who has left or was erased here, and is still mailed over there: they are taken off before anything is sent."""

from __future__ import annotations

from datetime import datetime

from newsletter.audience.mailchimp import forget, wanted
from newsletter.audience.mailchimp.choosing import task_name
from newsletter.audience.mailchimp.tasks import ask_for
from newsletter.models import MailchimpAudience, MailchimpCampaign, RemoteTaskKind


def holds_back(remote: MailchimpCampaign, audience: MailchimpAudience, *, now: datetime) -> bool:
    """Whether it has to wait for them. After an outage they are many, and it would go out before them; and before
    everybody over there was looked at once, nobody knows who they are.

    Whom Mailchimp refuses to take off holds nothing back; and where nothing goes on there (`audience.problem`) a person
    who releases it has decided.
    """
    if audience.polled_until is not None and not _anybody(audience, now):
        return False
    released = remote.released_at is not None and remote.released_at > remote.campaign.scheduled_at
    return not (audience.problem and released)


def hurry(audience: MailchimpAudience, *, now: datetime) -> None:
    """Have them looked for and taken off now, however long we would have waited; not before Mailchimp wishes."""
    for kind in (RemoteTaskKind.POLL, RemoteTaskKind.PUSH):
        ask_for(kind, name=task_name(kind, audience), about={"audience": audience.pk}, now=now)


def _anybody(audience: MailchimpAudience, now: datetime) -> bool:
    if forget.waiting(audience).filter(problem="").exists():
        return True
    return bool(wanted.to_unsubscribe(audience, now=now, most=1))
