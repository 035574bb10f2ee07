"""The composer: drafts, approval, stories to choose from, previews of the very bytes."""

from __future__ import annotations

import email
import email.policy
import html
import re
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse
from django.utils import timezone
from django_tasks.signals import task_enqueued
from wagtail.test.utils.form_data import nested_form_data, rich_text, streamfield

from newsletter.issues.sample import sample
from newsletter.issues.schedule import schedule
from newsletter.models import (
    Campaign,
    CampaignStory,
    Chunk,
    Delivery,
    Issue,
    Newsletter,
    OutgoingHook,
    OutgoingMail,
    ScheduleRun,
)
from tests.integration.admin_scene import Scene, log_in, make_logins

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from blog.models import HomePage, StoryPage

pytestmark = pytest.mark.django_db


def composed(newsletter: Newsletter | None, *, stories: Sequence[StoryPage] = (), **fields: Any) -> dict[str, str]:
    """What a browser posts from the composer."""
    blocks: list[tuple[str, Any]] = [
        ("story", {"story": str(story.pk), "display": "excerpt", "intro": "", "show_image": "on"}) for story in stories
    ]
    if "text" in fields:
        blocks.append(("text", rich_text(fields.pop("text"))))
    body = streamfield(blocks)
    given = {"newsletter": str(newsletter.pk) if newsletter else "", "subject": "A good subject", "preview_text": ""}
    posted: dict[str, str] = nested_form_data({**given, "body": body, **fields})
    return posted


def edit(issue: Issue) -> str:
    return reverse("newsletter_issues:edit", args=[issue.pk])


class TestDrafts:
    def test_an_empty_issue_can_be_a_draft(self, scene: Scene) -> None:
        log_in("Editor").post(reverse("newsletter_issues:add"), composed(scene.newsletter))
        issue = Issue.objects.get(subject="A good subject")
        assert not issue.live

    def test_an_empty_issue_cannot_be_approved_and_the_form_names_what_it_lacks(self, scene: Scene) -> None:
        data = {**composed(scene.newsletter), "action-publish": "action-publish"}
        response = log_in("Editor").post(edit(scene.issue), data)
        assert "This issue is empty" in response.content.decode()
        scene.issue.refresh_from_db()
        assert not scene.issue.live

    def test_approving_says_so_and_sends_nothing(self, scene: Scene) -> None:
        client = log_in("Doctor")
        assert "Approve" in client.get(edit(scene.issue)).content.decode()
        data = {**composed(scene.newsletter, stories=[scene.story]), "action-publish": "action-publish"}
        response = client.post(edit(scene.issue), data, follow=True)
        scene.issue.refresh_from_db()
        assert scene.issue.live
        assert "is approved" in response.content.decode()
        assert scene.issue.campaigns.count() == 0

    def test_wagtails_words_for_publishing_are_nowhere_in_the_composer(self, scene: Scene) -> None:
        page = log_in("Editor").get(edit(scene.issue)).content.decode()
        menu = re.search(r'<nav class="actions actions--primary.*?</nav>', page, re.DOTALL)
        assert menu
        assert "Publish" not in menu[0]
        assert "Unpublish" not in menu[0]

    def test_line_breaks_in_a_subject_become_spaces(self, scene: Scene) -> None:
        data = composed(scene.newsletter, subject="Hello\r\nBcc: all@example.com")
        log_in("Editor").post(edit(scene.issue), data)
        latest = Issue.objects.get(pk=scene.issue.pk).get_latest_revision_as_object()
        assert latest.subject == "Hello Bcc: all@example.com"


@pytest.fixture
def heard() -> Iterator[list[str]]:
    """The paths of the tasks that are enqueued during the test."""
    paths: list[str] = []

    def hear(task_result: Any, **_: Any) -> None:
        paths.append(task_result.task.module_path)

    task_enqueued.connect(hear)
    yield paths
    task_enqueued.disconnect(hear)


