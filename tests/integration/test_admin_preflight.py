"""The check before sending in the admin: its page, beside the composer, its size, in the dialogs that send."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from core.models import PublicationSettings
from newsletter.issues.kept_answers import keep
from newsletter.issues.lookups import LookedUp
from newsletter.issues.preflight import examine, findings_of
from newsletter.models import Issue, PreflightDecision
from tests.integration.admin_scene import Scene, log_in
from tests.integration.test_admin_composer import composed

pytestmark = pytest.mark.django_db

REASON = "The registry has no other address."
SHORT_LINK = {"type": "button", "value": {"text": "See the registry", "url": "https://bit.ly/abc"}}


def words(response: Any) -> str:
    text = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(html.unescape(text).split())


@pytest.fixture
def blocked(scene: Scene) -> Issue:
    """The scene's issue with a link that nobody should use."""
    draft = scene.issue.get_latest_revision_as_object()
    cards = [(block.block_type, block.value) for block in draft.body]
    draft.body = [*cards, (SHORT_LINK["type"], SHORT_LINK["value"])]
    draft.save_revision()
    return Issue.objects.get(pk=scene.issue.pk)


def page_of(issue: Issue) -> str:
    return reverse("newsletter_issues:check", args=[issue.pk])


def fingerprint(issue: Issue, role: str = "Editor") -> str:
    found = re.search(r'name="fingerprint" value="(\w{64})"', log_in(role).get(page_of(issue)).content.decode())
    assert found
    return found[1]


def test_the_page_shows_what_was_found_where_and_what_to_do(blocked: Issue) -> None:
    page = words(log_in("Doctor").get(page_of(blocked)))
    assert "1 finding is in the way of sending." in page
    assert "goes through a link shortener" in page
    assert "block 2: Button" in page
    assert "Replace the link, or take it out." in page
    assert "Override" not in page


def test_an_editor_overrides_with_a_reason_and_everybody_sees_it(blocked: Issue) -> None:
    data = {"decision": "override", "fingerprint": fingerprint(blocked), "reason": REASON}
    page = words(log_in("Editor").post(page_of(blocked), data, follow=True))
    assert "Nothing that was checked is in the way of sending." in page
    assert f": {REASON}" in page
    for address in (page_of(blocked), reverse("newsletter_issues:send", args=[blocked.pk])):
        shown = words(log_in("Editor").get(address))
        assert "Overridden by editor" in shown
        assert REASON in shown
    assert "Overrode links" in words(log_in("Editor").get(reverse("newsletter_issues:history", args=[blocked.pk])))


@pytest.mark.parametrize("reason", ["", "too short"])
def test_a_reason_is_asked_for(blocked: Issue, reason: str) -> None:
    data = {"decision": "override", "fingerprint": fingerprint(blocked), "reason": reason}
    assert "at least 10 characters" in words(log_in("Editor").post(page_of(blocked), data, follow=True))
    assert not PreflightDecision.objects.exists()


def test_what_has_changed_meanwhile_is_not_overridden(blocked: Issue) -> None:
    data = {"decision": "override", "fingerprint": "0" * 64, "reason": REASON}
    assert "changed since" in words(log_in("Editor").post(page_of(blocked), data, follow=True))
    assert "Choose what to do" in words(log_in("Editor").post(page_of(blocked), {"decision": "x"}, follow=True))


def test_what_can_never_be_overridden_offers_no_button_and_takes_no_post(blocked: Issue) -> None:
    draft = blocked.get_latest_revision_as_object()
    draft.body = [(block.block_type, block.value) for block in draft.body if block.block_type == "story"]
    draft.save_revision()
    PublicationSettings.objects.update(postal_address="")
    page = log_in("Owner").get(page_of(blocked))
    assert "postal address is missing" in words(page)
    assert 'name="fingerprint"' not in page.content.decode()
    seen = examine(draft, now=timezone.now())
    (finding,) = [one for one in findings_of(seen) if one.rule == "postal-address"]
    data = {"decision": "override", "fingerprint": finding.fingerprint, "reason": REASON}
    assert "has to be mended" in words(log_in("Owner").post(page_of(blocked), data, follow=True))
    assert not PreflightDecision.objects.exists()


def test_remedies_that_are_elsewhere_are_led_to_by_those_who_may_go_there(blocked: Issue) -> None:
    PublicationSettings.objects.update(postal_address="")
    assert "settings/core/publicationsettings" in log_in("Owner").get(page_of(blocked)).content.decode()
    assert "settings/core/publicationsettings" not in log_in("Editor").get(page_of(blocked)).content.decode()


