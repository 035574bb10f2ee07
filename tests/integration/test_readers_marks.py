"""Tags and attributes on readers, from the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from newsletter.audience.attributes import AttributeValueError, read_value
from newsletter.models import (
    AttributeKind,
    AttributeValue,
    Newsletter,
    Subscriber,
    SubscriberAttribute,
    SubscriberTag,
    SubscriberTagging,
)
from tests.factories import make_subscription
from tests.integration.admin_scene import log_in

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(logins: None) -> Client:
    return log_in("Editor")


@pytest.fixture
def reader(newsletter: Newsletter) -> Subscriber:
    return make_subscription(newsletter, "ada@example.com").subscriber


@pytest.fixture
def pilot(db: None) -> SubscriberTag:
    return SubscriberTag.objects.create(name="Pilot", slug="pilot")


def press(client: Client, action: str, **data: object) -> str:
    address = reverse("newsletter_subscribers:bulk", args=[action])
    response = client.post(address, {"query": "", "confirm": "1", **data}, follow=True)
    return " ".join(response.content.decode().split())


class TestTags:
    def test_those_who_have_it_already_are_not_counted_and_not_touched(
        self, editor: Client, newsletter: Newsletter, reader: Subscriber, pilot: SubscriberTag
    ) -> None:
        SubscriberTagging.objects.create(tag=pilot, subscriber=reader)
        other = make_subscription(newsletter).subscriber
        assert "1 reader was tagged" in press(editor, "tag", id=[reader.pk, other.pk], tag=pilot.pk)
        assert "0 readers were tagged" in press(editor, "tag", id=[reader.pk, other.pk], tag=pilot.pk)
        assert SubscriberTagging.objects.count() == 2

    def test_it_is_taken_off_those_who_were_chosen_only(
        self, editor: Client, newsletter: Newsletter, reader: Subscriber, pilot: SubscriberTag
    ) -> None:
        other = make_subscription(newsletter).subscriber
        press(editor, "tag", id=[reader.pk, other.pk], tag=pilot.pk)
        assert "1 reader lost the tag" in press(editor, "untag", id=reader.pk, tag=pilot.pk)
        assert list(pilot.subscribers.all()) == [other]

    def test_all_that_match_are_tagged(
        self, editor: Client, newsletter: Newsletter, reader: Subscriber, pilot: SubscriberTag
    ) -> None:
        make_subscription(newsletter, state="pending")
        press(editor, "tag", whom="all", query="state=confirmed", tag=pilot.pk)
        assert list(pilot.subscribers.all()) == [reader]

    def test_a_tag_that_does_not_exist_is_refused(self, editor: Client, reader: Subscriber) -> None:
        assert "error-message" in press(editor, "tag", id=reader.pk, tag="77")
        assert not SubscriberTagging.objects.exists()

    def test_from_a_readers_page_one_comes_back_to_it(
        self, editor: Client, reader: Subscriber, pilot: SubscriberTag
    ) -> None:
        address = reverse("newsletter_subscribers:bulk", args=["tag"])
        data = {"query": "", "confirm": "1", "id": reader.pk, "tag": pilot.pk, "back": "reader"}
        assert editor.post(address, data)["Location"] == reverse("newsletter_subscribers:show", args=[reader.pk])


class TestAttributes:
    @pytest.fixture
    def city(self, db: None) -> SubscriberAttribute:
        return SubscriberAttribute.objects.create(key="city", label="City <i>")

    def save(self, client: Client, reader: Subscriber, attribute: SubscriberAttribute, value: str) -> str:
        address = reverse("newsletter_subscribers:attributes", args=[reader.pk])
        response = client.post(address, {f"value-{attribute.pk}": value, "email": "x@example.com"}, follow=True)
        return " ".join(response.content.decode().split())

    def test_a_value_is_kept_shown_as_text_and_taken_away_again(
        self, editor: Client, reader: Subscriber, city: SubscriberAttribute
    ) -> None:
        shown = self.save(editor, reader, city, " Leeds <b> ")
        assert AttributeValue.objects.get().text == "Leeds <b>"
        assert "City &lt;i&gt;" in shown
        assert "Leeds &lt;b&gt;" in shown
        self.save(editor, reader, city, "")
        assert not AttributeValue.objects.exists()
        reader.refresh_from_db()
        assert reader.email == "ada@example.com"

    def test_one_of_the_wrong_kind_is_refused_in_words_and_the_old_one_stays(
        self, editor: Client, reader: Subscriber
    ) -> None:
        age = SubscriberAttribute.objects.create(key="issues", label="Issues", kind=AttributeKind.NUMBER)
        self.save(editor, reader, age, "12")
        assert "such as 12 or 3.5" in self.save(editor, reader, age, "many")
        assert AttributeValue.objects.get().number == 12

    @pytest.mark.parametrize(
        ("kind", "typed", "kept"),
        [
            (AttributeKind.TEXT, "  two words\n", ("two words", None)),
            (AttributeKind.NUMBER, " 3.50", ("3.50", 3.5)),
            (AttributeKind.DATE, "2026-11-24", ("2026-11-24", None)),
            (AttributeKind.BOOLEAN, "Yes", ("true", None)),
            (AttributeKind.BOOLEAN, "0", ("false", None)),
            (AttributeKind.DATE, "", ("", None)),
        ],
    )
    def test_values_have_one_form_for_each_kind(
        self, kind: AttributeKind, typed: str, kept: tuple[str, float | None]
    ) -> None:
        assert read_value(kind, typed) == kept

    @pytest.mark.parametrize(
        ("kind", "typed"),
        [
            (AttributeKind.NUMBER, "nan"),
            (AttributeKind.NUMBER, "1e999"),
            (AttributeKind.NUMBER, "12 apples"),
            (AttributeKind.DATE, "24.11.2026"),
            (AttributeKind.DATE, "2026-02-30"),
            (AttributeKind.BOOLEAN, "perhaps"),
            (AttributeKind.TEXT, "x" * 201),
            (AttributeKind.TEXT, "a\0b"),
        ],
    )
    def test_what_is_none_of_its_kind_is_refused(self, kind: AttributeKind, typed: str) -> None:
        with pytest.raises(AttributeValueError):
            read_value(kind, typed)
