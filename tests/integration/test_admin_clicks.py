"""Clicks and the archive on a campaign's page in the admin."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from selectolax.lexbor import LexborHTMLParser
from wagtail.models import ModelLogEntry

from newsletter.models import Campaign, Link, LinkHour, Newsletter
from tests.integration.admin_scene import log_in

if TYPE_CHECKING:
    from tests.integration.admin_scene import Scene

pytestmark = pytest.mark.django_db

HOUR = datetime(2026, 3, 3, 12, tzinfo=UTC)


def page(role: str, scene: Scene) -> str:
    address = reverse("newsletter_campaigns:show", args=[scene.campaign.pk])
    return " ".join(log_in(role).get(address).content.decode().split())


def add_link(scene: Scene, number: int, label: str, *hours: tuple[int, int], is_trap: bool = False) -> Link:
    link = Link.objects.create(
        campaign=scene.campaign, number=number, url=f"https://a.example/{number}", label=label, is_trap=is_trap
    )
    LinkHour.objects.bulk_create(
        LinkHour(link=link, hour=HOUR + timedelta(hours=index), raw=raw, filtered=filtered)
        for index, (raw, filtered) in enumerate(hours)
    )
    return link


class TestClicks:
    def test_each_link_has_both_counts_the_most_followed_first(self, scene: Scene) -> None:
        add_link(scene, 1, "Sleep", (5, 2), (3, 1))
        add_link(scene, 2, "Mood <b>", (1500, 40), (0, 0))
        add_link(scene, 3, "Nobody's")
        add_link(scene, 4, "", (99, 0), is_trap=True)
        tree = LexborHTMLParser(page("Analyst", scene))
        rows = [
            [cell.text(strip=True) for cell in row.css("th, td")] for row in tree.css(".newsletter-clicks tbody tr")
        ]
        assert rows == [
            ["Mood <b>https://a.example/2", "40", "1,500"],
            ["Sleephttps://a.example/1", "3", "8"],
            ["Nobody'shttps://a.example/3", "0", "0"],
        ]
        shown = page("Analyst", scene)
        assert "43 clicks that look like readers&#x27;, of 1,508 in all." in shown or "43 clicks that look" in shown
        assert "It is an estimate" in shown

    def test_the_hours_are_a_picture_and_a_table_with_the_same_numbers(self, scene: Scene) -> None:
        add_link(scene, 1, "Sleep", (10, 4), (5, 5))
        add_link(scene, 2, "Mood", (10, 6))
        tree = LexborHTMLParser(page("Analyst", scene))
        hours = tree.css_first(".newsletter-hours__table")
        assert hours is not None
        numbers = [[cell.text(strip=True) for cell in row.css("td")] for row in hours.css("tbody tr")]
        assert numbers == [["10", "20"], ["5", "5"]]
        assert {bar.attributes["width"] for bar in tree.css(".newsletter-hours rect")} == {"5"}
        heights = [bar.attributes["height"] for bar in tree.css(".newsletter-hours rect")]
        assert heights == ["100", "50", "25", "25"]
        picture = tree.css_first("svg.newsletter-hours")
        assert picture is not None
        assert picture.attributes["aria-hidden"] == "true"  # the table says it

    def test_a_campaign_without_counted_links_says_so_and_what_to_do(self, scene: Scene) -> None:
        shown = page("Analyst", scene)
        assert "Clicks are not counted in this campaign." in shown
        assert "The owner can have them counted" in shown
        Newsletter.objects.update(tracks_clicks=True)
        assert "They are counted in what is scheduled from now on." in page("Analyst", scene)

    def test_more_links_take_no_more_queries(self, scene: Scene) -> None:
        client, taken = log_in("Analyst"), []
        client.get(reverse("newsletter_campaigns:show", args=[scene.campaign.pk]))  # what is remembered from then on
        for numbers in (range(1, 3), range(3, 30)):
            for number in numbers:
                add_link(scene, number, "Sleep", (5, 2), (3, 1))
            with CaptureQueriesContext(connection) as queries:
                client.get(reverse("newsletter_campaigns:show", args=[scene.campaign.pk]))
            taken.append(len(queries))
        assert taken[0] == taken[1]

    def test_the_owner_turns_counting_on_in_the_newsletters_form(self, scene: Scene) -> None:
        form = log_in("Owner").get(reverse("newsletter_newsletters:edit", args=[scene.newsletter.pk])).content.decode()
        assert 'name="tracks_clicks"' in form
        assert "never by whom" in form


class TestArchive:
    def address(self, scene: Scene) -> str:
        return reverse("newsletter_campaigns:archive", args=[scene.campaign.pk])

    def post(self, client: Client, scene: Scene, shown_as: str, because: str = "") -> str:
        response = client.post(self.address(scene), {"shown_as": shown_as, "because": because}, follow=True)
        return " ".join(response.content.decode().split())

    def standing(self) -> str:
        return Campaign.objects.get().archived_as

    def test_withdrawing_asks_for_a_reason_and_is_logged(self, scene: Scene) -> None:
        editor = log_in("Editor")
        assert "Say why: readers who open its page" in self.post(editor, scene, "withdrawn", " ")
        assert self.standing() == "listed"
        shown = self.post(editor, scene, "withdrawn", "A dose was wrong.")
        assert "It is withdrawn." in shown
        assert "In its place readers find: “A dose was wrong.”" in shown
        entry = ModelLogEntry.objects.for_instance(scene.campaign).get()
        assert entry.data["archived_as"] == {"from": "listed", "to": "withdrawn"}
        assert entry.data["because"] == "A dose was wrong."
        assert entry.user is not None

    def test_it_is_undone_in_the_same_place(self, scene: Scene) -> None:
        editor = log_in("Editor")
        self.post(editor, scene, "withdrawn", "A dose was wrong.")
        assert "A dose was wrong." in editor.get(self.address(scene)).content.decode()
        assert "It stands in the archive." in self.post(editor, scene, "listed")
        assert self.standing() == "listed"

    def test_an_issue_can_be_unlisted_and_listed(self, scene: Scene) -> None:
        editor = log_in("Editor")
        assert "By its address only" in self.post(editor, scene, "unlisted")
        assert self.standing() == "unlisted"
        self.post(editor, scene, "listed")
        assert self.standing() == "listed"

    def test_looking_changes_nothing_and_nonsense_is_refused(self, scene: Scene) -> None:
        editor = log_in("Editor")
        assert editor.get(self.address(scene)).status_code == 200
        assert editor.post(self.address(scene), {"shown_as": "sent"}).status_code == 200
        assert self.standing() == "listed"
        assert editor.get(reverse("newsletter_campaigns:archive", args=[10**6])).status_code == 404

    @pytest.mark.parametrize("role", ["Doctor", "Contributor", "Analyst"])
    def test_who_may_not_schedule_is_refused_and_sees_no_button(self, scene: Scene, role: str) -> None:
        client = log_in(role)
        assert client.get(self.address(scene)).status_code == 403
        assert client.post(self.address(scene), {"shown_as": "withdrawn", "because": "x"}).status_code == 403
        assert self.standing() == "listed"
        if role == "Analyst":
            assert self.address(scene) not in page(role, scene)


@pytest.mark.parametrize("counts", [True, False])
def test_the_preview_says_that_links_lead_straight_only_here(scene: Scene, counts: bool) -> None:
    Newsletter.objects.update(tracks_clicks=counts)
    address = reverse("newsletter_issues:revisions_view", args=[scene.issue.pk, scene.issue.latest_revision_id])
    assert ("clicks are counted" in log_in("Editor").get(address).content.decode()) == counts


@pytest.mark.parametrize(("counts", "hidden"), [(False, False), (True, False), (True, True)])
def test_the_privacy_page_says_whether_clicks_are_counted(scene: Scene, counts: bool, hidden: bool) -> None:
    from django.template import Context, Template

    Newsletter.objects.update(tracks_clicks=counts, hidden=hidden, name="The Round")
    shown = Template("{% load privacy_tags %}{% privacy_facts %}").render(Context())
    assert ("In some of our newsletters clicks are counted" in shown) == counts
    assert ("(The Round)" in shown) == (counts and not hidden)
    assert ("they lead straight to their pages" in shown) == (not counts)
