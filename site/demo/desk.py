"""What waits on the demo's desks: a submitted draft, one that is being written, a review that is due, a report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from wagtail.images.models import Image
from wagtail.users.models import UserProfile

from blog.models import AuthorPage, ProblemReport, StoryIndexPage, StoryPage
from blog.problems.report import report_problem
from demo.manuscripts import read_manuscripts
from demo.stories import draft_story

#: The story that a reader found something in.
REPORTED = "antidepressants"


def fill_desks(
    index: StoryIndexPage, authors: Mapping[str, AuthorPage], pictures: Mapping[str, Image], *, now: datetime
) -> None:
    for text in read_manuscripts("drafts"):
        story = draft_story(index, text, authors, pictures, today=now.date())
        if text.fields.get("submitted"):
            with nobody_mailed():
                story.get_workflow().start(story, story.owner)
    report(StoryPage.objects.get(slug=REPORTED), now=now)


@contextmanager
def nobody_mailed() -> Iterator[None]:
    """Wagtail tells approvers of a draft by mail; loading the demo mails nobody, its people's own clicks do."""
    profiles = [UserProfile.get_for_user(user) for user in User.objects.all()]
    UserProfile.objects.filter(pk__in=[profile.pk for profile in profiles]).update(submitted_notifications=False)
    yield
    UserProfile.objects.filter(pk__in=[profile.pk for profile in profiles]).update(submitted_notifications=True)


def report(story: StoryPage, *, now: datetime) -> ProblemReport:
    return report_problem(
        page=story,
        title=story.title,
        path=f"/{story.url_path.strip('/').partition('/')[2]}/",
        kind=ProblemReport.Kind.OUTDATED,
        text="You write that a tablet is taken for some weeks before it helps. My pharmacist gave me a newer leaflet "
        "that says two. Which is right?",
        email="reader@example.com",
        now=now - timedelta(hours=20),
    )
