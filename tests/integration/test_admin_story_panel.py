"""Beside the composer: what the stories of an issue have already been sent in."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from newsletter.issues.compose import compose
from newsletter.models import Campaign, Delivery
from tests.integration.admin_scene import Scene, log_in

pytestmark = pytest.mark.django_db


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def said(scene: Scene, client: Client | None = None) -> str:
    return words((client or log_in("Editor")).get(scene.address("newsletter_issues:stories")))


def test_a_story_that_nobody_has_got_says_so(scene: Scene) -> None:
    page = said(scene)
    assert scene.story.title in page
    assert "Not yet sent by Rounds." in page


def test_one_that_went_out_says_in_which_issue_and_to_how_many(scene: Scene) -> None:
    story = scene.campaign.stories.get().story
    assert story is not None
    scene.issue = compose(scene.newsletter, stories=[story.pk])
    Campaign.objects.update(state="sent", recipients=3)
    reader = scene.newsletter.subscriptions.first()
    assert reader is not None
    Delivery.objects.create(campaign=scene.campaign, subscriber_id=reader.subscriber_id, state="accepted")
    page = said(scene)
    assert scene.campaign.subject in page
    assert "2 of 3" in page


def test_opening_the_composer_counts_no_deliveries(scene: Scene) -> None:
    client = log_in("Editor")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        page = words(client.get(scene.address("newsletter_issues:edit")))
    assert scene.address("newsletter_issues:stories") in page
    assert not [query for query in asked if "newsletter_delivery" in query["sql"]]


def test_an_issue_without_stories_says_so(scene: Scene) -> None:
    draft = scene.issue.get_latest_revision_as_object()
    draft.body = []
    draft.save_revision()
    assert "There is no story in it yet." in said(scene)
