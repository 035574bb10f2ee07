"""A campaign that did not start: held or failed, and an editor told of it by mail."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from django.contrib.auth.models import User

from blog.models import StoryPage
from newsletter.delivery.start import start_due
from newsletter.models import Campaign, OutgoingMail
from tests.integration.admin_scene import Scene

pytestmark = pytest.mark.django_db


def come_due(scene: Scene) -> Campaign:
    now = scene.campaign.scheduled_at + timedelta(seconds=1)
    start_due(now=now)
    start_due(now=now)
    return Campaign.objects.get(pk=scene.campaign.pk)


def letters() -> list[tuple[str, str, str]]:
    found = []
    for mail in OutgoingMail.objects.filter(kind="campaign_stopped").order_by("pk"):
        message = message_from_bytes(bytes(mail.content), policy=policy.default)
        body = message.get_body(("plain",))  # type: ignore[attr-defined]
        assert body is not None
        found.append((mail.recipient, str(message["Subject"]), " ".join(body.get_content().split())))
    return found


def test_a_story_that_became_overdue_after_it_was_scheduled_holds_it_and_its_editor_is_told_once(scene: Scene) -> None:
    Campaign.objects.update(created_by=User.objects.get(username="editor"))
    story = scene.campaign.stories.get().story
    assert story is not None
    StoryPage.objects.filter(pk=story.pk).update(review_due_on=date(2020, 1, 1))
    assert come_due(scene).state == "held"
    ((to, subject, text),) = letters()
    assert to == "editor@example.com"
    assert subject == f"Not sent: {scene.campaign.subject}"
    assert "was due on 2020-01-01" in text
    assert f"/admin/newsletter/campaigns/{scene.campaign.pk}/" in text


@pytest.mark.parametrize("gone", ["unpublished", "deleted"])
def test_a_story_that_was_withdrawn_holds_it_and_all_who_may_are_told_when_nobody_scheduled_it(
    gone: str, scene: Scene
) -> None:
    story = scene.campaign.stories.get().story
    assert story is not None
    if gone == "deleted":
        story.delete()
    else:
        story.unpublish()
    assert come_due(scene).state == "held"
    assert {to for to, _subject, _text in letters()} == {"editor@example.com", "owner@example.com"}
    assert all(f"was {gone} after it was scheduled" in text for _to, _subject, text in letters())


def test_one_that_can_not_be_prepared_is_told_too(scene: Scene) -> None:
    Campaign.objects.update(compiled=b"damaged", created_by=User.objects.get(username="editor"))
    assert come_due(scene).state == "failed"
    ((_to, _subject, text),) = letters()
    assert "not a compiled message" in text


def test_one_that_starts_tells_nobody(scene: Scene) -> None:
    assert come_due(scene).state == "sending"
    assert letters() == []
    assert datetime.now(UTC) < scene.campaign.scheduled_at
