"""The archive's list, its search, its feeds and the site map; issues that are unlisted or withdrawn."""

from __future__ import annotations

import importlib
import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from newsletter.engine.message import markers
from newsletter.issues.archive import ArchiveError, put_in_archive, text_of
from newsletter.issues.schedule import schedule
from newsletter.models import ArchivedAs, Campaign, Delivery
from tests.factories import make_newsletter
from tests.integration.issue_samples import full_issue
from tests.integration.test_web_archive import make_campaign
from tests.stages import stage

if TYPE_CHECKING:
    from django.test import Client

    from blog.models import HomePage, StoryIndexPage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)
LIST = "/newsletters/rounds/"
KINDS = ["rss", "atom", "json"]


@stage
def sent(home: HomePage, stories: StoryIndexPage, newsletter: Newsletter) -> Campaign:
    """A real issue with every block, scheduled and sent."""
    issue = full_issue(home, stories, newsletter)
    now = timezone.now()
    made = schedule(issue, at=now, time_zone="UTC", approve=True, now=now)
    Campaign.objects.update(state="sent")
    return Campaign.objects.get(pk=made.pk)


def parse(content: bytes) -> ET.Element:
    return ET.fromstring(content)  # noqa: S314 - our own output


def page(client: Client, address: str = LIST) -> str:
    return " ".join(client.get(address).content.decode().split())


def places(client: Client) -> dict[str, str]:
    """Everything that leads to issues."""
    feeds = {kind: page(client, f"{LIST}feed.{kind}") for kind in KINDS}
    return {
        **feeds,
        "list": page(client),
        "search": page(client, f"{LIST}?q=sleep").partition('<ol class="issues"')[2],
        "site map": page(client, "/sitemap.xml"),
    }


class TestList:
    @pytest.mark.slow
    def test_it_has_twenty_issues_a_page_the_newest_first(
        self, client: Client, home: HomePage, newsletter: Newsletter
    ) -> None:
        for day in range(25):
            make_campaign(newsletter, subject=f"No. {day:02}", scheduled_at=NOW + timedelta(days=day))
        first, second = page(client), page(client, f"{LIST}?page=2")
        assert first.index("No. 24") < first.index("No. 05")
        assert "No. 04" not in first
        assert "No. 04" in second
        assert "Page 2 of 2" in second
        assert "No. 04" in page(client, f"{LIST}?page=99")
        assert "No. 24" in page(client, f"{LIST}?page=nonsense")

    @pytest.mark.slow
    def test_it_takes_as_many_queries_for_forty_issues_as_for_two(
        self, client: Client, home: HomePage, newsletter: Newsletter
    ) -> None:
        taken = []
        for number in (2, 40):
            while Campaign.objects.count() < number:
                make_campaign(newsletter, web_text="On sleep")
            client.get(LIST)  # what is remembered from then on, such as the site
            for address in (LIST, f"{LIST}?q=sleep", f"{LIST}feed.rss"):
                with CaptureQueriesContext(connection) as queries:
                    client.get(address)
                assert not any("compiled" in query["sql"].partition("FROM")[0] for query in queries)
                taken.append(len(queries))
        assert taken[:3] == taken[3:]

    def test_an_issue_that_was_stopped_and_sent_anew_stands_there_once(
        self, client: Client, home: HomePage, newsletter: Newsletter
    ) -> None:
        stopped = make_campaign(newsletter, subject="First try", state="cancelled")
        Delivery.objects.create(campaign=stopped, address="reader@example.com", state="accepted")
        again = {"issue": stopped.issue, "key": "again", "scheduled_at": NOW + timedelta(days=1)}
        make_campaign(newsletter, subject="Second try", **again)
        shown = page(client)
        assert "Second try" in shown
        assert "First try" not in shown


class TestSearch:
    @pytest.fixture(autouse=True)
    def _issues(self, home: HomePage, newsletter: Newsletter) -> None:
        make_campaign(newsletter, subject="On sleep", web_text="Why treatments of insomnia help.\nÜber den Schlaf.")
        make_campaign(newsletter, subject="On <b>bold</b> claims", web_text="100 % of_nothing")
        make_campaign(newsletter, subject="Not yet", web_text="insomnia", state="scheduled")

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("insomnia", True),
            ("INSOMNIA sleep", True),
            ("treatment", True),
            ("treatments", True),
            ("insomnia bold", False),
            ("über", True),
            ("ÜBER", True),
            ('"', False),
            ("%", False),
            ("of_sleep", False),
            ("x" * 5000, False),
            ("no\x00where", False),
        ],
    )
    def test_it_finds_issues_with_every_word_in_subject_or_text(self, client: Client, query: str, found: bool) -> None:
        response = client.get(LIST, {"q": query})
        shown = response.content.decode()
        assert response.status_code == 200
        assert ("/newsletters/rounds/" in shown.partition('<ol class="issues"')[2].partition("</ol>")[0]) == found
        assert ("No issue has" in shown) != found
        assert "Not yet" not in shown

    def test_it_marks_what_was_looked_for_and_escapes_the_rest(self, client: Client) -> None:
        assert "Why treatments of <mark>insomnia</mark> help." in page(client, f"{LIST}?q=insomnia")
        assert "On &lt;b&gt;<mark>bold</mark>&lt;/b&gt; claims" in page(client, f"{LIST}?q=bold")
        assert "<script>" not in page(client, f"{LIST}?q=<script>alert(1)</script>")

    def test_results_are_no_page_for_search_engines(self, client: Client) -> None:
        assert 'name="robots" content="noindex"' in page(client, f"{LIST}?q=sleep")
        assert "noindex" not in page(client)


