"""Tags and attributes in the admin: made, renamed and deleted by those who may; nothing about anybody's health."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from newsletter.admin.segments.marks import AttributeViewSet, TagViewSet
from newsletter.models import AttributeValue, Segment, SubscriberAttribute, SubscriberTag, SubscriberTagging
from tests.factories import make_subscription
from tests.integration.admin_scene import log_in
from tests.stages import stage

if TYPE_CHECKING:
    from django.http import HttpResponse

    from blog.models import HomePage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db
ROLES = ["Owner", "Doctor", "Editor", "Contributor", "Analyst"]
START = "/admin/"


@stage
def _marks(home: HomePage, newsletter: Newsletter, logins: None) -> None:
    reader = make_subscription(newsletter, "ada@example.com").subscriber
    tag = SubscriberTag.objects.create(name="Colleague", slug="colleague")
    SubscriberTagging.objects.create(tag=tag, subscriber=reader)
    attribute = SubscriberAttribute.objects.create(key="city", label="City")
    AttributeValue.objects.create(attribute=attribute, subscriber=reader, text="Boston")


@pytest.fixture(autouse=True)
def _there_are_marks(_marks: None) -> None:
    return


def address(kind: str, name: str) -> str:
    if name in ("index", "index_results", "add"):
        return reverse(f"newsletter_{kind}:{name}")
    model = SubscriberTag if kind == "tags" else SubscriberAttribute
    return reverse(f"newsletter_{kind}:{name}", args=[model.objects.get().pk])


def is_refused(response: HttpResponse) -> bool:
    return response.status_code == 403 or (response.status_code == 302 and response["Location"] == START)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    ("kind", "name", "may"),
    [
        *(
            ("tags", name, {"Owner", "Editor"})
            for name in ("index", "index_results", "add", "edit", "history", "usage")
        ),
        ("tags", "delete", {"Owner", "Editor"}),
        *(("attributes", name, {"Owner", "Editor"}) for name in ("index", "index_results")),
        *(("attributes", name, {"Owner"}) for name in ("add", "edit", "history", "usage", "delete")),
    ],
)
def test_each_page_opens_for_those_who_may_only(role: str, kind: str, name: str, may: set[str]) -> None:
    """Security cases 30 and 31."""
    client = log_in(role)
    wanted = address(kind, name)
    for method in ("get", "post"):
        assert is_refused(getattr(client, method)(wanted)) == (role not in may), (role, wanted, method)


def test_every_address_is_tried_for_every_role() -> None:
    tried = {"index", "index_results", "add", "edit", "history", "history_results", "usage", "delete"}
    for viewset in (TagViewSet(), AttributeViewSet()):
        assert {pattern.name for pattern in viewset.get_urlpatterns()} <= tried


def test_a_tag_is_made_and_its_short_name_survives_a_new_name() -> None:
    client = log_in("Editor")
    client.post(address("tags", "add"), {"name": "Reads   in Köln"})
    made = SubscriberTag.objects.get(slug="reads-in-koln")
    assert made.name == "Reads in Köln"

    client.post(reverse("newsletter_tags:edit", args=[made.pk]), {"name": "Cologne"})

    made.refresh_from_db()
    assert (made.name, made.slug) == ("Cologne", "reads-in-koln")


@pytest.mark.parametrize("name", ["colleague", " COLLEAGUE ", "Diagnosis", ""])
def test_a_tag_that_there_is_or_that_says_something_about_health_is_refused(name: str) -> None:
    response = log_in("Editor").post(address("tags", "add"), {"name": name})

    assert response.status_code == 200
    assert SubscriberTag.objects.count() == 1


def test_an_attribute_keeps_its_key_and_its_kind() -> None:
    client = log_in("Owner")
    client.post(address("attributes", "edit"), {"label": "Town", "key": "town", "kind": "number"})

    changed = SubscriberAttribute.objects.get()
    assert (changed.label, changed.key, changed.kind) == ("Town", "city", "text")


@pytest.mark.parametrize(("label", "key"), [("Diagnosis", "code"), ("Code", "diagnosis"), ("", ""), ("City", "city")])
def test_an_attribute_about_health_is_refused(label: str, key: str) -> None:
    response = log_in("Owner").post(address("attributes", "add"), {"label": label, "key": key, "kind": "text"})

    assert response.status_code == 200
    assert SubscriberAttribute.objects.count() == 1


def test_an_attribute_that_was_made_here_can_be_filled_in() -> None:
    client = log_in("Owner")
    client.post(address("attributes", "add"), {"label": "Copies", "key": "copies", "kind": "number"})
    made = SubscriberAttribute.objects.get(key="copies")
    reader = SubscriberTagging.objects.get().subscriber_id

    page = client.get(reverse("newsletter_subscribers:attributes", args=[reader])).content.decode()

    assert f'name="value-{made.pk}"' in page


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        ("tags", {"rule": "tag", "value": "colleague"}),
        ("attributes", {"rule": "attribute", "of": "city", "value": "x"}),
    ],
)
def test_what_a_segment_names_stays_until_it_is_taken_out(kind: str, rule: dict[str, str]) -> None:
    segment = Segment.objects.create(name="Named", rules={"not": rule})
    Segment.objects.create(name="Broken", rules={"no such": "rule"})
    client = log_in("Owner")
    model = SubscriberTag if kind == "tags" else SubscriberAttribute

    for response in (client.get(address(kind, "delete")), client.post(address(kind, "delete"))):
        assert "while these segments name it" in response.content.decode()
    assert model.objects.exists()

    segment.delete()
    assert client.post(address(kind, "delete")).status_code == 302
    assert not model.objects.exists()
    assert not SubscriberTagging.objects.exists() or kind == "attributes"
