"""The fix for S1: a block of crisis lines, in a new draft."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from blog.models import StoryPage

#: What stands at the foot of a story: crisis lines go before it.
FOOT = frozenset({"references", "signature", "subscribe_form", "related_stories"})


def add_crisis_help(story: StoryPage, *, user: Any) -> None:
    """Save a revision of the story with the block before its foot; does nothing where there is one."""
    kinds = [block.block_type for block in story.body]
    if "crisis_help" in kinds:
        return
    place = len(kinds)
    while place and kinds[place - 1] in FOOT:
        place -= 1
    block = story.body.stream_block.child_blocks["crisis_help"]
    story.body.insert(place, ("crisis_help", block.get_default()))
    story.save_revision(user=user, log_action=True)
