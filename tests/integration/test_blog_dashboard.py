"""The start page of the admin: what each role meets there, and the road of a contributor's draft."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from wagtail.models import TaskState

from blog.dashboard import queries
from blog.models import EditorialDecision, StoryPage
from tests.factories import make_author, make_story
from tests.integration.admin_scene import log_in, make_logins
from tests.integration.editorial_scene import CALM, JUMP, form_of
from tests.integration.reporting import make_report
from tests.stages import stage

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

    from blog.models import StoryIndexPage

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@stage
def desk(stories: StoryIndexPage) -> StoryIndexPage:
    make_logins()
    return stories


def user(name: str) -> User:
    return User.objects.get(username=name)


def start(role: str) -> str:
    """The text of the start page, without its markup."""
    page = log_in(role).get(reverse("wagtailadmin_home")).content.decode()
    main = page[page.index("<main") : page.index("</main>")]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def submit(draft: StoryPage, role: str = "contributor") -> TaskState:
    state: TaskState = draft.get_workflow().start(draft, user(role)).current_task_state
    return state


class TestWriting:
    @pytest.mark.parametrize("role", ["Owner", "Doctor", "Editor", "Contributor"])
    def test_one_button_leads_straight_to_a_new_story(self, desk: StoryIndexPage, role: str) -> None:
        address = reverse("wagtailadmin_pages:add", args=["blog", "storypage", desk.pk])
        client = log_in(role)
        assert f'href="{address}"' in client.get(reverse("wagtailadmin_home")).content.decode()
        assert client.get(address).status_code == 200

    def test_an_analyst_has_nothing_to_write_or_to_mend(self, desk: StoryIndexPage) -> None:
        page = start("Analyst")
        for words in ("Write a story", "Continue", "Reviews due", "Problem reports", "Overrides"):
            assert words not in page

    def test_drafts_are_mine_with_what_is_open_in_them(self, desk: StoryIndexPage) -> None:
        make_story(desk, live=False, title="Small print", body=JUMP, owner=user("doctor"))
        make_story(desk, live=False, title="Calm", body=CALM, owner=user("doctor"))
        make_story(desk, live=False, title="A colleague's", owner=user("editor"))
        page = start("Doctor")
        assert "Small print 1 to mend" in page
        assert "Calm nothing open" in page
        assert "A colleague" not in page

    def test_a_live_story_with_changes_is_checked_as_it_was_left(self, desk: StoryIndexPage) -> None:
        story = make_story(desk, title="Small print", body=CALM, owner=user("doctor"))
        assert "No draft of yours is open." in start("Doctor")
        story.body = JUMP
        story.save_revision()
        assert "Small print published, with changes 1 to mend" in start("Doctor")

    def test_what_i_sign_is_mine_too(self, desk: StoryIndexPage) -> None:
        author = make_author(desk.get_parent().specific, user=user("doctor"))
        make_story(desk, live=False, title="Written for her", author=author, owner=user("editor"))
        assert "Written for her" in start("Doctor")

    def test_many_drafts_take_no_more_queries_than_five(
        self, desk: StoryIndexPage, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        doctor = user("doctor")
        for _ in range(12):
            make_story(desk, live=False, body=JUMP, owner=doctor)
            make_report(make_story(desk, body=CALM, owner=doctor, review_due_on=timezone.localdate()))
        client = log_in("Doctor")
        client.get(reverse("wagtailadmin_home"))
        with django_assert_max_num_queries(80):
            page = client.get(reverse("wagtailadmin_home")).content.decode()
        assert page.count("1 to mend") == queries.SHOWN

    def test_wagtails_panels_that_say_the_same_are_gone(self, desk: StoryIndexPage) -> None:
        submit(make_story(desk, live=False, title="Submitted", owner=user("contributor")))
        assert "Awaiting your review" not in start("Doctor")
        assert start("Doctor").count("Submitted") == 1


class TestCare:
    def test_reviews_that_are_due_stand_the_most_overdue_first(self, desk: StoryIndexPage) -> None:
        today = timezone.localdate()
        for title, days in [("Soon", 30), ("Late", -1), ("Later than that", -90), ("Far off", 31)]:
            make_story(desk, title=title, owner=user("doctor"), review_due_on=today + timedelta(days=days))
        make_story(desk, live=False, title="A draft", review_due_on=today)
        assert [story.title for story in queries.reviews_due(user("editor"), today=today)] == [
            "Later than that",
            "Late",
            "Soon",
        ]
        page = start("Doctor")
        assert "overdue since" in page
        assert "Far off" not in page

    def test_a_doctor_sees_her_own_and_an_editor_everybodys(self, desk: StoryIndexPage) -> None:
        today = timezone.localdate()
        other = make_story(desk, title="A colleague's", owner=user("editor"), review_due_on=today)
        make_report(other, text="Wrong")
        for role, sees in [("Doctor", False), ("Editor", True), ("Owner", True)]:
            assert ("due " in start(role) and "A colleague" in start(role)) is sees
        assert "Problem reports" not in start("Contributor")

    def test_only_open_reports_are_shown(self, desk: StoryIndexPage) -> None:
        story = make_story(desk, title="Winter", owner=user("doctor"))
        make_report(story, kind="link", state="solved")
        assert "No report is open." in start("Doctor")
        make_report(story, kind="harmful", state="open")
        assert "Something could hurt someone: Winter" in start("Doctor")

    def test_editors_see_what_was_overridden_and_why(self, desk: StoryIndexPage) -> None:
        story = make_story(desk, title="Winter")
        EditorialDecision.objects.create(
            story=story,
            kind=EditorialDecision.Kind.OVERRIDDEN,
            rule="F3",
            fingerprint="x",
            reason="It is the name of <b>a band</b>.",
            user=user("owner"),
            made_at=timezone.now(),
        )
        for role, sees in [("Editor", True), ("Owner", True), ("Doctor", False), ("Contributor", False)]:
            assert ("It is the name of <b>a band</b>." in start(role)) is sees


class TestContributorsRoad:
    """Submitted, seen, approved, live; and no way round it."""

    @pytest.fixture
    def draft(self, desk: StoryIndexPage) -> StoryPage:
        return make_story(desk, live=False, title="Grief", slug="grief", body=CALM, owner=user("contributor"))

    def test_a_draft_goes_from_contributor_to_doctor_to_readers(self, draft: StoryPage) -> None:
        edit = reverse("wagtailadmin_pages:edit", args=[draft.pk])
        contributor, doctor = log_in("Contributor"), log_in("Doctor")
        submitted = contributor.post(edit, {**form_of(draft), "action-submit": "Submit"})
        assert submitted.status_code == 302
        assert "doctor@example.com" in {address for message in mail.outbox for address in message.to}
        assert "Waiting for you Grief submitted by contributor" in start("Doctor")
        assert doctor.get(edit).status_code == 200
        task = TaskState.objects.get()
        approve = reverse("wagtailadmin_pages:workflow_action", args=[draft.pk, "approve", task.pk])
        assert doctor.post(approve, {"comment": "Good."}).status_code in {200, 302}
        assert StoryPage.objects.get(pk=draft.pk).live
        assert log_in("Contributor").get("/stories/grief/").status_code == 200
        assert "Waiting for you" not in start("Doctor")

    def test_an_approval_reaches_that_version_and_no_later_one(self, draft: StoryPage) -> None:
        task = submit(draft)
        approve = reverse("wagtailadmin_pages:workflow_action", args=[draft.pk, "approve", task.pk])
        log_in("Doctor").post(approve, {"comment": ""})
        story = StoryPage.objects.get(pk=draft.pk)
        assert (story.live, story.permissions_for_user(user("doctor")).can_unpublish()) == (True, False)
        story.save_revision(user=user("contributor"))
        assert not story.permissions_for_user(user("doctor")).can_publish()

    def test_a_doctor_sends_a_draft_back_with_a_word(self, draft: StoryPage) -> None:
        task = submit(draft)
        reject = reverse("wagtailadmin_pages:workflow_action", args=[draft.pk, "reject", task.pk])
        log_in("Doctor").post(reject, {"comment": "Where is the source?"})
        assert not StoryPage.objects.get(pk=draft.pk).live
        assert any("Where is the source?" in message.body for message in mail.outbox)

    def test_a_contributor_can_not_publish_by_any_address(self, draft: StoryPage) -> None:
        task = submit(draft)
        live = make_story(draft.get_parent().specific, title="Live", body=CALM, owner=user("contributor"))
        client = log_in("Contributor")
        published = {**form_of(draft), "action-publish": "1"}
        posts: list[tuple[str, list[Any], dict[str, Any]]] = [
            ("wagtailadmin_pages:edit", [draft.pk], published),
            ("wagtailadmin_pages:workflow_action", [draft.pk, "approve", task.pk], {"comment": ""}),
            ("wagtailadmin_pages:revisions_revert", [draft.pk, draft.latest_revision_id], published),
            ("wagtailadmin_pages:copy", [live.pk], {"new_title": "C", "new_slug": "c", "publish_copies": "1"}),
            ("wagtailadmin_pages:copy", [live.pk], {"new_title": "A", "new_slug": "a", "alias": "1"}),
            ("blog_review", [draft.pk], {}),
        ]
        for name, arguments, data in posts:
            client.post(reverse(name, args=arguments), {"new_parent_page": live.get_parent().pk, **data})
        bulk = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
        client.post(f"{bulk}?id={draft.pk}", {})
        add = reverse("wagtailadmin_pages:add", args=["blog", "storypage", live.get_parent().pk])
        client.post(add, {**form_of(draft, title="New", slug="new"), "action-publish": "1"})
        scheduled = {"go_live_at": timezone.now() + timedelta(days=1), "action-publish": "1"}
        client.post(reverse("wagtailadmin_pages:edit", args=[draft.pk]), {**form_of(draft), **scheduled})
        assert list(StoryPage.objects.live()) == [live]
        assert not draft.revisions.exclude(approved_go_live_at=None).exists()
