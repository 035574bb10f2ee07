"""Small real objects for tests: made as the product makes them, through models and pages."""

from __future__ import annotations

import itertools
from typing import Any

from django.utils import timezone
from wagtail.models import Page, Site

from blog.editorial.gate import unsettled
from blog.models import AuthorPage, EditorialDecision, HomePage, StoryIndexPage, StoryPage
from core.models import PublicationSettings
from newsletter.models import Newsletter, Subscriber, Subscription

_numbers = itertools.count(1)


def make_home() -> HomePage:
    """A home page under the root that the default site points to."""
    root = Page.get_first_root_node()
    if root is None:
        root = Page.add_root(title="Root", slug="root")
    home: HomePage = root.add_child(instance=HomePage(title="Rounds", slug="rounds-home"))
    site, _ = Site.objects.update_or_create(
        is_default_site=True, defaults={"hostname": "testserver", "port": 80, "root_page": home, "site_name": "Rounds"}
    )
    PublicationSettings.objects.update_or_create(
        site=site,
        defaults={
            "name": "Rounds",
            "postal_address": "1 Quiet Lane, Springfield, MA 01103, USA",
            "sender_name": "Rounds",
            "sender_email": "editor@rounds.example",
            "contact_email": "editor@rounds.example",
        },
    )
    return home


def make_story_index(home: HomePage) -> StoryIndexPage:
    index: StoryIndexPage = home.add_child(instance=StoryIndexPage(title="Stories", slug="stories"))
    return index


def make_author(home: HomePage, **fields: Any) -> AuthorPage:
    author: AuthorPage = home.add_child(
        instance=AuthorPage(**{"title": "Dr. Ada Quist", "slug": "ada-quist", "credential": "MD", **fields})
    )
    return author


def make_story(index: StoryIndexPage, *, live: bool = True, **fields: Any) -> StoryPage:
    """A story that was really published (its revision, its signals), or a draft.

    A live one may say anything: what the editorial check has against it is overridden first.
    """
    number = next(_numbers)
    given: dict[str, Any] = {"title": f"Story {number}", "slug": f"story-{number}", "standfirst": "What it is about."}
    story: StoryPage = index.add_child(instance=StoryPage(live=False, **{**given, **fields}))
    if live:
        publish(story)
        story.refresh_from_db()
    else:
        story.save_revision()
    return story


def publish(story: StoryPage) -> None:
    """Publish the story as it is, whatever it says."""
    revision = story.save_revision()
    settle(story)
    revision.publish()


def settle(story: StoryPage) -> None:
    """Override everything that keeps the story's draft from being published."""
    draft = story.get_latest_revision_as_object()
    now = timezone.now()
    for finding in unsettled(draft, today=timezone.localdate()):
        EditorialDecision.objects.create(
            story=story,
            kind=EditorialDecision.Kind.OVERRIDDEN,
            rule=finding.rule,
            fingerprint=finding.fingerprint,
            reason="A story of a test.",
            made_at=now,
        )


def make_newsletter(**fields: Any) -> Newsletter:
    return Newsletter.objects.create(
        **{
            "name": "Rounds",
            "slug": "rounds",
            "sender_name": "Rounds",
            "sender_email": "editor@rounds.example",
            "time_zone": "America/New_York",
            **fields,
        }
    )


def make_subscription(newsletter: Newsletter, email: str = "", **fields: Any) -> Subscription:
    """A confirmed subscription unless told otherwise."""
    subscriber = Subscriber.objects.create(email=email or f"reader{next(_numbers)}@example.com")
    given: dict[str, Any] = {"state": "confirmed", "confirmed_at": timezone.now()}
    return Subscription.objects.create(subscriber=subscriber, newsletter=newsletter, **{**given, **fields})


def make_subscriptions(newsletter: Newsletter, count: int) -> None:
    """Many confirmed subscriptions in two statements."""
    subscribers = Subscriber.objects.bulk_create(
        Subscriber(email=f"reader{next(_numbers)}@example.com") for _ in range(count)
    )
    now = timezone.now()
    Subscription.objects.bulk_create(
        Subscription(subscriber=subscriber, newsletter=newsletter, state="confirmed", confirmed_at=now)
        for subscriber in subscribers
    )
