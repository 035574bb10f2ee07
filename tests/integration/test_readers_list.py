"""The list of readers in the admin: search, filters, paging."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from newsletter.admin.readers import listing
from newsletter.models import Newsletter, Subscriber, SubscriberTag, SubscriberTagging, Subscription
from tests.factories import make_newsletter, make_subscription
from tests.integration.admin_scene import log_in

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db
INDEX = reverse("newsletter_subscribers:index")


@pytest.fixture
def client(logins: None) -> Client:
    return log_in("Editor")


def page(client: Client, address: str = INDEX) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def find(client: Client, text: str, **filters: str) -> str:
    """The page that a search leads to."""
    response = client.post(reverse("newsletter_subscribers:find"), {"text": text, **filters}, follow=True)
    return " ".join(response.content.decode().split())


def listed(shown: str) -> set[str]:
    """The readers who can be ticked on the page."""
    return {email for email in Subscriber.objects.values_list("email", flat=True) if f'"Choose {email}"' in shown}


class TestOneLinePerReader:
    def test_a_reader_of_two_newsletters_has_one_line_with_both(self, client: Client, newsletter: Newsletter) -> None:
        subscription = make_subscription(newsletter, "ada@example.com")
        other = make_newsletter(name="Digest", slug="digest")
        Subscription.objects.create(subscriber=subscription.subscriber, newsletter=other)
        shown = page(client)
        assert shown.count("Choose ada@example.com") == 1
        assert "Rounds: reads it" in shown
        assert "Digest: not confirmed yet" in shown
        assert "1 reader" in shown

    def test_names_and_tags_are_text_never_markup(self, client: Client, newsletter: Newsletter) -> None:
        reader = make_subscription(newsletter, "ada@example.com").subscriber
        Subscriber.objects.filter(pk=reader.pk).update(name="<script>alert(1)</script>")
        tag = SubscriberTag.objects.create(name="<img src=x onerror=alert(2)>", slug="x")
        SubscriberTagging.objects.create(tag=tag, subscriber=reader)
        shown = page(client)
        assert "<script>alert(1)" not in shown
        assert "&lt;script&gt;alert(1)" in shown
        assert "<img src=x" not in shown

    @pytest.mark.parametrize("kind", ["csv", "xlsx"])
    def test_nothing_is_handed_out_as_a_spreadsheet(self, kind: str, client: Client, newsletter: Newsletter) -> None:
        make_subscription(newsletter, "ada@example.com")
        assert client.get(f"{INDEX}?export={kind}")["Content-Type"].startswith("text/html")

    def test_nobody_can_be_added_there(self, client: Client, newsletter: Newsletter) -> None:
        assert client.post(INDEX, {"email": "x@example.com", "state": "confirmed"}).status_code == 405
        assert not Subscriber.objects.exists()


class TestSearch:
    def test_a_whole_address_leads_to_its_reader(self, client: Client, newsletter: Newsletter) -> None:
        reader = make_subscription(newsletter, "ada@example.com").subscriber
        response = client.post(reverse("newsletter_subscribers:find"), {"text": " Ada@Example.COM "})
        assert response["Location"] == reverse("newsletter_subscribers:show", args=[reader.pk])

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("ad", {"ada@example.com", "adele@example.org"}),
            ("ADA@", {"ada@example.com"}),
            ("@example.org", {"adele@example.org"}),
            ("quist", {"zoe@example.net"}),
            ("nobody", set()),
        ],
    )
    def test_the_beginning_of_an_address_a_domain_or_part_of_a_name(
        self, text: str, found: set[str], client: Client, newsletter: Newsletter
    ) -> None:
        for address in ("ada@example.com", "adele@example.org", "zoe@example.net"):
            make_subscription(newsletter, address)
        Subscriber.objects.filter(email="zoe@example.net").update(name="Zoe Quist")
        assert listed(find(client, text)) == found

    def test_what_was_searched_for_stands_in_no_address(self, client: Client, newsletter: Newsletter) -> None:
        response = client.post(reverse("newsletter_subscribers:find"), {"text": "ada@", "state": "pending"})
        assert "ada" not in response["Location"]
        assert "state=pending" in response["Location"]
        assert "Search: <b>ada@</b>" in page(client, response["Location"])

    def test_a_search_of_another_login_finds_nobody_instead_of_everybody(
        self, client: Client, newsletter: Newsletter
    ) -> None:
        make_subscription(newsletter, "ada@example.com")
        response = client.post(reverse("newsletter_subscribers:find"), {"text": "ad"})
        shown = page(log_in("Owner"), response["Location"])
        assert listed(shown) == set()
        assert "This search is over" in shown

    def test_a_percent_sign_is_no_wildcard(self, client: Client, newsletter: Newsletter) -> None:
        make_subscription(newsletter, "ada@example.com")
        assert listed(find(client, "%a")) == set()


class TestFilters:
    @pytest.fixture(autouse=True)
    def readers(self, newsletter: Newsletter) -> None:
        digest = make_newsletter(name="Digest", slug="digest")
        ada = make_subscription(newsletter, "ada@example.com", frequency="weekly").subscriber
        Subscription.objects.create(subscriber=ada, newsletter=digest, state="ended")
        make_subscription(digest, "bea@example.com", state="pending")
        Subscriber.objects.filter(email="bea@example.com").update(created_at=timezone.now() - timedelta(days=40))
        tag = SubscriberTag.objects.create(name="Pilot", slug="pilot")
        SubscriberTagging.objects.create(tag=tag, subscriber=ada)

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("state=confirmed", {"ada@example.com"}),
            ("state=pending", {"bea@example.com"}),
            ("frequency=weekly", {"ada@example.com"}),
            ("newsletter={digest}&state=confirmed", set()),
            ("newsletter={digest}", {"ada@example.com", "bea@example.com"}),
            ("tag={pilot}", {"ada@example.com"}),
            ("joined_to={month_ago}", {"bea@example.com"}),
            ("joined_from={month_ago}", {"ada@example.com"}),
        ],
    )
    def test_each_narrows_the_list(self, query: str, found: set[str], client: Client) -> None:
        values = {
            "digest": Newsletter.objects.get(slug="digest").pk,
            "pilot": SubscriberTag.objects.get().pk,
            "month_ago": timezone.localdate() - timedelta(days=30),
        }
        assert listed(page(client, f"{INDEX}?{query.format(**values)}")) == found

    @pytest.mark.parametrize("query", ["state=happy", "newsletter=x", "tag=0", "joined_from=2026-99-99"])
    def test_a_wrong_one_shows_nobody_and_says_so(self, query: str, client: Client) -> None:
        shown = page(client, f"{INDEX}?{query}")
        assert listed(shown) == set()
        assert "error" in shown

    def test_those_in_force_are_named_and_can_be_taken_off_one_by_one(self, client: Client) -> None:
        shown = page(client, f"{INDEX}?state=confirmed&frequency=weekly")
        assert "State: <b>reads it</b>" in shown
        assert 'href="/admin/newsletter/subscribers/?frequency=weekly"' in shown

    def test_paging_keeps_them(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(listing.ReaderIndexView, "paginate_by", 1)
        digest = Newsletter.objects.get(slug="digest").pk
        assert f"?newsletter={digest}&amp;p=2" in page(client, f"{INDEX}?newsletter={digest}")


class TestManyReaders:
    def test_no_more_are_counted_than_can_be_paged_through(
        self, client: Client, newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(listing, "COUNTED", 4)
        monkeypatch.setattr(listing.ReaderIndexView, "paginate_by", 2)
        for _ in range(6):
            make_subscription(newsletter)
        shown = page(client)
        assert "More than 4 readers" in shown
        assert "Page 1 of 2" in shown

    def test_the_number_of_queries_does_not_grow_with_the_readers(self, client: Client, newsletter: Newsletter) -> None:
        def queries() -> int:
            with CaptureQueriesContext(
                connection,
            ) as captured:
                page(client)
            return len(captured)

        make_subscription(newsletter)
        page(client)
        few = queries()
        for _ in range(10):
            make_subscription(newsletter)
        assert queries() == few