@pytest.mark.parametrize("view", ["check", "check_live"])
def test_a_doctor_may_look_and_ask_and_not_override(blocked: Issue, view: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newsletter.admin.preflight.decide.look_up", lambda issue, now: LookedUp(asked=2, unanswered=1))
    address = reverse(f"newsletter_issues:{view}", args=[blocked.pk])
    form = composed(blocked.newsletter)
    refused = {**form, "decision": "override", "fingerprint": fingerprint(blocked), "reason": REASON}
    assert log_in("Doctor").post(address, refused).status_code == 403
    assert not PreflightDecision.objects.exists()
    asked = log_in("Doctor").post(address, {**form, "decision": "look_up"}, follow=True)
    assert "no time for one of the answers" in asked.content.decode()


def live(client: Any, issue: Issue, **fields: Any) -> Any:
    data = composed(issue.newsletter, **fields)
    return client.post(reverse("newsletter_issues:check_live", args=[issue.pk]), data).json()


def test_beside_the_composer_the_form_is_checked_as_it_stands_and_nothing_is_saved(scene: Scene) -> None:
    before = Issue.objects.values().get(pk=scene.issue.pk), scene.issue.revisions.count()
    client = log_in("Editor")
    answer = live(client, scene.issue, stories=[scene.story], subject="Dear {{ name }}")
    assert answer["open"] == 1
    assert answer["summary"] == "1 finding is in the way of sending."
    assert "{{ name }}" in html.unescape(answer["html"])
    assert 'data-field="id_subject"' in answer["html"]
    assert live(client, scene.issue, stories=[scene.story])["open"] == 0
    assert (Issue.objects.values().get(pk=scene.issue.pk), scene.issue.revisions.count()) == before


def test_what_is_typed_is_escaped(scene: Scene) -> None:
    answer = live(log_in("Editor"), scene.issue, stories=[scene.story], subject="{{ <script>alert(1)</script> }}")
    assert "<script" not in answer["html"]


def test_beside_the_composer_a_finding_is_overridden_for_the_words_in_the_form(scene: Scene) -> None:
    client = log_in("Editor")
    typed = {"stories": [scene.story], "subject": "Dear {{ name }}"}
    found = re.search(r'data-fingerprint="(\w{64})"', live(client, scene.issue, **typed)["html"])
    assert found
    answer = live(client, scene.issue, **typed, decision="override", fingerprint=found[1], reason=REASON)
    assert (answer["open"], answer["complaint"]) == (0, "")
    assert REASON in answer["html"]
    assert PreflightDecision.objects.get().issue_id == scene.issue.pk


def test_a_new_issue_is_checked_before_it_is_saved_and_nothing_can_be_overridden_yet(scene: Scene) -> None:
    client, address = log_in("Editor"), reverse("newsletter_issues:check_live_new")
    data = composed(None, stories=[scene.story], subject="Dear {{ name }}")
    answer = client.post(address, data).json()
    assert answer["open"] == 1
    assert "data-fingerprint" not in answer["html"]
    answer = client.post(address, {**data, "decision": "override", "fingerprint": "x", "reason": REASON}).json()
    assert answer["complaint"] == "Save the issue first."


@pytest.mark.parametrize(("of_new", "text"), [(False, "a"), (True, "b")])
def test_the_size_follows_the_form(scene: Scene, of_new: bool, text: str) -> None:
    name = "newsletter_issues:size_live_new" if of_new else "newsletter_issues:size_live"
    address = reverse(name, args=[] if of_new else [scene.issue.pk])
    client = log_in("Editor")

    def octets(length: int) -> int:
        data = composed(scene.newsletter, stories=[scene.story], text=f"<p>{text * length}</p>")
        found: int = client.post(address, data).json()["octets"]
        return found

    assert octets(5_001) - octets(1) == 5_000
    assert "of 100 kB" in client.post(address, composed(scene.newsletter)).json()["summary"]


def test_the_composer_has_the_panel_and_waits_for_nothing(scene: Scene) -> None:
    client = log_in("Editor")
    for address in (scene.address("newsletter_issues:edit"), reverse("newsletter_issues:add")):
        page = client.get(address).content.decode()
        assert 'data-side-panel="newsletter-check"' in page
        assert "newsletter/preflight" in page
        assert 'data-rounds-check-panel-value="newsletter-check"' in page


def test_the_dialog_that_sends_shows_places_and_what_nobody_checked(blocked: Issue) -> None:
    page = words(log_in("Editor").get(reverse("newsletter_issues:send", args=[blocked.pk])))
    assert "Has to be mended first" in page
    assert "block 2: Button" in page
    assert "Not checked" in page
    assert "not checked yet" in page


def test_a_dead_link_that_is_known_keeps_the_dialog_from_sending(scene: Scene) -> None:
    address = scene.address("newsletter_issues:send")
    assert "Send to" in words(log_in("Editor").get(address))
    seen = examine(scene.issue, now=timezone.now())
    keep({seen.link_questions[0]: {"status": 404}}, now=timezone.now())
    page = words(log_in("Editor").get(address))
    assert "answers 404" in page
    assert "Send to" not in page


def test_an_issue_that_is_not_there_has_no_page(scene: Scene) -> None:
    missing = reverse("newsletter_issues:check", args=[10**9])
    assert log_in("Editor").get(missing).status_code == 404
