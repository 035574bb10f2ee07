"""Reporting a problem with a page, and what the editors do with it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import PageViewRestriction

from blog.models import ProblemReport
from blog.problems.change import change_state
from blog.problems.errors import IllegalStepError
from blog.problems.purge import ADDRESSES_KEPT, forget_addresses
from blog.problems.states import STEPS, State
from newsletter.delivery.clock import Clock
from tests.factories import make_author, make_story
from tests.integration.admin_scene import log_in, make_logins
from tests.integration.reporting import make_report, send_report
from tests.stages import stage

if TYPE_CHECKING:
    from blog.models import StoryIndexPage, StoryPage

pytestmark = pytest.mark.django_db
PAIRS = [(before, after) for before in State for after in State]


@pytest.fixture(autouse=True)
def _fresh_counters() -> None:
    cache.clear()


@stage
def story(stories: StoryIndexPage) -> StoryPage:
    make_logins()
    return make_story(stories, title="What Helps in Winter", owner=User.objects.get(username="doctor"))


class TestForm:
    def test_every_story_links_to_it_and_it_names_the_page(self, client: Client, story: StoryPage) -> None:
        address = f"/report/?page={story.pk}"
        assert address in client.get(story.url).content.decode()
        assert "What Helps in Winter" in client.get(address).content.decode()

    def test_a_report_reaches_the_editors(self, client: Client, story: StoryPage) -> None:
        response = send_report(client, story.pk, email="ada@example.com", text="Two lines:\r\nthe end is missing.")
        assert (response.status_code, response["Location"]) == (302, "/report/thanks/")
        report = ProblemReport.objects.get()
        assert (report.page_id, report.page_title, report.path) == (story.pk, story.title, story.url)
        assert (report.kind, report.email, report.state) == ("error", "ada@example.com", "new")
        assert report.text == "Two lines:\nthe end is missing."
        assert client.get("/report/thanks/").status_code == 200

    def test_it_works_without_cookies_and_sets_none(self, story: StoryPage) -> None:
        client = Client(enforce_csrf_checks=True)
        assert send_report(client, story.pk).status_code == 302
        assert not client.cookies

    def test_the_whole_site_can_be_meant(self, client: Client, story: StoryPage) -> None:
        assert client.get("/report/").status_code == 200
        send_report(client)
        assert ProblemReport.objects.get().page is None

    @pytest.mark.parametrize("page", ["999999", "nonsense", "-1", "9" * 400, "1 OR 1", "٣", "\x00"])
    def test_an_unknown_page_is_not_found(self, client: Client, story: StoryPage, page: str) -> None:
        assert client.get("/report/", {"page": page}).status_code == 404
        assert client.post("/report/", {"page": page, "kind": "error", "text": "x"}).status_code == 404

    def test_a_draft_and_a_private_page_are_not_found(
        self, client: Client, stories: StoryIndexPage, story: StoryPage
    ) -> None:
        draft = make_story(stories, live=False)
        PageViewRestriction.objects.create(page=story, restriction_type="login")
        for page in (draft, story):
            assert client.get("/report/", {"page": page.pk}).status_code == 404

    def test_what_was_typed_about_a_page_that_is_deleted_meanwhile_is_kept(
        self, client: Client, story: StoryPage
    ) -> None:
        gone, path = story.pk, story.url
        story.delete()
        assert send_report(client, gone, path=path).status_code == 302
        report = ProblemReport.objects.get()
        assert (report.page, report.path) == (None, path)

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"text": ""}, "Tell us what you noticed."),
            ({"text": "  \r\n "}, "Tell us what you noticed."),
            ({"text": "x" * 2001}, "This is too long"),
            ({"kind": ""}, "Choose what it is about."),
            ({"kind": "praise"}, "Choose one of these."),
            ({"email": "nobody"}, "This is no email address."),
            ({"email": "ada@example.com\r\nBcc: all@example.com"}, "This is no email address."),
        ],
    )
    def test_a_mistake_is_named_beside_its_field_and_nothing_typed_is_lost(
        self, client: Client, story: StoryPage, fields: dict[str, Any], said: str
    ) -> None:
        response = send_report(client, story.pk, **{"text": "I noticed this.", **fields})
        page = response.content.decode()
        assert response.status_code == 400
        assert page.count(said) == 2, "in the summary and beside the field"
        assert "error-summary" in page
        assert fields.get("text", "I noticed this.")[:50].strip() in page
        assert not ProblemReport.objects.exists()

    def test_two_thousand_characters_are_not_too_many_with_any_line_breaks(
        self, client: Client, story: StoryPage
    ) -> None:
        assert send_report(client, story.pk, text="x\r\n" * 999 + "xx").status_code == 302
        assert len(ProblemReport.objects.get().text) == 2000

    def test_characters_that_nobody_types_are_dropped(self, client: Client, story: StoryPage) -> None:
        send_report(client, story.pk, text="a\x00b\x1b[31mc\td")
        assert ProblemReport.objects.get().text == "ab[31mc\td"

    def test_a_program_that_fills_in_everything_learns_nothing(self, client: Client, story: StoryPage) -> None:
        assert send_report(client, story.pk, website="https://spam.example").status_code == 302
        assert not ProblemReport.objects.exists()

    def test_an_old_or_forged_form_is_asked_for_again(self, client: Client, story: StoryPage) -> None:
        for given in ({"shown": 90_000.0}, {"stamp": "forged"}):
            response = send_report(client, story.pk, **given)  # type: ignore[arg-type]
            assert response.status_code == 400
            assert b"had been open for a while" in response.content
        assert not ProblemReport.objects.exists()

    def test_one_network_sends_ten_an_hour_and_then_keeps_its_words(self, client: Client, story: StoryPage) -> None:
        answers = [send_report(client, story.pk, text="Mine <b>").status_code for _ in range(10)]
        assert answers == [302] * 10
        response = send_report(client, story.pk, text="Mine <b>")
        assert response.status_code == 429
        assert int(response["Retry-After"]) == 3600
        assert b"Mine &lt;b&gt;" in response.content

    def test_a_form_that_comes_back_at_once_counts_for_more(self, client: Client, story: StoryPage) -> None:
        answers = [send_report(client, story.pk, shown=0.1).status_code for _ in range(3)]
        assert answers == [302, 302, 429]


class TestSteps:
    @pytest.mark.parametrize(("before", "after"), PAIRS)
    def test_only_the_steps_of_the_table_are_taken(self, story: StoryPage, before: State, after: State) -> None:
        report, editor, now = make_report(story, state=before), User.objects.get(username="editor"), timezone.now()
        if after in STEPS[before]:
            change_state(report, after=before, to=after, note="Done.", user=editor, now=now)
            report.refresh_from_db()
            assert (report.state, report.note, report.changed_by, report.changed_at) == (after, "Done.", editor, now)
        else:
            with pytest.raises(IllegalStepError):
                change_state(report, after=before, to=after, user=editor, now=now)
            report.refresh_from_db()
            assert (report.state, report.changed_by) == (before, None)

    def test_of_two_editors_who_press_at_once_one_is_told(self, story: StoryPage) -> None:
        report, editor, now = make_report(story), User.objects.get(username="editor"), timezone.now()
        stale = ProblemReport.objects.get(pk=report.pk)
        change_state(report, after=State.NEW, to=State.SOLVED, user=editor, now=now)
        with pytest.raises(IllegalStepError, match="just changed"):
            change_state(stale, after=State.NEW, to=State.DISMISSED, user=editor, now=now)
        assert ProblemReport.objects.get().state == State.SOLVED

    def test_addresses_go_a_month_after_closing_and_the_clock_sees_to_it(self, story: StoryPage) -> None:
        now = timezone.now()
        long_ago = now - ADDRESSES_KEPT
        forgotten = make_report(story, state=State.SOLVED, email="a@example.com", changed_at=long_ago)
        kept = [
            make_report(story, state=State.OPEN, email="b@example.com", changed_at=long_ago),
            make_report(story, state=State.DISMISSED, email="c@example.com", changed_at=long_ago + timedelta(hours=1)),
        ]
        assert Clock("test").tick(now=now)
        forgotten.refresh_from_db()
        assert forgotten.email == ""
        assert [ProblemReport.objects.get(pk=report.pk).email for report in kept] == ["b@example.com", "c@example.com"]
        assert forget_addresses(now) == 0


class TestAdmin:
    def test_the_list_is_searched_and_filtered(self, story: StoryPage) -> None:
        make_report(story, text="A wrong dose", kind="harmful")
        make_report(story, text="A broken link", kind="link", state=State.SOLVED)
        client, address = log_in("Editor"), reverse("blog_problems:index")
        for query, there, gone in [
            ("?q=dose", "A wrong dose", "A broken link"),
            ("?kind=link", "A broken link", "A wrong dose"),
            ("?state=new", "A wrong dose", "A broken link"),
        ]:
            page = client.get(address + query).content.decode()
            assert there in page
            assert gone not in page

    def test_an_editor_takes_a_report_through_its_states(self, story: StoryPage) -> None:
        report, client = make_report(story), log_in("Editor")
        address = reverse("blog_problems:show", args=[report.pk])
        client.post(address, {"after": "new", "to": "open", "note": "Asked the author."})
        response = client.post(address, {"after": "open", "to": "solved", "note": "Mended."}, follow=True)
        report.refresh_from_db()
        assert (report.state, report.note, report.changed_by) == (
            "solved",
            "Mended.",
            User.objects.get(username="editor"),
        )
        assert "The report is now: Solved." in response.content.decode()

    @pytest.mark.parametrize("data", [{"after": "new", "to": "new"}, {"after": "open", "to": "solved"}])
    def test_an_illegal_or_late_step_changes_nothing_and_says_so(self, story: StoryPage, data: dict[str, str]) -> None:
        report = make_report(story)
        response = log_in("Editor").post(reverse("blog_problems:show", args=[report.pk]), data)
        assert response.status_code == 409
        assert 'role="alert"' in response.content.decode()
        assert ProblemReport.objects.get().state == "new"

    def test_a_state_that_does_not_exist_is_refused(self, story: StoryPage) -> None:
        report = make_report(story)
        response = log_in("Editor").post(
            reverse("blog_problems:show", args=[report.pk]), {"after": "new", "to": "sent"}
        )
        assert response.status_code == 400
        assert ProblemReport.objects.get().state == "new"

    def test_markup_in_a_report_is_shown_as_text(self, story: StoryPage) -> None:
        """Security case 29."""
        report = make_report(story, text="<script>alert(1)</script>", note="<img onerror=1>", page_title="<b>x</b>")
        client = log_in("Editor")
        for address in (reverse("blog_problems:index"), reverse("blog_problems:show", args=[report.pk]), "/admin/"):
            page = client.get(address).content.decode()
            assert "<script>alert" not in page
            assert "<img onerror" not in page
            assert "<b>x</b>" not in page

    def test_a_report_on_a_deleted_page_can_still_be_closed(self, story: StoryPage) -> None:
        report = make_report(story, path=story.url)
        story.delete()
        client, address = log_in("Editor"), reverse("blog_problems:show", args=[report.pk])
        assert "(deleted)" in client.get(address).content.decode()
        assert client.post(address, {"after": "new", "to": "dismissed"}).status_code == 302

    def test_a_doctor_works_on_reports_about_her_own_stories_only(
        self, stories: StoryIndexPage, story: StoryPage
    ) -> None:
        doctor = User.objects.get(username="doctor")
        signed = make_story(stories, author=make_author(stories.get_parent().specific, user=doctor))
        own, by_author = make_report(story), make_report(signed, text="Signed by her")
        other = make_report(make_story(stories), text="Somebody else's", email="ada@example.com")
        client = log_in("Doctor")
        page = client.get(reverse("blog_problems:index")).content.decode()
        assert own.text in page
        assert by_author.text in page
        assert "Somebody else" not in page
        address = reverse("blog_problems:show", args=[other.pk])
        assert client.get(address).status_code == 404
        assert client.post(address, {"after": "new", "to": "solved"}).status_code == 404
        assert (
            client.post(reverse("blog_problems:show", args=[own.pk]), {"after": "new", "to": "open"}).status_code == 302
        )
