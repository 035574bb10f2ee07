"""Lists that come in pages: all of them, and an end even where the other side has none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from newsletter.backends.mailchimp.answers import Page

T = TypeVar("T")

#: The most that a page may hold.
PAGE = 1000
#: More than any account has of audiences, segments or links: who gives more has no end.
MOST_PAGES = 200


def every(ask: Callable[[int], Page[T]], name: Callable[[T], object]) -> Iterator[T]:
    """Everything, each once. `total` is not believed alone: it ends where a page is empty or brings nothing new.

    Args:
        ask: the page from this offset on.
        name: what tells one item from another.
    """
    known: set[object] = set()
    offset = 0
    for _number in range(MOST_PAGES):
        page = ask(offset)
        offset += page.seen
        fresh = [item for item in page.items if name(item) not in known]
        known.update(name(item) for item in fresh)
        yield from {name(item): item for item in fresh}.values()
        # A page whose items were all unreadable is none that came again.
        is_repeated = bool(page.items) and not fresh
        if not page.seen or is_repeated or (offset >= page.total and page.seen < PAGE):
            return
