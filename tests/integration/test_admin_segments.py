"""Segments in the admin: who reaches them, what the list says, readers narrowed by one, and what is deleted."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.models import ModelLogEntry

from newsletter.admin.segments.viewset import SegmentViewSet
from newsletter.issues.compose import compose
from newsletter.models import Segment, SubscriberTag
from tests.factories import make_story
from tests.integration.admin_scene import log_in
from tests.integration.segment_forms import INDEX, LOOK, NEW, ROLES, WEEKLY, make_weekly_readers, own, text_of
from tests.stages import stage

if TYPE_CHECKING:
    from blog.models import HomePage, StoryIndexPage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db
MAY = {"Owner", "Editor"}


@stage
def _readers(home: HomePage, newsletter: Newsletter, logins: None) -> None:
    make_weekly_readers(newsletter)


@pytest.fixture(autouse=True)
def _there_are_readers(_readers: None) -> None:
    return


@pytest.fixture
def segment() -> Segment:
    return Segment.objects.create(name="Weekly ones", rules=WEEKLY)


@pytest.mark.parametrize("role", ROLES)
def test_only_the_owner_and_editors_reach_segments_whatever_the_method(role: str, segment: Segment) -> None:
    """Security cases 30 and 31."""
    client = log_in(role)
    before = list(Segment.objects.values())
    for address in (INDEX, f"{INDEX}results/", NEW, LOOK, own("edit", segment), own("delete", segment)):
        for method in ("get", "post", "put", "options") if role not in MAY else ("get",):
            status = getattr(client, method)(address).status_code
            assert status == (403 if role not in MAY else 405 if address == LOOK else 200), (address, method)
    assert list(Segment.objects.values()) == before
    assert (f'"{INDEX}"' in text_of(client.get("/admin/"))) == (role in MAY)


def test_every_address_of_the_segments_is_tried_for_every_role() -> None:
    names = {pattern.name for pattern in SegmentViewSet().get_urlpatterns()}
    assert names == {"index", "index_results", "new", "look", "edit", "delete"}


def test_a_stranger_is_asked_to_log_in(segment: Segment) -> None:
    for address in (LOOK, own("edit", segment), own("delete", segment)):
        assert Client().post(address)["Location"].startswith("/admin/login/")
    assert Segment.objects.exists()


def test_the_list_says_in_words_whom_each_describes(segment: Segment) -> None:
    Segment.objects.create(name="Broken", rules={"no such": "rule"})
    page = text_of(log_in("Editor").get(INDEX))

    assert "reads Rounds weekly" in page
    assert "says nothing in a rule" in page


def test_names_are_escaped_wherever_they_are_shown() -> None:
    """Security case 29."""
    hostile = "<script>alert(1)</script>"
    SubscriberTag.objects.create(name=hostile, slug="hostile")
    segment = Segment.objects.create(name=hostile, rules={"rule": "tag", "value": "hostile"})
    client = log_in("Editor")

    for address in (INDEX, own("edit", segment), own("delete", segment)):
        page = text_of(client.get(address))
        assert "alert(1)" in page
        assert hostile not in page


def test_the_list_of_readers_is_narrowed_by_a_segment(segment: Segment) -> None:
    page = text_of(log_in("Editor").get(f"/admin/newsletter/subscribers/?segment={segment.pk}"))

    assert set(re.findall(r"[a-z]+@example\.com", page)) - {"editor@example.com"} == {
        "ada@example.com",
        "ben@example.com",
    }


@pytest.mark.parametrize(
    "rules", [{"rule": "tag", "value": "gone"}, {"not": {"rule": "tag", "value": "gone"}}, {"x": 1}]
)
def test_a_segment_that_does_not_hold_any_more_narrows_the_list_to_nobody_and_says_why(
    rules: dict[str, Any], segment: Segment
) -> None:
    Segment.objects.update(rules=rules)
    client = log_in("Editor")
    answer = client.get(f"/admin/newsletter/subscribers/?segment={segment.pk}")

    assert answer.status_code == 200
    assert "ada@example.com" not in text_of(answer)
    assert "does not exist any more" in text_of(answer) or "says nothing in a rule" in text_of(answer)
    asked = client.post(reverse("newsletter_subscribers:bulk", args=["tag"]), {"query": f"segment={segment.pk}"})
    assert asked.status_code in {200, 302}
    assert "ada@example.com" not in text_of(asked)


class TestDeleting:
    def test_a_segment_goes_and_its_readers_stay(self, segment: Segment) -> None:
        response = log_in("Editor").post(own("delete", segment))

        assert response["Location"] == INDEX
        assert not Segment.objects.exists()
        assert ModelLogEntry.objects.filter(action="wagtail.delete", label="Weekly ones").exists()

    def test_a_segment_that_an_issue_is_for_stays(
        self, segment: Segment, newsletter: Newsletter, stories: StoryIndexPage
    ) -> None:
        """Without it, the issue would go to everybody."""
        issue = compose(newsletter, stories=[make_story(stories).pk])
        issue.segment = segment
        issue.save_revision()
        type(issue).objects.filter(pk=issue.pk).update(segment=None)

        response = log_in("Editor").post(own("delete", segment))

        assert response.status_code == 409
        assert issue.subject in unescape(text_of(response))
        assert Segment.objects.exists()