class TestText:
    def test_freezing_keeps_what_the_issue_says_without_head_and_foot(self, sent: Campaign) -> None:
        lines = sent.web_text.splitlines()
        assert lines[0].startswith("Two stories this week. Both are about")
        assert "Sleep first" in lines
        assert "A list of what you have taken, and for how long" in lines
        for everywhere in ("All issues", "Springfield", "This is an issue of", "<", "color:"):
            assert everywhere not in sent.web_text

    def test_the_migration_fills_what_is_empty_and_nothing_else(self, sent: Campaign) -> None:
        written = sent.web_text
        other = make_campaign(sent.newsletter, web_text="kept")
        Campaign.objects.filter(pk=sent.pk).update(web_text="")
        migration = importlib.import_module("newsletter.migrations.0015_archive_text")
        migration.fill(apps, SimpleNamespace(connection=connection))
        assert Campaign.objects.get(pk=sent.pk).web_text == written
        assert Campaign.objects.get(pk=other.pk).web_text == "kept"

    def test_a_document_of_another_make_is_read_whole(self) -> None:
        html = "<html><head><title>T</title><style>p{}</style></head><body><p>One</p><p>two<br>three</p></body></html>"
        assert text_of(html) == "One\ntwo\nthree"
        assert text_of("") == ""


class TestFeeds:
    def test_they_hold_subject_beginning_and_address_of_each_issue(self, client: Client, sent: Campaign) -> None:
        address = f"{settings.BASE_URL}/newsletters/rounds/7/"
        rss = parse(client.get(f"{LIST}feed.rss").content)
        (item,) = rss.iter("item")
        assert item.findtext("title") == sent.subject
        assert item.findtext("link") == address
        assert (item.findtext("description") or "").startswith("Two stories this week.")
        atom = "{http://www.w3.org/2005/Atom}"
        (entry,) = parse(client.get(f"{LIST}feed.atom").content).iter(f"{atom}entry")
        assert entry.findtext(f"{atom}id") == address
        document = json.loads(client.get(f"{LIST}feed.json").content)
        assert document["items"][0]["url"] == address
        assert document["items"][0]["content_text"].endswith("…")

    def test_they_are_named_in_the_head_of_the_list(self, client: Client, sent: Campaign) -> None:
        shown = page(client)
        for kind, mime in zip(KINDS, ["rss+xml", "atom+xml", "feed+json"], strict=True):
            assert f'rel="alternate" type="application/{mime}"' in shown
            assert client.get(f"{LIST}feed.{kind}").status_code == 200
            assert f'href="{LIST}feed.{kind}"' in shown

    @pytest.mark.parametrize("kind", KINDS)
    def test_who_has_what_there_is_gets_nothing_again(self, client: Client, sent: Campaign, kind: str) -> None:
        tag = client.get(f"{LIST}feed.{kind}")["ETag"]
        assert client.get(f"{LIST}feed.{kind}", headers={"if-none-match": tag}).status_code == 304

    def test_another_kind_or_newsletter_has_none(self, client: Client, sent: Campaign) -> None:
        make_newsletter(slug="secret", hidden=True)
        for address in (f"{LIST}feed.exe", "/newsletters/secret/feed.rss", "/newsletters/none/feed.rss"):
            assert client.get(address).status_code == 404

    @pytest.mark.parametrize("kind", KINDS)
    def test_one_without_issues_is_a_feed(
        self, client: Client, home: HomePage, newsletter: Newsletter, kind: str
    ) -> None:
        assert client.get(f"{LIST}feed.{kind}").status_code == 200

    def test_a_control_character_in_a_subject_breaks_none(
        self, client: Client, home: HomePage, newsletter: Newsletter
    ) -> None:
        make_campaign(newsletter, subject="A\x0bB", web_text="C\x08D")
        parse(client.get(f"{LIST}feed.rss").content)


