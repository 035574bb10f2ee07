"""New issues in the admin: from a template, from an earlier one, as a copy; and templates themselves."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from wagtail.test.utils.form_data import nested_form_data, rich_text, streamfield

from newsletter.issues.starting_points import body_from
from newsletter.models import Issue, IssueTemplate, Schedule
from tests.factories import make_newsletter, make_story
from tests.integration.admin_scene import Scene, log_in

if TYPE_CHECKING:
    from blog.models import StoryPage

pytestmark = pytest.mark.django_db


def words(response: Any) -> str:
    return html.unescape(" ".join(response.content.decode().split()))


def another_story(scene: Scene, title: str) -> StoryPage:
    return make_story(scene.story.get_parent().specific, title=title)


def make_template(**fields: Any) -> IssueTemplate:
    body = [("text", "<p>Dear all</p>"), ("new_stories", {"display": "headline"}), ("divider", None)]
    return IssueTemplate.objects.create(**{"name": "Weekly", "body": body, **fields})


def newest() -> Issue:
    return Issue.objects.order_by("-pk")[0]


def kinds(issue: Issue) -> list[str]:
    return [
        f"{block.value['story'].title}: {block.value['display']}" if block.block_type == "story" else block.block_type
        for block in issue.body
    ]


class TestComposing:
    def post(self, scene: Scene, *stories: StoryPage, role: str = "Editor", **fields: str) -> Any:
        """What the page's form sends with these stories ticked, in this order."""
        data = {"newsletter": str(scene.newsletter.pk), "choosing": "True", **fields}
        for place, story in enumerate(stories, start=1):
            data |= {f"story-{story.pk}": "on", f"place-{story.pk}": str(place)}
        return log_in(role).post(reverse("newsletter_issues:compose"), data)

    def test_it_offers_templates_and_earlier_issues_and_ticks_every_new_story(self, scene: Scene) -> None:
        make_template()
        make_template(name="Somewhere else", newsletter=make_newsletter(name="Other", slug="other"))
        page = log_in("Editor").get(reverse("newsletter_issues:compose")).content.decode()
        mine = page[page.index(f'id="newsletter-{scene.newsletter.pk}"') :]
        assert "Weekly" in mine
        assert "Somewhere else" not in mine
        assert f'value="issue:{scene.issue.pk}"' in mine
        assert f'name="story-{scene.story.pk}"' in mine
        assert "checked" in mine

    def test_the_blocks_of_a_template_stand_around_the_chosen_stories(self, scene: Scene) -> None:
        second, _third = another_story(scene, "Second"), another_story(scene, "Third")
        template = make_template()
        response = self.post(scene, second, scene.story, start=f"template:{template.pk}")
        assert response["Location"] == reverse("newsletter_issues:edit", args=[newest().pk])
        assert kinds(newest()) == ["text", "Second: headline", f"{scene.story.title}: headline", "divider"]
        assert newest().subject == "Second and 1 more"

    def test_one_story_can_be_longer_than_the_template_says(self, scene: Scene) -> None:
        template = make_template()
        self.post(scene, scene.story, start=f"template:{template.pk}", **{f"display-{scene.story.pk}": "full"})
        assert kinds(newest()) == ["text", f"{scene.story.title}: full", "divider"]

    def test_an_earlier_issue_lends_its_words_to_new_stories(self, scene: Scene) -> None:
        earlier = scene.campaign.issue
        theirs = scene.campaign.stories.get().story
        assert theirs
        earlier.body = [("text", "<p>Dear all</p>"), *body_from(None, [theirs])]
        earlier.save_revision()
        self.post(scene, scene.story, start=f"issue:{earlier.pk}")
        assert kinds(newest()) == ["text", f"{scene.story.title}: excerpt"]

    def test_a_template_alone_makes_a_draft_without_stories(self, scene: Scene) -> None:
        self.post(scene, start=f"template:{make_template().pk}")
        assert (kinds(newest()), newest().subject) == (["text", "divider"], "Weekly")

    @pytest.mark.parametrize("start", ["template:999999", "issue:999999", "template:x", "elsewhere"])
    def test_what_is_not_offered_cannot_be_started_from(self, start: str, scene: Scene) -> None:
        before = Issue.objects.count()
        assert "not one of the available choices" in words(self.post(scene, scene.story, start=start))
        assert Issue.objects.count() == before

    def test_another_newsletters_template_and_issue_are_not_offered(self, scene: Scene) -> None:
        other = make_newsletter(name="Other", slug="other")
        template = make_template(newsletter=other)
        issue = Issue.objects.create(newsletter=other, subject="Theirs")
        before = Issue.objects.count()
        for start in (f"template:{template.pk}", f"issue:{issue.pk}"):
            assert self.post(scene, scene.story, start=start).status_code == 200
        assert Issue.objects.count() == before

    def test_nothing_ticked_and_nothing_to_start_from_is_said(self, scene: Scene) -> None:
        before = Issue.objects.count()
        assert "Take at least one story" in words(self.post(scene))
        assert Issue.objects.count() == before

    def test_a_story_that_was_sent_meanwhile_is_said_and_no_other_is_taken_for_it(self, scene: Scene) -> None:
        sent = scene.campaign.stories.get().story
        assert sent
        before = Issue.objects.count()
        assert "was sent or withdrawn meanwhile" in words(self.post(scene, scene.story, sent))
        assert Issue.objects.count() == before

    def test_a_newsletter_that_is_none_is_not_found(self, scene: Scene) -> None:
        response = log_in("Editor").post(reverse("newsletter_issues:compose"), {"newsletter": "999999"})
        assert response.status_code == 404


