"""What an issue's body starts from: a template, an earlier issue, or nothing; and what a template keeps of an issue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from newsletter.models.blocks import EXCERPT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from wagtail.blocks.stream_block import StreamValue

    from blog.models import StoryPage
    from newsletter.models import Issue, IssueTemplate

#: A block's name and its value, as a StreamField takes them.
Block = tuple[str, Any]
CARD, NEW_STORIES = "story", "new_stories"


def body_from(template: IssueTemplate | None, stories: Sequence[StoryPage]) -> list[Block]:
    """A new issue's body: the template's blocks, with a card for each story where its block for new stories stands.

    Without such a block the cards come last; without a template there are only cards, each an excerpt.
    """
    return with_cards(as_template(template.body) if template else [], stories)


def body_like(issue: Issue, stories: Sequence[StoryPage]) -> list[Block]:
    """An earlier issue's blocks, with these stories in the place of its own."""
    return with_cards(as_template(issue.body), stories)


def same_body(issue: Issue) -> list[Block]:
    """An earlier issue's blocks, its very cards among them."""
    return _blocks(issue.body)


def as_template(body: StreamValue) -> list[Block]:
    """The blocks with one for new stories in the place of the first card, as long as that one; the other cards go.

    A body that has the block already keeps its first one; cards beside it are stories that the template always carries.
    """
    blocks = _blocks(body)
    standing = next((kind for kind in (NEW_STORIES, CARD) if any(name == kind for name, _ in blocks)), NEW_STORIES)
    kept: list[Block] = []
    found = False
    for name, value in blocks:
        if name != standing:
            kept.append((name, value))
        elif not found:
            kept.append((NEW_STORIES, {"display": value.get("display") or EXCERPT}))
            found = True
    return kept


def with_cards(
    blocks: Iterable[Block], stories: Sequence[StoryPage], displays: Mapping[int, str] | None = None
) -> list[Block]:
    """The blocks with the stories' cards where the block for new stories stands, or else at the end.

    Args:
        displays: how much of a story to show, by its id; of the others as much as the block says.
    """
    own = displays or {}

    def cards(display: str) -> list[Block]:
        return [_card(story, own.get(story.pk) or display) for story in stories]

    body: list[Block] = []
    placed = False
    for name, value in blocks:
        if name == NEW_STORIES:
            body += cards(value.get("display") or EXCERPT)
            placed = True
        else:
            body.append((name, value))
    return body if placed else body + cards(EXCERPT)


def _card(story: StoryPage, display: str) -> Block:
    return CARD, {"story": story, "display": display, "intro": "", "show_image": True}


def _blocks(body: StreamValue) -> list[Block]:
    return [(child.block_type, child.value) for child in body]
