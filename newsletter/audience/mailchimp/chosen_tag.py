"""Where a newsletter goes to a tag of an audience: its readers have to have that tag, or no campaign reaches them."""

from __future__ import annotations

from typing import Any

from newsletter.audience.mailchimp.account import account
from newsletter.models import MailchimpAudience

#: Begins what is kept as sent of somebody who is there and has not got the tag yet.
WITHOUT = "tag "
#: So much of the digest follows it.
REST = 32 - len(WITHOUT)


def chosen_tag(audience: MailchimpAudience) -> int | None:
    """The tag that was chosen; None for the whole audience, and for a segment whose conditions find its contacts.

    What is in no list of segments, not yet or not any more, is taken for a tag: who may lack it is not done.
    """
    if audience.segment_id is None:
        return None
    kinds = {segment["id"]: segment["kind"] for segment in _segments(audience) or ()}
    return audience.segment_id if kinds.get(audience.segment_id, "tag") == "tag" else None


def are_tags_known(audience: MailchimpAudience) -> bool:
    """Whether the segments and tags of the audience were fetched since the account was connected."""
    return _segments(audience) is not None


def _segments(audience: MailchimpAudience) -> list[dict[str, Any]] | None:
    kept = account()
    for listed in kept.audiences if kept else ():
        if listed["id"] == audience.list_id:
            found: list[dict[str, Any]] | None = listed.get("segments")
            return found
    return None


def digest_without(digest: str) -> str:
    """What is kept until the tag is given."""
    return WITHOUT + digest[:REST]
