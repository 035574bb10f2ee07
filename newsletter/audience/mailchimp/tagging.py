"""Giving readers the tag that the newsletter goes to, hundreds at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.utils.translation import gettext

from newsletter.audience.mailchimp import batches, members, wanted
from newsletter.audience.mailchimp.chosen_tag import are_tags_known, chosen_tag
from newsletter.audience.mailchimp.listing import ask_for_audience, fetching
from newsletter.audience.mailchimp.tasks import last_of
from newsletter.audience.mailchimp.turn import Turn, check_is_there
from newsletter.audience.mailchimp.wanted import Reader
from newsletter.backends.mailchimp.errors import NotFoundError
from newsletter.backends.mailchimp.members import MOST_TAGGED

#: A list of tags that could not be had is asked for again.
FETCHED_AGAIN_AFTER = timedelta(minutes=5)


def tag(turn: Turn, *, most: int) -> int:
    """Returns how many are left."""
    tag_id = chosen_tag(turn.audience)
    if tag_id is None:
        return 0
    readers = wanted.to_tag(turn.audience, most=most)
    left = len(readers)
    if readers and not are_tags_known(turn.audience):
        turn.problem = gettext("which tags the audience has is not known here yet. They are being fetched.")
        _have_them_fetched(turn)
        return left
    for some in batches.slices(readers, most, MOST_TAGGED):
        if turn.is_over:
            break
        try:
            got = turn.api.add_to_tag(turn.audience.list_id, tag_id, [reader.address for reader in some])
        except NotFoundError:
            check_is_there(turn.audience, turn.api)
            turn.problem = gettext("the tag or segment that it goes to is not there any more. Choose another one.")
            break
        members.tagged(turn.audience, [reader for reader in some if reader.hash in got])
        left -= len(got)
        passed_over = [reader for reader in some if reader.hash not in got]
        left -= _tag_singly(turn, passed_over, tag_id) if passed_over else 0
    return left


def _have_them_fetched(turn: Turn) -> None:
    before = last_of(fetching(turn.audience.list_id))
    if before is None or (before.settled_at is not None and before.settled_at < turn.now - FETCHED_AGAIN_AFTER):
        ask_for_audience(turn.audience.list_id, now=turn.now)


def _tag_singly(turn: Turn, readers: Sequence[Reader], tag_id: int) -> int:
    """Those whom the call for many passed over: they have it already, or are not there. Returns how many.

    Mailchimp takes the tag's name for this, and makes a tag of any name that it does not know: it is asked what the
    tag is called by now.
    """
    there = turn.api.segments(turn.audience.list_id)
    name = next((segment.name for segment in there if segment.id == tag_id), "")
    if not name:  # gone in this very moment: the next look says so
        return 0
    for done, reader in enumerate(readers):
        if turn.is_over:
            return done
        try:
            turn.api.tag_member(turn.audience.list_id, reader.hash, {name: True})
        except NotFoundError:
            check_is_there(turn.audience, turn.api)
            turn.audience.members.filter(member_hash=reader.hash, erasing=False).update(sent_digest="")
        else:
            members.tagged(turn.audience, [reader])
    return len(readers)
