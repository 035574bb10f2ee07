"""What waits on the demo's desks, so that there is something to decide, to finish and to look into."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.utils import timezone
from wagtail.models import TaskState
from wagtail.users.models import UserProfile

from blog.dashboard import queries
from blog.editorial.gate import unsettled
from blog.models import StoryPage
from blog.problems.access import reports_of
from core.models import PublicationSettings
from demo import pictures
from demo.load import load_demo
from newsletter.models import OutgoingMail
from tests.stages import stage

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@stage
def desk() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "WIDTH", 64)
        load_demo(now=datetime.now(tz=UTC))


@pytest.fixture(autouse=True)
def _desk(desk: None) -> None:
    """Every test here begins with it."""


def test_a_fine_draft_of_the_contributors_waits_for_the_doctor() -> None:
    doctor = User.objects.get(username="doctor")
    (state,) = queries.waiting_for(doctor)
    draft = StoryPage.objects.get(pk=state.revision.content_object.pk).get_latest_revision_as_object()
    assert (draft.owner.username, draft.live) == ("contributor", False)
    assert unsettled(draft, today=timezone.localdate()) == []
    state.approve(user=doctor)
    assert StoryPage.objects.get(pk=draft.pk).live


def test_the_doctor_has_a_draft_that_is_not_ready() -> None:
    (draft,) = queries.drafts_of(User.objects.get(username="doctor"), today=timezone.localdate())
    assert draft.blockers > 0


def test_a_review_is_due_and_a_report_is_open() -> None:
    editor = User.objects.get(username="editor")
    assert queries.reviews_due(editor, today=timezone.localdate()).count() == 1
    assert reports_of(editor).count() == 1
    assert reports_of(User.objects.get(username="doctor")).count() == 1


def test_loading_it_mailed_nobody_and_later_clicks_do() -> None:
    assert mail.outbox == []
    assert not OutgoingMail.objects.exists()
    assert not UserProfile.objects.filter(submitted_notifications=False).exists()
    task = TaskState.objects.get()
    task.reject(user=User.objects.get(username="doctor"), comment="Where is the source?")
    assert [message.to for message in mail.outbox] == [["contributor@example.com"]]


def test_the_policies_stand_in_every_foot() -> None:
    settings = PublicationSettings.of_default_site()
    assert settings.editorial_policy_page
    assert settings.funding_policy_page
    assert settings.advertising_policy_page
