"""Mailchimp's checklist in the check before sending: asked by a task, kept for these very words, shown as findings."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from newsletter.audience.mailchimp.tasks import ask_for
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.errors import DownError
from newsletter.delivery.remote.checklists import turn
from newsletter.issues.ask_checklist import ChecklistError, ask_checklist
from newsletter.issues.lookups.look_up import look_up
from newsletter.issues.preflight import examine, preflight
from newsletter.models import AnswerKind, Issue, PreflightAnswer, RemoteTask, RemoteTaskKind
from tests.fakes.mailchimp import FakeMailchimp
from tests.fakes.mailchimp.faults import broken, refused
from tests.integration.admin_scene import Scene, log_in
from tests.integration.sent_by_mailchimp import connect, way_to

if TYPE_CHECKING:
    from collections.abc import Iterator

    from newsletter.issues.checks.questions import Question
    from newsletter.issues.findings import Finding

pytestmark = pytest.mark.django_db

RULES = {"remote-checklist", "checklist-not-checked"}


@pytest.fixture
def fake() -> Iterator[FakeMailchimp]:
    with FakeMailchimp().running() as running:
        audience_words = [
            {"type": "warning", "heading": "Logo", "details": "There is none."},
            {"type": "error", "heading": "Domain", "details": "It is not verified."},
        ]
        running.set(checklist=audience_words)
        yield running


@pytest.fixture
def issue(scene: Scene, fake: FakeMailchimp) -> Issue:
    audience = connect(scene.newsletter, fake)
    fake.add_member(audience.list_id, "ada@example.com")
    return Issue.objects.get(pk=scene.issue.pk)


def draft(issue: Issue) -> Issue:
    found: Issue = Issue.objects.get(pk=issue.pk).get_latest_revision_as_object()
    return found


def found(issue: Issue, *, later: timedelta = timedelta()) -> list[Finding]:
    seen = preflight(draft(issue), now=timezone.now() + later)
    return [finding for finding in seen if finding.rule in RULES]


def said(issue: Issue, **given: Any) -> dict[str, str]:
    """Levels by what is said, without the instants."""
    return {finding.text.partition(" (")[0]: str(finding.level) for finding in found(issue, **given)}


def task_of(issue: Issue) -> RemoteTask:
    return ask_for(RemoteTaskKind.CHECKLIST, name=f"checklist:{issue.pk}", now=timezone.now())


def asked(issue: Issue, fake: FakeMailchimp) -> RemoteTask:
    task = task_of(issue)
    assert turn(task, way_to(fake), timezone.now()) is None
    RemoteTask.objects.filter(pk=task.pk).update(state="done", settled_at=timezone.now())
    return task


def test_what_nobody_asked_is_not_pretended(issue: Issue) -> None:
    assert said(issue) == {"Mailchimp’s own checklist was not asked for with these words.": "U"}


def test_its_items_are_findings_with_their_weight(issue: Issue, fake: FakeMailchimp) -> None:
    asked(issue, fake)
    levels = said(issue)
    assert levels["Mailchimp says: Domain: It is not verified"] == "B"
    assert levels["Mailchimp says: Logo: There is none"] == "W"
    assert levels["Mailchimp’s checklist is content with: Content, Subject Line, From, Audience"] == "K"
    assert fake.campaigns() == []


def test_an_answer_counts_for_these_words_and_a_day(issue: Issue, fake: FakeMailchimp, scene: Scene) -> None:
    asked(issue, fake)
    assert len(said(issue, later=timedelta(hours=23))) > 1
    (old,) = found(issue, later=timedelta(hours=25))
    assert (old.rule, old.level) == ("checklist-not-checked", "U")
    scene.newsletter.mailchimp.segment_id = 7
    scene.newsletter.mailchimp.save()
    assert list(said(issue).values()) == ["U"]  # other readers are another question
    scene.newsletter.mailchimp.segment_id = None
    scene.newsletter.mailchimp.save()
    assert len(said(issue)) > 1
    changed = draft(issue)
    changed.subject = "Other words"
    changed.save_revision()
    assert list(said(issue).values()) == ["U"]


def test_a_newsletter_of_our_own_hears_nothing_of_it(scene: Scene) -> None:
    assert found(scene.issue) == []
    with pytest.raises(ChecklistError, match="not sent by Mailchimp"):
        ask_checklist(scene.issue, by=scene.campaign.created_by, now=timezone.now())  # type: ignore[arg-type]


def test_looking_up_never_asks_mailchimp(issue: Issue, fake: FakeMailchimp) -> None:
    def ask(questions: list[Question], message: bytes, deadline: float) -> dict[Question, dict[str, Any]]:
        assert AnswerKind.CHECKLIST not in {question.kind for question in questions}
        return {}

    look_up(draft(issue), now=timezone.now(), ask=ask)  # type: ignore[arg-type]
    assert fake.calls == []


def test_a_refusal_is_said_and_leaves_no_draft(issue: Issue, fake: FakeMailchimp) -> None:
    why = json.dumps({"title": "Bad Request", "status": 400, "detail": "The domain is not verified."})
    fake.fail("GET", "/campaigns/*/send-checklist", refused(400, why))
    asked(issue, fake)
    (finding,) = found(issue)
    assert "Mailchimp gave no checklist" in finding.text
    assert "not verified" in finding.text
    assert finding.level == "U"
    assert fake.campaigns() == []


def test_a_break_asks_again_and_leaves_no_draft(issue: Issue, fake: FakeMailchimp) -> None:
    fake.fail("GET", "/campaigns/*/send-checklist", broken(503, done=False), times=100)
    task = task_of(issue)
    with pytest.raises(DownError):
        turn(task, Mailchimp(api_key=fake.key, api_url=fake.url, deadline=0.5), timezone.now())
    assert len(fake.campaigns()) == 1
    fake.heal()
    turn(RemoteTask.objects.get(pk=task.pk), way_to(fake), timezone.now())
    assert fake.campaigns() == []
    assert len(fake.bodies("POST", "/campaigns")) == 1
    assert len(said(issue)) > 1


def test_the_answer_holds_no_reader(issue: Issue, fake: FakeMailchimp) -> None:
    asked(issue, fake)
    answer = PreflightAnswer.objects.get(kind=AnswerKind.CHECKLIST)
    assert "ada@" not in json.dumps(answer.answer)
    question = examine(draft(issue), now=timezone.now()).checklist_question
    assert question is not None
    assert answer.key == question.key


class TestPage:
    def test_a_press_of_the_button_queues_it_and_asks_nobody(
        self, scene: Scene, issue: Issue, fake: FakeMailchimp
    ) -> None:
        client, address = log_in("Editor"), scene.address("newsletter_issues:check")
        assert "Ask for Mailchimp’s checklist" in client.get(address).content.decode()
        page = client.post(address, {"decision": "ask_checklist"}, follow=True).content.decode()
        assert RemoteTask.objects.get().name == f"checklist:{issue.pk}"
        assert "Mailchimp is being asked for its checklist." in page
        assert 'data-newsletter-again-seconds-value="3"' in page
        assert 'value="ask_checklist"' not in page
        assert fake.calls == []

    def test_the_answer_appears_by_itself(self, scene: Scene, issue: Issue, fake: FakeMailchimp) -> None:
        asked(issue, fake)
        page = log_in("Editor").get(scene.address("newsletter_issues:check")).content.decode()
        assert "Domain: It is not verified" in page
        assert "newsletter-again" not in page

    def test_why_it_takes_long_is_said(self, scene: Scene, issue: Issue) -> None:
        task = task_of(issue)
        RemoteTask.objects.filter(pk=task.pk).update(attempts=2, said="Mailchimp is out of order.")
        page = log_in("Editor").get(scene.address("newsletter_issues:check")).content.decode()
        assert "Mailchimp could not be asked yet: Mailchimp is out of order." in page

    def test_an_issue_for_our_own_sending_has_no_such_button(self, scene: Scene) -> None:
        client, address = log_in("Editor"), scene.address("newsletter_issues:check")
        assert "checklist" not in client.get(address).content.decode().lower().replace("clipboard-list", "")
        page = client.post(address, {"decision": "ask_checklist"}, follow=True).content.decode()
        assert "not sent by Mailchimp" in page
        assert not RemoteTask.objects.exists()