class TestTraps:
    def test_saving_again_and_again_by_itself_makes_no_campaign_no_mail_and_no_task(
        self, scene: Scene, heard: list[str], django_capture_on_commit_callbacks: Any
    ) -> None:
        made = (Campaign, CampaignStory, Delivery, Chunk, OutgoingMail, OutgoingHook, ScheduleRun)
        before = {model: model.objects.count() for model in made}
        client = log_in("Editor")
        data = composed(scene.newsletter, stories=[scene.story])
        for number in range(3):
            with django_capture_on_commit_callbacks(execute=True):
                response = client.post(
                    edit(scene.issue), {**data, "subject": f"Version {number}"}, headers={"accept": "application/json"}
                )
            assert response.json()["success"] is True
            data["overwrite_revision_id"] = str(response.json()["revision_id"])
        assert {model: model.objects.count() for model in made} == before
        assert Issue.objects.get(pk=scene.issue.pk).get_latest_revision_as_object().subject == "Version 2"
        # Wagtail's own, on its indexes; and so tasks are heard at all.
        assert {path.partition(".")[0] for path in heard} == {"wagtail", "modelsearch"}

    @pytest.mark.parametrize("action", ["", "action-publish"])
    def test_fields_that_are_not_in_the_form_are_ignored(self, action: str, scene: Scene) -> None:
        smuggled = {
            "go_live_at": "2040-01-01 00:00",
            "expire_at": "2041-01-01 00:00",
            "live": "on",
            "status": "sent",
            "state": "sent",
            "created_at": "1999-01-01",
            "first_published_at": "1999-01-01",
            "campaigns": str(scene.campaign.pk),
        }
        data = {**composed(scene.newsletter, stories=[scene.story]), **smuggled}
        if action:
            data[action] = action
        log_in("Editor").post(edit(scene.issue), data)
        issue = Issue.objects.get(pk=scene.issue.pk)
        latest = issue.get_latest_revision_as_object()
        assert (issue.live, latest.go_live_at, latest.expire_at) == (bool(action), None, None)
        assert issue.created_at.year != 1999
        assert issue.campaigns.count() == 0

    def test_a_contributor_cannot_approve_by_smuggling_the_action(self, scene: Scene) -> None:
        data = {**composed(scene.newsletter, stories=[scene.story]), "action-publish": "action-publish"}
        log_in("Contributor").post(edit(scene.issue), data)
        scene.issue.refresh_from_db()
        assert not scene.issue.live

    def test_an_issue_that_has_a_campaign_is_kept(self, scene: Scene) -> None:
        client, kept = log_in("Owner"), scene.campaign.issue
        response = client.post(reverse("newsletter_issues:delete", args=[kept.pk]), follow=True)
        assert "stays for the record" in response.content.decode()
        bulk = reverse("wagtail_bulk_action", args=["newsletter", "issue", "delete"])
        client.post(f"{bulk}?id={kept.pk}&id={scene.issue.pk}")
        assert set(Issue.objects.values_list("pk", flat=True)) == {kept.pk, scene.issue.pk}

    def test_what_an_editor_types_is_text_in_the_admin(self, scene: Scene) -> None:
        client = log_in("Editor")
        nasty = "<script>alert(1)</script>{{ settings.SECRET_KEY }}"
        client.post(edit(scene.issue), composed(scene.newsletter, stories=[scene.story], subject=nasty))
        for address in [edit(scene.issue), scene.address("newsletter_issues:send"), reverse("newsletter_issues:list")]:
            page = client.get(address).content.decode()
            assert "<script>alert(1)" not in page
            assert "{{ settings.SECRET_KEY }}" in html.unescape(page)


class TestComposing:
    def test_the_button_makes_one_draft_of_all_new_stories(self, scene: Scene) -> None:
        response = log_in("Editor").post(reverse("newsletter_issues:compose"), {"newsletter": scene.newsletter.pk})
        issue = Issue.objects.order_by("pk").last()
        assert issue
        assert response["Location"] == edit(issue)
        assert [block.value["story"].pk for block in issue.body] == [scene.story.pk]
        assert not issue.live

    def test_opening_the_page_makes_nothing(self, scene: Scene) -> None:
        before = Issue.objects.count()
        page = log_in("Editor").get(reverse("newsletter_issues:compose")).content.decode()
        assert scene.story.title in page
        assert Issue.objects.count() == before

    def test_without_a_new_story_the_form_says_what_to_do(self, scene: Scene) -> None:
        now = timezone.now()
        schedule(scene.issue, at=now, time_zone="UTC", approve=True, now=now)
        before = Issue.objects.count()
        address = reverse("newsletter_issues:compose")
        response = log_in("Editor").post(address, {"newsletter": scene.newsletter.pk})
        assert "no new stories" in response.content.decode()
        assert Issue.objects.count() == before


