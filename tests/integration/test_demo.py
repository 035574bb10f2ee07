"""Loading the demo publication: whole, once, and never into somebody's own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client, override_settings
from pytest_django import DjangoAssertNumQueries
from wagtail.images.models import Image
from wagtail.models import Page, Revision, Site

from blog.models import AuthorPage, CrisisResource, HomePage, StandardPage, StoryIndexPage, StoryPage
from core.models import PublicationSettings
from demo import pictures
from demo.errors import DemoError
from demo.load import load_demo
from demo.people import LOGINS, PASSWORD
from demo.stories import dates
from demo.subscribers import ensure_subscribers
from newsletter.audience.segments import count
from newsletter.audience.suppression import is_suppressed
from newsletter.engine.sensitive import is_about_health
from newsletter.models import (
    AttributeValue,
    ConsentEvent,
    Newsletter,
    OutgoingMail,
    Schedule,
    Segment,
    StoryRelease,
    Subscriber,
    SubscriberAttribute,
    SubscriberNote,
    SubscriberTag,
    Subscription,
)
from tests.factories import make_home, make_newsletter
from tests.stages import stage

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "WIDTH", 64)


@stage
def demo() -> bool:
    """The demo publication, and whether it was made."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "WIDTH", 64)
        return load_demo(now=NOW).created


def test_the_publication_is_complete_and_every_page_answers(client: Client, demo: bool) -> None:
    assert demo
    assert StoryPage.objects.live().count() >= 4
    assert StandardPage.objects.live().count() >= 3
    assert CrisisResource.objects.filter(country="US", phone="988").exists()
    assert not Page.objects.filter(title__startswith="Welcome").exists()
    assert StandardPage.objects.live().filter(slug="block-gallery").exists()
    for page in Page.objects.filter(depth__gt=1).live().specific():
        assert client.get(page.get_url()).status_code == 200, page.title


def test_stories_were_really_published_with_their_furniture(demo: bool) -> None:
    published = StoryPage.objects.live()
    for story in published:
        assert not story.has_unpublished_changes
        assert story.latest_revision_id
        assert story.author.live
        assert story.references.exists()
        assert story.topics.exists()
        assert story.hero_alt
        assert story.review_due_on
    assert StoryRelease.objects.count() == published.count() >= 4
    assert len({story.published_on for story in published}) == published.count()
    doctor = AuthorPage.objects.get(user__username="doctor")
    assert "not a real person" in doctor.bio
    assert StoryPage.objects.filter(author=doctor, owner=doctor.user).exists()


def test_its_weekly_schedule_is_switched_off(demo: bool) -> None:
    schedule = Schedule.objects.get()
    assert (schedule.newsletter.slug, schedule.frequency, schedule.active) == ("rounds", "weekly", False)


def test_loading_again_changes_nothing(demo: bool) -> None:
    models = (Page, Revision, Image, User, Newsletter, StoryRelease, Site, Subscription, ConsentEvent, Segment)
    before = [model._default_manager.count() for model in models]

    loaded = load_demo(now=NOW + timedelta(days=1))

    assert not loaded.created
    assert [model._default_manager.count() for model in models] == before


def test_what_somebody_changed_or_deleted_stays_so(demo: bool) -> None:
    story, other = StoryPage.objects.order_by("pk")[:2]
    story.delete()
    other.title = "Mine now"
    other.save()
    editor = User.objects.get(username="editor")
    editor.set_password("another password")
    editor.save()

    load_demo(now=NOW)

    assert not StoryPage.objects.filter(slug=story.slug).exists()
    assert StoryPage.objects.get(pk=other.pk).title == "Mine now"
    assert User.objects.get(username="editor").check_password("another password")


def test_each_role_has_a_login_that_reaches_the_admin(client: Client, demo: bool) -> None:
    for login in LOGINS:
        user = User.objects.get(username=login.name)
        assert client.login(username=login.name, password=PASSWORD)
        assert [group.name for group in user.groups.all()] == [login.group]
        assert user.email == f"{login.name}@example.com"
        assert user.is_superuser == (login.name == "owner")
        assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize(
    ("base_url", "address"),
    [("http://127.0.0.1:8765", ("127.0.0.1", 8765)), ("https://rounds.localhost", ("rounds.localhost", 443))],
)
def test_the_site_follows_the_base_url(demo: bool, base_url: str, address: tuple[str, int]) -> None:
    with override_settings(BASE_URL=base_url):
        load_demo(now=NOW)

    site = Site.objects.get(is_default_site=True)
    assert (site.hostname, site.port) == address
    assert PublicationSettings.for_site(site).privacy_page.slug == "privacy"


def test_readers_are_confirmed_with_evidence_and_nobody_is_mailed() -> None:
    call_command("demo", "--subscribers", "120")

    assert Newsletter.objects.get(slug="rounds").subscriptions.confirmed().count() == 120
    assert ConsentEvent.objects.filter(source="demo", kind="confirmed").count() == 120
    assert not Subscriber.objects.exclude(email__endswith="@example.com").exists()
    assert not OutgoingMail.objects.exists()


