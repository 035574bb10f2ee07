"""The outbox: notes the first time that a story really goes live."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from django.db import transaction
from wagtail.models import PageLogEntry

from newsletter.models import StoryRelease

if TYPE_CHECKING:
    from wagtail.models import Revision

    from blog.models import StoryPage

logger = logging.getLogger(__name__)


def release_story(*, instance: StoryPage, revision: Revision | None = None, alias: bool = False, **_: Any) -> None:
    """Receive `page_published`: insert the story's one row of the outbox, and nothing else.

    The signal also comes for a page that was only scheduled (`live` is False), on each re-publish, for copies that go
    live at once and for aliases. It never raises: that would keep `publish_scheduled` from publishing the other pages.
    """
    try:
        with transaction.atomic():  # a savepoint: what fails here must not spoil the publishing around it
            if not instance.live or alias or instance.alias_of_id:
                return
            if StoryRelease.objects.filter(story_id=instance.pk).exists() or is_live_copy(instance, revision):
                return
            StoryRelease.objects.get_or_create(story_id=instance.pk)
    except Exception:
        logger.exception("story %s went live, but could not be noted as new for the newsletter", instance.pk)


def is_live_copy(story: StoryPage, revision: Revision | None) -> bool:
    """Whether this page went live by copying one that was live already: the same words again, no news.

    While it is copied, Wagtail gives it the very timestamp of its new revision (`wagtail/actions/copy_page.py`), where
    publishing takes the time anew; the object's identity tells them apart even if the clock stands still. Later the
    log tells. A copy kept as a draft is a story of its own.
    """
    if revision is not None and story.first_published_at is revision.created_at:
        return True
    entries = PageLogEntry.objects.filter(page_id=story.pk, action="wagtail.copy")
    return any(entry.data.get("keep_live") for entry in entries)