class TestPreview:
    def preview(self, scene: Scene, mode: str, data: dict[str, str], *, new: bool = False) -> str:
        client = log_in("Editor")
        address = (
            reverse("newsletter_issues:preview_on_add")
            if new
            else reverse("newsletter_issues:preview_on_edit", args=[scene.issue.pk])
        )
        posted = client.post(address, data)
        assert posted.json()["is_available"] is True
        response = client.get(f"{address}?mode={mode}")
        assert response.status_code == 200
        assert "script-src" not in response["Content-Security-Policy"]
        assert response["Content-Security-Policy"].startswith("default-src 'none'")
        return response.content.decode()

    @pytest.mark.parametrize(("mode", "subtype"), [("desktop", "html"), ("phone", "html"), ("text", "plain")])
    def test_it_shows_what_a_mail_program_decodes_from_the_bytes_that_go_out(
        self, mode: str, subtype: str, scene: Scene
    ) -> None:
        data = composed(scene.newsletter, stories=[scene.story], subject="Grüße & <mehr>")
        page = self.preview(scene, mode, data)
        client = log_in("Editor")
        client.post(edit(scene.issue), data)
        now = timezone.now()
        campaign = schedule(scene.issue, at=now, time_zone="UTC", approve=True, now=now)
        sent = sample(compiled_of(campaign), date=now, address="editor@example.com")
        part = email.message_from_bytes(sent, policy=email.policy.default).get_body((subtype,))  # type: ignore[attr-defined]
        shown = re.search(r'srcdoc="([^"]*)"' if subtype == "html" else r"<pre[^>]*>(.*?)</pre>", page, re.DOTALL)
        assert shown
        assert part
        assert html.unescape(shown[1]) == part.get_content()

    def test_dark_is_a_copy_that_says_so(self, scene: Scene) -> None:
        page = self.preview(scene, "dark", composed(scene.newsletter, stories=[scene.story]))
        assert "rules for dark screens are switched on here" in page
        assert "@media (min-width: 0px)" in html.unescape(page)

    def test_with_pictures_off_the_policy_lets_none_in(self, scene: Scene) -> None:
        data = composed(scene.newsletter, stories=[scene.story])
        client, address = log_in("Editor"), reverse("newsletter_issues:preview_on_edit", args=[scene.issue.pk])
        client.post(address, data)
        policies = [
            client.get(f"{address}?mode={mode}")["Content-Security-Policy"] for mode in ("desktop", "no-pictures")
        ]
        assert ["img-src 'none';" in policy for policy in policies] == [False, True]

    def test_it_says_how_much_of_gmails_limit_is_taken_and_leads_to_the_page_with_everything(
        self, scene: Scene
    ) -> None:
        page = self.preview(scene, "desktop", composed(scene.newsletter, stories=[scene.story]))
        assert re.search(r"[\d.]+ kB of the 102 kB that Gmail shows", page)
        assert scene.address("newsletter_issues:everywhere") in page

    def test_a_phone_has_a_frame_of_its_own_width(self, scene: Scene) -> None:
        page = self.preview(scene, "phone", composed(scene.newsletter, stories=[scene.story]))
        assert 'width="375"' in page

    def test_an_unsaved_issue_without_newsletter_and_subject_shows_its_body(self, scene: Scene) -> None:
        data = composed(None, text="<p>Only these words.</p>", subject="")
        assert "Only these words." in self.preview(scene, "text", data, new=True)

    def test_without_any_newsletter_it_says_what_is_missing(self, home: HomePage) -> None:
        make_logins()
        client = log_in("Editor")
        address = reverse("newsletter_issues:preview_on_add")
        client.post(address, composed(None, text="<p>Words</p>"))
        assert "There is no newsletter yet" in client.get(f"{address}?mode=desktop").content.decode()

    def test_the_mail_stands_in_a_frame_that_may_do_nothing(self, scene: Scene) -> None:
        page = self.preview(scene, "desktop", composed(scene.newsletter, stories=[scene.story]))
        frame = re.search(r"<iframe[^>]*>", page)
        assert frame
        assert re.search(r'\ssandbox(?=[\s>])(?!=")', frame[0])


def compiled_of(campaign: Campaign) -> Any:
    from newsletter.engine.message import CompiledMessage

    return CompiledMessage.load(bytes(campaign.compiled))
