"""A small publication for tests of the admin: a story, an approved issue, its campaign, one login per role."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from blog.models import StoryPage
from newsletter.admin.roles import ensure_roles
from newsletter.issues.compose import compose
from newsletter.issues.schedule import schedule
from newsletter.issues.versions import name_of_outgoing
from newsletter.models import Campaign, Issue, IssueTemplate, Newsletter
from tests.factories import make_author, make_home, make_newsletter, make_story, make_story_index, make_subscriptions


@dataclass(slots=True)
class Scene:
    """`issue` is a draft with one story; `campaign` is scheduled for tomorrow and belongs to another issue."""

    newsletter: Newsletter
    story: StoryPage
    issue: Issue
    campaign: Campaign

    @property
    def version(self) -> str:
        """As the pages that confirm name what they show."""
        issue = Issue.objects.get(pk=self.issue.pk)
        return name_of_outgoing(issue, issue.get_latest_revision_as_object())

    def address(self, name: str, of: str = "issue") -> str:
        """The address of a view; `of` is such as "issue", "issue revision" or "campaign pause"."""
        return reverse(name, args=[self._argument(word) for word in of.split()])

    def _argument(self, word: str) -> object:
        if word == "reader":
            return self.newsletter.subscriptions.order_by("pk")[0].subscriber_id
        if word == "template":
            return IssueTemplate.objects.get_or_create(name="Weekly")[0].pk
        named: dict[str, Model] = {
            "issue": self.issue,
            "campaign": self.campaign,
            "story": self.story,
            "newsletter": self.newsletter,
        }
        if word == "revision":
            return self.issue.latest_revision_id
        return named[word].pk if word in named else word


def make_scene(*, readers: int = 3) -> Scene:
    home = make_home()
    stories = make_story_index(home)
    author = make_author(home)
    first, second = (make_story(stories, author=author, hero_alt="") for _ in range(2))
    newsletter = make_newsletter()
    make_subscriptions(newsletter, readers)
    make_logins()
    scheduled = compose(newsletter, stories=[second.pk])
    now = timezone.now()
    campaign = schedule(scheduled, at=now + timedelta(days=1), time_zone="UTC", approve=True, now=now)
    issue = compose(newsletter, stories=[first.pk])
    return Scene(newsletter=newsletter, story=first, issue=issue, campaign=campaign)


def make_logins() -> None:
    """One login per role, named like it."""
    for group in ensure_roles():
        name = group.name.lower()
        User.objects.create_user(name, f"{name}@example.com", "a long password").groups.add(group)


def log_in(role: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=role.lower()))
    return client