def test_without_a_number_it_brings_readers_in_each_state_that_gets_no_mail(demo: bool) -> None:
    everybody = Subscription.objects.values_list("subscriber__name", "state", "ended_reason", "left_because")

    assert sorted(everybody) == [
        ("Marta Ekdal", "confirmed", "", ""),
        ("Ngozi Umeh", "pending", "", ""),
        ("Priya Raman", "ended", "complained", ""),
        ("Tobias Renner", "ended", "unsubscribed", "too_many"),
    ]
    assert not Subscription.objects.receiving(NOW).exists()
    assert is_suppressed("priya.raman@example.com")
    assert Subscription.objects.get(paused_until__gt=NOW).topics.count() == 2
    assert not OutgoingMail.objects.exists()


def test_its_segments_find_readers_and_what_somebody_took_away_stays_away(demo: bool) -> None:
    SubscriberAttribute.objects.get(key="copies").delete()

    load_demo(subscribers=10, now=NOW)
    load_demo(subscribers=10, now=NOW)

    found = {segment.name: count(segment.rules, now=NOW) for segment in Segment.objects.all()}
    assert found == {"Colleagues who read about sleep or talking": 3, "New this month, outside Boston": 8}
    assert [is_about_health(tag.name) for tag in SubscriberTag.objects.all()] == [False, False]
    assert {note.by.username for note in SubscriberNote.objects.all() if note.by} == {"editor"}
    assert SubscriberNote.objects.count() == 2
    assert not AttributeValue.objects.filter(text="12").exists()


def test_the_same_number_of_readers_adds_none_and_a_larger_one_tops_up() -> None:
    newsletter = make_newsletter()

    assert [ensure_subscribers(newsletter, number, now=NOW) for number in (30, 30, 50, 10, 0)] == [30, 0, 20, 0, 0]
    assert newsletter.subscriptions.count() == 50


def test_a_reader_who_left_is_not_brought_back() -> None:
    newsletter = make_newsletter()
    ensure_subscribers(newsletter, 5, now=NOW)
    newsletter.subscriptions.filter(subscriber__email__startswith="reader000002").update(state="ended")

    ensure_subscribers(newsletter, 5, now=NOW)

    assert newsletter.subscriptions.confirmed().count() == 4


def test_thousands_of_readers_take_a_handful_of_statements(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    newsletter = make_newsletter()

    with django_assert_max_num_queries(70):
        assert ensure_subscribers(newsletter, 2000, now=NOW) == 2000
    with django_assert_max_num_queries(8):
        assert ensure_subscribers(newsletter, 2000, now=NOW) == 0
    assert newsletter.subscriptions.confirmed().count() == 2000


@pytest.mark.parametrize("value", ["-1", "many", "1.5"])
def test_a_number_of_readers_that_is_none_is_a_usage_error(value: str) -> None:
    with pytest.raises(CommandError, match="0 or more"):
        call_command("demo", f"--subscribers={value}")
    assert not HomePage.objects.exists()


def test_a_real_publication_is_left_alone() -> None:
    make_home()
    before = set(Page.objects.values_list("pk", flat=True))

    with pytest.raises(CommandError, match="never mixes with a real publication") as refusal:
        call_command("demo", "--subscribers", "10")

    assert refusal.value.returncode == 1
    assert set(Page.objects.values_list("pk", flat=True)) == before
    assert not User.objects.exists()
    assert not Subscriber.objects.exists()


def test_a_newsletter_or_login_of_somebody_else_refuses_too() -> None:
    newsletter = make_newsletter()
    with pytest.raises(DemoError, match="newsletter “Rounds”"):
        load_demo(now=NOW)
    newsletter.delete()

    User.objects.create_user("editor")
    with pytest.raises(DemoError, match="login “editor”"):
        load_demo(now=NOW)
    assert not StoryIndexPage.objects.exists()


@override_settings(BASE_URL="https://www.rounds-magazine.org", DEBUG=False)
def test_a_public_site_never_gets_logins_that_everybody_knows() -> None:
    with pytest.raises(DemoError, match="public site"):
        load_demo(now=NOW)
    assert not User.objects.exists()


@override_settings(BASE_URL="http://[::1]:8000", DEBUG=False)
def test_a_site_on_this_machine_is_not_public(demo: bool) -> None:
    load_demo(now=NOW)


def test_a_review_is_due_a_year_after_the_last_for_treatments() -> None:
    found = dates({"days_ago": 9, "reviewed_days_ago": 12, "kind": "treatment"}, NOW.date())

    assert found["reviewed_on"] == NOW.date() - timedelta(days=12)
    assert found["review_due_on"] == NOW.date() + timedelta(days=353)
    assert found["updated_on"] is None
