"""Where a newsletter goes to a tag of an audience: its readers have to have that tag, or no campaign reaches them."""

from __future__ import annotations

from newsletter.audience.mailchimp.account import account
from newsletter.models import MailchimpAudience

#: Begins what is kept as sent of somebody who is there and has not got the tag yet.
WITHOUT = "tag "
#: So much of the digest follows it.
REST = 32 - len(WITHOUT)


def chosen_tag(audience: MailchimpAudience) -> int | None:
    """The tag that was chosen; None for the whole audience, and for a segment whose conditions find its contacts."""
    kept = account()
    if audience.segment_id is None or kept is None:
        return None
    for listed in kept.audiences:
        if listed["id"] == audience.list_id:
            tags = {segment["id"] for segment in listed.get("segments") or () if segment["kind"] == "tag"}
            return audience.segment_id if audience.segment_id in tags else None
    return None


def digest_without(digest: str) -> str:
    """What is kept until the tag is given."""
    return WITHOUT + digest[:REST]