class TestCopying:
    def test_the_page_warns_of_what_was_sent_before(self, scene: Scene) -> None:
        page = words(log_in("Editor").get(reverse("newsletter_issues:copy_issue", args=[scene.campaign.issue_id])))
        assert "One of its stories was sent before" in page
        assert "Goes out in “Story 2”" in page.replace(scene.campaign.subject, "Story 2")

    def test_nothing_is_warned_of_where_nothing_was_sent(self, scene: Scene) -> None:
        page = words(log_in("Editor").get(scene.address("newsletter_issues:copy_issue")))
        assert "sent before" not in page
        assert "Not yet sent by Rounds." in page

    def test_a_copy_is_a_draft_of_its_own_with_the_very_same_cards(self, scene: Scene) -> None:
        original = scene.campaign.issue
        response = log_in("Editor").post(reverse("newsletter_issues:copy_issue", args=[original.pk]), follow=True)
        copy = newest()
        assert copy.pk != original.pk
        assert (copy.subject, kinds(copy), copy.live) == (original.subject, kinds(original), False)
        assert copy.campaigns.count() == 0
        assert "Readers who have them get them again" in words(response)

    def test_it_copies_the_latest_draft(self, scene: Scene) -> None:
        draft = scene.issue.get_latest_revision_as_object()
        draft.subject = "Changed since"
        draft.save_revision()
        log_in("Editor").post(scene.address("newsletter_issues:copy_issue"))
        assert newest().subject == "Changed since"

    def test_opening_the_page_copies_nothing(self, scene: Scene) -> None:
        before = Issue.objects.count()
        log_in("Editor").get(scene.address("newsletter_issues:copy_issue"))
        assert Issue.objects.count() == before


class TestTemplates:
    def test_an_issue_is_saved_as_a_template_of_its_newsletter(self, scene: Scene) -> None:
        data = {"name": "Monday", "description": "Short", "only_here": "on"}
        response = log_in("Editor").post(scene.address("newsletter_issues:save_as_template"), data)
        template = IssueTemplate.objects.get()
        assert response["Location"] == reverse("newsletter_templates:edit", args=[template.pk])
        assert (template.name, template.newsletter) == ("Monday", scene.newsletter)
        assert template.created_by == User.objects.get(username="editor")
        assert [block.block_type for block in template.body] == ["new_stories"]

    def test_it_can_be_for_every_newsletter(self, scene: Scene) -> None:
        log_in("Editor").post(scene.address("newsletter_issues:save_as_template"), {"name": "Monday"})
        assert IssueTemplate.objects.get().newsletter is None

    def test_a_name_that_is_taken_is_said(self, scene: Scene) -> None:
        make_template(name="Monday")
        response = log_in("Editor").post(scene.address("newsletter_issues:save_as_template"), {"name": "Monday"})
        assert "already exists" in words(response)
        assert IssueTemplate.objects.count() == 1

    def test_a_template_is_composed_in_the_admin(self, scene: Scene) -> None:
        blocks = [("text", rich_text("<p>Hello</p>")), ("new_stories", {"display": "full"})]
        data = nested_form_data({"name": "By hand", "description": "", "newsletter": "", "body": streamfield(blocks)})
        log_in("Editor").post(reverse("newsletter_templates:add"), data)
        template = IssueTemplate.objects.get()
        assert [block.block_type for block in template.body] == ["text", "new_stories"]
        assert template.created_by == User.objects.get(username="editor")

    def test_one_that_a_schedule_starts_from_is_kept(self, scene: Scene) -> None:
        template = make_template()
        Schedule.objects.create(newsletter=scene.newsletter, frequency="weekly", template=template)
        address = reverse("newsletter_templates:delete", args=[template.pk])
        client = log_in("Owner")
        assert "can't be deleted while these schedules start from it" in words(client.get(address))
        assert client.post(address).status_code == 409
        assert IssueTemplate.objects.exists()

    def test_one_that_nothing_starts_from_is_deleted(self, scene: Scene) -> None:
        log_in("Owner").post(reverse("newsletter_templates:delete", args=[make_template().pk]))
        assert not IssueTemplate.objects.exists()