class TestNothingPersonal:
    def test_page_list_and_feeds_hold_no_marker_token_or_slot(
        self,
        client: Client,
        home: HomePage,
        stories: StoryIndexPage,
        newsletter: Newsletter,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Security case 25, with clicks counted too."""
        seed = bytes(range(32))
        monkeypatch.setattr("newsletter.issues.schedule.secrets.token_bytes", lambda _size: seed)
        newsletter.tracks_clicks = True
        newsletter.save()
        now = timezone.now()
        schedule(full_issue(home, stories, newsletter), at=now, time_zone="UTC", approve=True, now=now)
        Campaign.objects.update(state="sent")
        slots = markers(seed)
        assert slots.stem.encode() not in Campaign.objects.get().compiled
        personal = [slots.stem, *slots.names.values(), "/unsubscribe/", "/preferences/", "/your-data/", "/confirm/"]
        personal += ["/change-address/", "/r/", "@example.com", "{{", "*|", "%recipient%"]
        for address in (LIST, "/newsletters/rounds/7/", *(f"{LIST}feed.{kind}" for kind in KINDS)):
            shown = client.get(address).content.decode()
            assert [word for word in personal if word in shown] == [], address


class TestStanding:
    def test_an_unlisted_issue_answers_and_nothing_leads_to_it(
        self, client: Client, home: HomePage, stories: StoryIndexPage, newsletter: Newsletter
    ) -> None:
        issue = full_issue(home, stories, newsletter)
        issue.unlisted = True
        issue.save()
        issue.save_revision()
        now = timezone.now()
        schedule(issue, at=now, time_zone="UTC", approve=True, now=now)
        Campaign.objects.update(state="sent")
        response = client.get("/newsletters/rounds/7/")
        assert response.status_code == 200
        assert response["X-Robots-Tag"] == "noindex"
        assert [name for name, shown in places(client).items() if "/newsletters/rounds/7/" in shown] == []

    def test_a_listed_one_stands_everywhere(self, client: Client, sent: Campaign) -> None:
        assert [name for name, shown in places(client).items() if "/newsletters/rounds/7/" not in shown] == []
        assert "X-Robots-Tag" not in client.get("/newsletters/rounds/7/")

    def test_a_withdrawn_one_says_why_and_nothing_leads_to_it(self, client: Client, sent: Campaign) -> None:
        put_in_archive(sent.pk, shown_as=ArchivedAs.WITHDRAWN, because="A dose was <b>wrong</b>.", user=None, now=NOW)
        response = client.get("/newsletters/rounds/7/")
        shown = response.content.decode()
        assert response.status_code == 410
        assert "This issue was withdrawn" in shown
        assert "A dose was &lt;b&gt;wrong&lt;/b&gt;." in shown
        assert "1 November 2026" in shown
        assert "Two stories this week" not in shown
        assert response["X-Robots-Tag"] == "noindex"
        assert [name for name, shown in places(client).items() if "/newsletters/rounds/7/" in shown] == []

    def test_it_can_be_shown_again(self, client: Client, sent: Campaign) -> None:
        put_in_archive(sent.pk, shown_as=ArchivedAs.WITHDRAWN, because="A mistake", user=None, now=NOW)
        put_in_archive(sent.pk, shown_as=ArchivedAs.LISTED, user=None, now=NOW)
        campaign = Campaign.objects.get(pk=sent.pk)
        assert (campaign.withdrawn_at, campaign.withdrawn_because) == (None, "")
        assert client.get("/newsletters/rounds/7/").status_code == 200

    def test_it_is_not_withdrawn_without_a_reason(self, sent: Campaign) -> None:
        with pytest.raises(ArchiveError, match="Say why"):
            put_in_archive(sent.pk, shown_as=ArchivedAs.WITHDRAWN, because="  ", user=None, now=NOW)
        assert Campaign.objects.get(pk=sent.pk).archived_as == ArchivedAs.LISTED

    def test_an_earlier_send_of_a_withdrawn_issue_does_not_come_back(
        self, client: Client, home: HomePage, newsletter: Newsletter
    ) -> None:
        first = make_campaign(newsletter, subject="First try")
        again = {"issue": first.issue, "key": "again", "scheduled_at": NOW + timedelta(days=1)}
        make_campaign(newsletter, archived_as="withdrawn", withdrawn_because="Wrong", **again)
        assert "First try" not in page(client)
        assert client.get(f"{LIST}{first.issue_id}/").status_code == 410

    def test_of_a_hidden_newsletter_nothing_shows(self, client: Client, sent: Campaign) -> None:
        sent.newsletter.hidden = True
        sent.newsletter.save()
        assert "/newsletters/rounds/" not in page(client, "/sitemap.xml")
        for address in (LIST, f"{LIST}?q=sleep", f"{LIST}feed.rss", "/newsletters/rounds/7/"):
            assert client.get(address).status_code == 404
