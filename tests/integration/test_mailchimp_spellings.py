"""A domain with an umlaut: what Mailchimp writes in another way is the same mailbox, and nobody is there twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from newsletter.audience.erase import erase, forget_address
from newsletter.audience.mailchimp.receive import receive
from newsletter.audience.mailchimp.spellings import spellings
from newsletter.backends.mailchimp.ids import member_hash
from newsletter.models import MailchimpMember, Subscriber, Subscription
from tests.factories import make_subscription
from tests.fakes.mailchimp import FakeMailchimp
from tests.integration.mailchimp_pushing import Pushing, make_pushing, running_fake

pytestmark = pytest.mark.django_db

THERE = "ada@bücher.example"
HERE = "ada@xn--bcher-kva.example"


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeMailchimp]:
    yield from running_fake()


@pytest.fixture
def scene(fake: FakeMailchimp) -> Pushing:
    return make_pushing(fake)


def _comes_from_there(scene: Pushing) -> Subscription:
    """Ada is on the audience before it is connected, and the first look brings her here."""
    scene.fake.add_member(scene.list_id, THERE, timestamp_opt="2025-01-01T10:00:00+00:00")
    receive(scene.audience, scene.api.members(scene.list_id).items, now=scene.now)
    return Subscription.objects.get(subscriber__email=HERE)


def _erased_there(scene: Pushing) -> list[tuple[str, str]]:
    return scene.asked("POST", "delete-permanent")


def test_the_two_spellings_of_a_domain() -> None:
    assert spellings(HERE) == [HERE, THERE]
    assert spellings("ada@example.com") == ["ada@example.com"]
    assert spellings("ada@xn--a.example") == ["ada@xn--a.example"], "what can't be read is left as it is"


def test_who_is_there_is_neither_deleted_nor_added_a_second_time(scene: Pushing) -> None:
    ada = _comes_from_there(scene)
    scene.turns(2)
    assert scene.fake.statuses(scene.list_id) == {THERE: "subscribed"}
    assert _erased_there(scene) == []
    assert scene.is_in_step
    Subscriber.objects.update(language="de")
    scene.turn()
    member = scene.fake.member(scene.list_id, THERE)
    assert member is not None
    assert member["language"] == "de"
    scene.leave(ada)
    scene.turn()
    assert scene.fake.statuses(scene.list_id) == {THERE: "unsubscribed"}


def test_a_stranger_there_who_subscribes_here_is_not_added_a_second_time(scene: Pushing) -> None:
    name = scene.fake.add_member(scene.list_id, THERE)
    MailchimpMember.objects.create(audience=scene.audience, member_hash=name, status="subscribed")
    make_subscription(scene.newsletter, HERE, confirmed_at=scene.now)
    scene.turns(3)
    assert scene.fake.statuses(scene.list_id) == {THERE: "subscribed"}
    assert scene.is_in_step


def test_who_moves_away_from_such_a_mailbox_is_there_with_the_new_one_alone(scene: Pushing) -> None:
    _comes_from_there(scene)
    scene.turn()
    Subscriber.objects.update(email="ada@example.com")
    scene.turns(3)
    assert scene.fake.statuses(scene.list_id) == {"ada@example.com": "subscribed"}


@pytest.mark.parametrize("known", [True, False])
def test_an_erasure_finds_the_contact_in_either_spelling(scene: Pushing, known: bool) -> None:
    ada = _comes_from_there(scene)
    if not known:
        MailchimpMember.objects.all().delete()
    erase(ada.subscriber, now=scene.now)
    scene.turn()
    assert scene.fake.statuses(scene.list_id) == {}


def test_a_contact_that_only_mailchimp_has_is_forgotten_in_either_spelling(scene: Pushing) -> None:
    name = scene.fake.add_member(scene.list_id, THERE)
    MailchimpMember.objects.create(audience=scene.audience, member_hash=name, status="subscribed")
    assert forget_address(HERE, now=scene.now)
    scene.turn()
    assert scene.fake.statuses(scene.list_id) == {}
    assert member_hash(THERE) == name
