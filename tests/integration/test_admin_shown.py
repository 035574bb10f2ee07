"""Send now and Schedule send what their pages showed, to whom they showed it: else they are looked at again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.contrib.auth.models import Group, Permission

from newsletter.admin import confirmation as confirmation_module
from newsletter.issues.preflight import preflight
from newsletter.models import Campaign, Issue, MailchimpAudience, Newsletter, Segment
from tests.integration.admin_scene import Scene, log_in
from tests.integration.mailed_by_mailchimp import SEGMENT_ID, at_mailchimp

if TYPE_CHECKING:
    from django.test import Client

    from newsletter.issues.findings import Finding

pytestmark = pytest.mark.django_db
CHANGED = "was changed after you opened this page"
NOW = datetime(2030, 7, 1, 12, 4, 30, tzinfo=UTC)


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def look(client: Client, scene: Scene) -> str:
    """What the page of Send now names as shown."""
    version: str = client.get(scene.address("newsletter_issues:send")).context["confirmation"].version
    return version


def send(client: Client, scene: Scene, version: str) -> str:
    return words(client.post(scene.address("newsletter_issues:send"), {"version": version}, follow=True))


def campaigns(scene: Scene) -> list[Campaign]:
    return list(Campaign.objects.filter(issue=scene.issue))


def change(scene: Scene, *, over: bool = False, **fields: Any) -> Issue:
    """Save the draft with other words; `over` its last version, as it saves itself while somebody types."""
    issue = Issue.objects.get(pk=scene.issue.pk)
    draft: Issue = issue.get_latest_revision_as_object()
    for name, value in fields.items():
        setattr(draft, name, value)
    draft.save_revision(overwrite_revision=issue.latest_revision if over else None)
    return Issue.objects.get(pk=issue.pk)


def test_a_newer_version_that_was_approved_meanwhile_is_not_sent_by_who_saw_the_older_one(scene: Scene) -> None:
    Group.objects.get(name="Editor").permissions.remove(Permission.objects.get(codename="publish_issue"))
    scene.issue.get_latest_revision().publish()
    issue = change(scene, subject="Newer")
    editor = log_in("Editor")
    seen = look(editor, scene)
    issue.latest_revision.publish()

    page = send(editor, scene, seen)

    assert CHANGED in page
    assert "Newer" in page
    assert not campaigns(scene)
    send(editor, scene, look(editor, scene))
    assert [campaign.subject for campaign in campaigns(scene)] == ["Newer"]


def test_a_segment_that_says_something_else_meanwhile_is_looked_at_again(scene: Scene) -> None:
    segment = Segment.objects.create(
        name="Weekly readers", rules={"rule": "frequency", "test": "is", "value": "weekly"}
    )
    change(scene, segment=segment)
    editor = log_in("Editor")
    seen = look(editor, scene)
    Segment.objects.update(rules={"rule": "frequency", "test": "is", "value": "each"})

    assert CHANGED in send(editor, scene, seen)
    assert not campaigns(scene)


def test_another_name_for_the_same_segment_is_no_other_one(scene: Scene) -> None:
    segment = Segment.objects.create(name="Weekly readers", rules={})
    change(scene, segment=segment)
    editor = log_in("Editor")
    seen = look(editor, scene)
    Segment.objects.update(name="Everybody")
    assert CHANGED not in send(editor, scene, seen)


def test_another_part_of_the_audience_at_mailchimp_is_looked_at_again(scene: Scene) -> None:
    Campaign.objects.update(state="cancelled")
    at_mailchimp(scene.newsletter, segment_id=SEGMENT_ID, segment_name="Berlin")
    editor = log_in("Editor")
    seen = look(editor, scene)
    MailchimpAudience.objects.update(segment_id=None, segment_name="")

    assert CHANGED in send(editor, scene, seen)
    assert not campaigns(scene)


def test_a_hold_that_is_gone_meanwhile_is_looked_at_again(scene: Scene) -> None:
    """It said that one click would call it back for ten minutes."""
    editor = log_in("Editor")
    seen = look(editor, scene)
    Newsletter.objects.update(hold_minutes=0)

    assert CHANGED in send(editor, scene, seen)
    assert not campaigns(scene)


def test_words_that_are_saved_while_the_confirmation_is_checked_are_not_sent(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check takes a moment, and a draft that somebody types at saves itself in less."""
    editor = log_in("Editor")
    seen = look(editor, scene)

    def meanwhile(issue: Issue) -> list[Finding]:
        found = preflight(issue)
        change(scene, over=True, subject="Half a sent")
        monkeypatch.undo()
        return found

    monkeypatch.setattr(confirmation_module, "preflight", meanwhile)
    page = send(editor, scene, seen)

    assert CHANGED in page
    assert "<dd>Half a sent</dd>" in page
    assert not campaigns(scene)


class TestTheTime:
    GIVEN: dict[str, str] = {"date": "2030-07-01", "time": "12:15", "zone": "UTC"}

    def post(self, scene: Scene, **more: str) -> Any:
        address = scene.address("newsletter_issues:schedule")
        return log_in("Editor").post(address, {**self.GIVEN, **more}, follow=True)

    def shown(self, scene: Scene) -> dict[str, str]:
        context = self.post(scene).context
        return {"version": context["confirmation"].version, "at": context["at"], "confirm": "1"}

    @pytest.mark.parametrize(("later", "comes"), [(timedelta(seconds=20), "12:15"), (timedelta(minutes=3), "12:18")])
    def test_a_time_that_can_not_be_kept_any_more_is_looked_at_again(
        self, scene: Scene, later: timedelta, comes: str
    ) -> None:
        with time_machine.travel(NOW, tick=False):
            shown = self.shown(scene)
        with time_machine.travel(NOW + later, tick=False):
            shown_again = self.post(scene, **shown)
            if comes != "12:15":
                page = words(shown_again)
                assert "It is too late for the time that this page showed." in page
                assert f"Monday, July 1, 2030, {comes} UTC" in page
                assert not campaigns(scene)
                self.post(scene, **{**shown, "at": shown_again.context["at"]})
        (campaign,) = campaigns(scene)
        assert f"{campaign.scheduled_at:%H:%M}" == comes

    def test_pressing_twice_leads_to_the_campaign_even_when_its_time_has_moved(self, scene: Scene) -> None:
        with time_machine.travel(NOW, tick=False):
            Newsletter.objects.update(hold_minutes=15)
            shown = self.shown(scene)
            assert self.post(scene, **shown).status_code == 200
        with time_machine.travel(NOW + timedelta(minutes=2), tick=False):
            page = words(self.post(scene, **shown))
        assert "Nothing was sent twice." in page
        assert len(campaigns(scene)) == 1
