"""Wagtail's scheduled publishing, so that one page which can't be published keeps no other waiting.

Wagtail's own `publish_scheduled` stops at the first error. Here each revision has its own try; one that is refused is
taken off the schedule, or it would be refused again every few seconds; of a story that the editorial check refuses, its
author is told by mail.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import QuerySet
from wagtail.log_actions import log
from wagtail.models import DraftStateMixin, Page, Revision

from blog.editorial.gate import PublishRefusedError
from newsletter.delivery.persistence import PASSING_ERRORS
from newsletter.delivery.refused_stories import refused
from newsletter.models import Issue

logger = logging.getLogger(__name__)


def publish_scheduled(now: datetime) -> int:
    """Publish what is due, then unpublish what has expired; returns how many changed."""
    return sum(_publish(revision) for revision in due_revisions(now)) + _expire(now)


def due_revisions(now: datetime) -> Any:
    """Revisions whose hour has come. Issues have none: only the send dialog schedules them (see `Issue`)."""
    due = Revision.objects.filter(approved_go_live_at__lte=now).order_by("approved_go_live_at")
    return due.exclude(content_type__app_label="newsletter", content_type__model="issue")


def expired(now: datetime) -> Iterator[QuerySet[Any]]:
    """Live objects whose time is over, one query per kind."""
    models = [model for model in apps.get_models() if _may_expire(model)]
    for model in [Page, *models]:
        yield model.objects.filter(live=True, expire_at__lt=now).order_by("expire_at")


def _may_expire(model: type[Any]) -> bool:
    return issubclass(model, DraftStateMixin) and not issubclass(model, Page | Issue)


def _publish(revision: Revision) -> bool:
    try:
        with transaction.atomic():
            revision.publish(log_action="wagtail.publish.scheduled")
    except PASSING_ERRORS:
        raise  # the database's trouble, not this page's: the whole round is repeated
    except PublishRefusedError as refusal:
        logger.warning("revision %s was taken off the schedule: %s", revision.pk, refusal)
        _withdraw(revision, refusal)
        return False
    except Exception:
        logger.exception("revision %s of %s could not be published as scheduled", revision.pk, revision.object_str)
        _withdraw(revision)
        return False
    logger.info("published %s as scheduled", revision.object_str)
    return True


def _withdraw(revision: Revision, refusal: PublishRefusedError | None = None) -> None:
    """Take it off the schedule; the page's history says so, and a mail tells the author of a refused story."""
    with transaction.atomic():
        Revision.objects.filter(pk=revision.pk).update(approved_go_live_at=None)
        item = revision.content_object
        if item is not None:
            log(instance=item, action="wagtail.schedule.cancel", revision=revision, content_changed=False)
        if refusal is not None:
            refused(refusal, revision)


def _expire(now: datetime) -> int:
    count = 0
    for queryset in expired(now):
        for item in list(queryset):
            try:
                with transaction.atomic():
                    item.unpublish(set_expired=True, log_action="wagtail.unpublish.scheduled")
            except PASSING_ERRORS:
                raise
            except Exception:
                logger.exception("%s could not be unpublished as scheduled", item)
            else:
                count += 1
    return count
