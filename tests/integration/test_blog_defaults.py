"""What a new story begins with, which dates it takes, and what marking it as reviewed does."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone
from wagtail.documents.models import Document
from wagtail.models import PageLogEntry

from blog.models import AuthorPage, Reference, StoryPage
from blog.models.review_dates import ReviewDatesError, check_review_dates, months_later
from blog.review import mark_reviewed
from core.models import PublicationSettings
from tests.factories import make_author, make_story
from tests.integration.admin_scene import log_in, make_logins
from tests.integration.editorial_scene import CALM, form_of
from tests.stages import stage

if TYPE_CHECKING:
    from django.forms import ModelForm

    from blog.models import HomePage, StoryIndexPage

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
TODAY = date(2026, 3, 31)
STANDING = "The author's clinic provides this treatment."


@stage
def author(home: HomePage) -> AuthorPage:
    make_logins()
    PublicationSettings.objects.update(conflict_statement=STANDING, review_months=12)
    doctor = User.objects.get(username="doctor")
    return make_author(home, user=doctor, closing="With warm regards")


def new_form(stories: StoryIndexPage, role: str = "Doctor") -> ModelForm[Any]:
    address = reverse("wagtailadmin_pages:add", args=["blog", "storypage", stories.pk])
    form: ModelForm[Any] = log_in(role).get(address).context["form"]
    return form


def errors_of(story: StoryPage, **changes: Any) -> dict[str, Any]:
    """What the editor says of a draft that is saved with these changes."""
    address = reverse("wagtailadmin_pages:edit", args=[story.pk])
    response = log_in("Editor").post(address, form_of(story, **changes))
    return {} if response.status_code == 302 else dict(response.context["form"].errors)


class TestNewStory:
    def test_it_is_mine_and_ends_with_my_signature(self, stories: StoryIndexPage, author: AuthorPage) -> None:
        initial = new_form(stories).initial
        assert initial["author"] == author.pk
        assert [block.block_type for block in initial["body"]] == ["text", "signature"]
        signature = initial["body"][1].value
        assert dict(signature) == {"closing": "With warm regards", "name": author.title, "credential": "MD"}

    def test_an_editor_without_an_author_page_begins_with_an_empty_paragraph(
        self, stories: StoryIndexPage, author: AuthorPage
    ) -> None:
        initial = new_form(stories, "Editor").initial
        assert not initial.get("author")
        assert [block.block_type for block in initial["body"]] == ["text"]

    def test_the_next_review_has_a_day_and_the_last_one_has_none(
        self, stories: StoryIndexPage, author: AuthorPage
    ) -> None:
        initial = new_form(stories).initial
        assert initial["review_due_on"] == months_later(timezone.localdate(), 12)
        assert not initial.get("reviewed_on")

    def test_the_conflict_statement_stays_empty_and_shows_what_that_means(
        self, stories: StoryIndexPage, author: AuthorPage
    ) -> None:
        form = new_form(stories)
        assert not form.initial.get("conflict_statement")
        assert form.fields["conflict_statement"].widget.attrs["placeholder"] == STANDING

    def test_readers_see_the_standing_statement_until_the_story_has_its_own(
        self, stories: StoryIndexPage, author: AuthorPage
    ) -> None:
        story = make_story(stories)
        assert STANDING.replace("'", "&#x27;") in log_in("Doctor").get(story.url).content.decode()
        own = make_story(stories, conflict_statement="None.")
        html = log_in("Doctor").get(own.url).content.decode()
        assert "None." in html
        assert STANDING.replace("'", "&#x27;") not in html

    def test_a_story_that_exists_gets_no_defaults(self, stories: StoryIndexPage, author: AuthorPage) -> None:
        story = make_story(stories, live=False, owner=User.objects.get(username="doctor"))
        form = log_in("Doctor").get(reverse("wagtailadmin_pages:edit", args=[story.pk])).context["form"]
        assert (form.initial["author"], form.initial["review_due_on"]) == (None, None)


class TestDates:
    @pytest.mark.parametrize(
        ("day", "months", "later"),
        [
            (date(2026, 1, 31), 1, date(2026, 2, 28)),
            (date(2024, 2, 29), 12, date(2025, 2, 28)),
            (date(2026, 12, 15), 1, date(2027, 1, 15)),
            (date(2026, 3, 31), 36, date(2029, 3, 31)),
        ],
    )
    def test_months_end_with_the_month(self, day: date, months: int, later: date) -> None:
        assert months_later(day, months) == later

    @pytest.mark.parametrize(
        ("reviewed", "due"),
        [(None, None), (TODAY, None), (None, date(2029, 3, 31)), (date(2026, 1, 1), date(2029, 1, 1))],
    )
    def test_what_two_dates_may_be(self, reviewed: date | None, due: date | None) -> None:
        check_review_dates(reviewed, due, today=TODAY)

    @pytest.mark.parametrize(
        ("reviewed", "due", "field"),
        [
            (date(2026, 4, 1), None, "reviewed_on"),
            (date(2026, 1, 1), date(2026, 1, 1), "review_due_on"),
            (date(2026, 1, 1), date(2025, 12, 1), "review_due_on"),
            (date(2026, 1, 1), date(2029, 1, 2), "review_due_on"),
            (None, date(2029, 4, 1), "review_due_on"),
        ],
    )
    def test_what_they_may_not_be(self, reviewed: date | None, due: date | None, field: str) -> None:
        with pytest.raises(ReviewDatesError) as refused:
            check_review_dates(reviewed, due, today=TODAY)
        assert refused.value.field == field

    def test_the_editor_says_what_is_wrong_with_a_date(self, stories: StoryIndexPage, author: AuthorPage) -> None:
        story = make_story(stories, live=False, body=CALM)
        today = timezone.localdate()
        assert errors_of(story, reviewed_on=today, review_due_on=today + timedelta(days=365)) == {}
        assert "review_due_on" in errors_of(story, reviewed_on=today, review_due_on=today + timedelta(days=1200))
        assert "updated_on" in errors_of(story, published_on="2026-02-01", updated_on="2026-01-01")

    def test_nobody_reviews_the_own_story_independently(self, stories: StoryIndexPage, author: AuthorPage) -> None:
        story = make_story(stories, live=False, body=CALM)
        assert "reviewer" in errors_of(story, author=author.pk, reviewer=author.pk)

    def test_only_sound_is_taken_as_the_audio_version(self, stories: StoryIndexPage, author: AuthorPage) -> None:
        story = make_story(stories, live=False, body=CALM)
        for name, content, taken in [("a.pdf", b"%PDF", False), ("a.mp3", b"ID3\x04", True)]:
            document = Document.objects.create(title=name, file=ContentFile(content, name=name))
            assert ("audio" not in errors_of(story, audio=document.pk)) is taken


class TestReview:
    @pytest.fixture
    def story(self, stories: StoryIndexPage, author: AuthorPage) -> StoryPage:
        return make_story(stories, body=CALM, author=author, owner=User.objects.get(username="doctor"))

    def test_a_small_edit_bumps_neither_reviewed_nor_updated(self, story: StoryPage) -> None:
        story.reviewed_on, story.updated_on = date(2026, 1, 1), date(2026, 1, 2)
        story.save_revision().publish()
        changed = form_of(story, title="A mended title", reviewed_on="2026-01-01", updated_on="2026-01-02")
        log_in("Editor").post(
            reverse("wagtailadmin_pages:edit", args=[story.pk]), {**changed, "action-publish": "Publish"}
        )
        story.refresh_from_db()
        assert (story.title, story.live) == ("A mended title", True)
        assert (story.reviewed_on, story.updated_on) == (date(2026, 1, 1), date(2026, 1, 2))

    def test_it_is_asked_first_and_done_by_a_post(self, story: StoryPage) -> None:
        address = reverse("blog_review", args=[story.pk])
        client = log_in("Doctor")
        edit = client.get(reverse("wagtailadmin_pages:edit", args=[story.pk])).content.decode()
        assert f'href="{address}"' in edit
        assert client.get(address).status_code == 200
        assert not StoryPage.objects.exclude(reviewed_on=None).exists()
        assert client.post(address).status_code == 302
        story.refresh_from_db()
        today = timezone.localdate()
        assert (story.reviewed_on, story.review_due_on) == (today, months_later(today, 12))
        entry = PageLogEntry.objects.get(action="rounds.review")
        assert (entry.page_id, entry.user) == (story.pk, User.objects.get(username="doctor"))

    def test_the_author_is_no_independent_reviewer(self, story: StoryPage) -> None:
        mark_reviewed(story, user=User.objects.get(username="doctor"), today=TODAY)
        story.refresh_from_db()
        assert story.reviewer is None
        assert "Not independently reviewed" in log_in("Doctor").get(story.url).content.decode()

    def test_somebody_else_is_and_stays_when_the_author_confirms(self, story: StoryPage, home: HomePage) -> None:
        editor = User.objects.get(username="editor")
        colleague = make_author(home, title="Dr. Noor Haas", slug="noor-haas", user=editor)
        mark_reviewed(story, user=editor, today=TODAY)
        mark_reviewed(story, user=User.objects.get(username="doctor"), today=TODAY + timedelta(days=9))
        story.refresh_from_db()
        assert (story.reviewer, story.reviewed_on) == (colleague, TODAY + timedelta(days=9))
        assert "Dr. Noor Haas" in log_in("Doctor").get(story.url).content.decode()

    def test_unpublished_changes_stay_unpublished_and_keep_the_review(self, story: StoryPage) -> None:
        story.title = "Half rewritten"
        story.references = [Reference(text="A source.")]
        draft = story.save_revision()
        mark_reviewed(story, user=User.objects.get(username="doctor"), today=TODAY)
        live = StoryPage.objects.get(pk=story.pk)
        assert live.title != "Half rewritten"
        assert (live.reviewed_on, live.has_unpublished_changes, live.latest_revision_id) == (TODAY, True, draft.pk)
        later = live.get_latest_revision_as_object()
        assert (later.title, later.reviewed_on) == ("Half rewritten", TODAY)
        assert [row.text for row in later.references.all()] == ["A source."]
        live.latest_revision.publish()
        assert StoryPage.objects.get(pk=story.pk).reviewed_on == TODAY

    @pytest.mark.parametrize(("role", "status"), [("Contributor", 403), ("Analyst", 403), ("Editor", 302)])
    def test_only_who_may_publish_it_may_vouch_for_it(self, story: StoryPage, role: str, status: int) -> None:
        assert log_in(role).post(reverse("blog_review", args=[story.pk])).status_code == status
        story.refresh_from_db()
        assert (story.reviewed_on is None) is (status == 403)

    def test_a_doctor_does_not_vouch_for_a_colleagues_story(self, stories: StoryIndexPage, author: AuthorPage) -> None:
        other = make_story(stories, owner=User.objects.get(username="editor"))
        assert log_in("Doctor").post(reverse("blog_review", args=[other.pk])).status_code == 403
