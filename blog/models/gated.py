"""The gate before readers: a story passes it whenever it goes live, whatever the road.

Wagtail's hooks stand only in the editor's way. Bulk actions, workflows, schedules and the API call `publish()`; copies
and aliases of live pages go live by being saved. Both ways lead through here. What the gate asks is not the model's
matter: `blog.apps` sets it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

Gate = Callable[[Any], None]
_gates: list[Gate] = []
#: Stories that have passed in the publishing that is going on.
_passed: ContextVar[frozenset[int]] = ContextVar("passed", default=frozenset())


def guard(gate: Gate) -> None:
    """Set what every story is asked before it goes live; it refuses by raising."""
    _gates[:] = [gate]


def ask(story: Any) -> None:
    if not _gates:
        raise ImproperlyConfigured("Nothing guards the publishing of stories: call blog.models.gated.guard.")
    for gate in _gates:
        gate(story)


@contextmanager
def passed(story_id: int) -> Iterator[None]:
    """Within this block the story, and its aliases with it, may be saved as live: it has been asked."""
    token = _passed.set(_passed.get() | {story_id})
    try:
        yield
    finally:
        _passed.reset(token)


class WholeCopies:
    """Mixed into pages with stories below them: a tree is copied whole, or not at all when the gate refuses one."""

    def copy(self, *args: Any, **kwargs: Any) -> Any:
        with transaction.atomic():
            return super().copy(*args, **kwargs)  # type: ignore[misc]

    def create_alias(self, *args: Any, **kwargs: Any) -> Any:
        with transaction.atomic():
            return super().create_alias(*args, **kwargs)  # type: ignore[misc]


class GatedPage(WholeCopies):
    """Mixed into the story before Wagtail's `Page`."""

    def publish(self, revision: Any, *args: Any, **kwargs: Any) -> None:
        """Publish or schedule a revision; a scheduled one is asked again when its hour comes, for then it is published.

        Raises:
            PublishRefusedError: the editorial check has blockers that nobody has settled.
        """
        story = revision.as_object()
        ask(story)
        with passed(story.pk):
            super().publish(revision, *args, **kwargs)  # type: ignore[misc]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save it; one that goes live by this very save, as copies and aliases do, is asked first.

        Raises:
            PublishRefusedError: as for `publish`.
        """
        if goes_live(self, kwargs.get("update_fields")):
            ask(self)
        super().save(*args, **kwargs)  # type: ignore[misc]


def goes_live(story: Any, update_fields: Any) -> bool:
    """Whether saving this story shows readers something new: it goes live, or another version of it does.

    Wagtail's editor publishes by an action of its own, not by `publish`; it sets `live_revision`. A story that is only
    kept (locked, moved, its metadata) has the revision that it had.
    """
    if not story.live or (update_fields is not None and "live" not in update_fields):
        return False
    if {story.pk, story.alias_of_id} & _passed.get():
        return False
    if story._state.adding:  # noqa: SLF001 - Django's documented way to tell
        return True
    return not type(story).objects.filter(pk=story.pk, live=True, live_revision=story.live_revision_id).exists()
