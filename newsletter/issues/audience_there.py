"""The audience that a service holds for a newsletter, as far as it was known when somebody looked last. Asks nobody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from newsletter.audience.mailchimp.account import account
from newsletter.audience.mailchimp.said import in_words
from newsletter.models import MailchimpAudience, MailchimpMember, MemberStatus

if TYPE_CHECKING:
    from datetime import datetime

    from newsletter.models import MailchimpAccount, Newsletter


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceThere:
    """`readers` were subscribed at `looked_at`; both are None while nobody has looked yet.

    `segment` is the name of the one segment or tag of it that is mailed; empty for the whole audience. `problem` says
    why nothing can be done over there just now.
    """

    name: str
    segment: str = ""
    readers: int | None = None
    looked_at: datetime | None = None
    problem: str = ""


def audience_there(newsletter: Newsletter) -> AudienceThere | None:
    """None where none is connected and switched on."""
    found = MailchimpAudience.objects.filter(newsletter=newsletter).exclude(switched_on_at=None).first()
    if found is None:
        return None
    kept = account()
    readers, looked_at = _counted(found, kept)
    problem = in_words(found.problem) or (kept.problem if kept else "")
    return AudienceThere(
        name=str(found), segment=found.segment_name, readers=readers, looked_at=looked_at, problem=problem
    )


def _counted(audience: MailchimpAudience, kept: MailchimpAccount | None) -> tuple[int | None, datetime | None]:
    """By the members that are known here, once all of them are; else, and of a segment, what Mailchimp counted."""
    if audience.segment_id is None and audience.polled_until is not None:
        members = MailchimpMember.objects.filter(audience=audience, status=MemberStatus.SUBSCRIBED)
        return members.count(), audience.polled_until
    listed = _listed(audience, kept.audiences if kept else [])
    return (None, None) if listed is None or kept is None else (int(listed["members"]), kept.checked_at)


def _listed(audience: MailchimpAudience, audiences: list[dict[str, Any]]) -> dict[str, Any] | None:
    whole = next((one for one in audiences if one.get("id") == audience.list_id), None)
    if whole is None or audience.segment_id is None:
        return whole
    return next((part for part in whole.get("segments") or [] if part.get("id") == audience.segment_id), None)
