"""Readers whose contact over there has a past: who left and confirms anew, and whose address was somebody else's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from newsletter.models import MailchimpMember, Subscriber
from tests.fakes.mailchimp import FakeMailchimp
from tests.fakes.mailchimp.faults import refused
from tests.integration.mailchimp_pushing import Pushing, make_pushing, running_fake

pytestmark = pytest.mark.django_db

ADA = "ada@example.com"


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeMailchimp]:
    yield from running_fake()


@pytest.fixture
def scene(fake: FakeMailchimp) -> Iterator[Pushing]:
    made = make_pushing(fake)
    yield made
    assert not [address for list_id, address in fake.state.resubscribed if list_id == made.list_id]


@pytest.mark.parametrize("known", ["archived", "transactional"])
def test_who_left_there_since_they_confirmed_here_is_not_asked_again(scene: Pushing, known: str) -> None:
    """Nobody has told us of it yet. Once they are asked again nobody ever could: they are pending then."""
    ada = scene.reader("ada")
    scene.turn()
    MailchimpMember.objects.update(status=known, changed_there_at=scene.now - timedelta(days=3))
    scene.fake.unsubscribe(scene.list_id, ADA)

    scene.turn()

    ada.refresh_from_db()
    assert (ada.state, ada.ended_reason) == ("ended", "unsubscribed")
    assert scene.there() == {"ada": "unsubscribed"}
    assert MailchimpMember.objects.get().status == "unsubscribed"


def test_who_left_there_before_anybody_here_knew_them_and_confirms_here_is_asked_there(scene: Pushing) -> None:
    """To send them would change the instant at which they left, and look as if they had left after confirming."""
    scene.fake.add_member(scene.list_id, ADA, status="unsubscribed")
    scene.pass_(days=30)
    ada = scene.reader("ada", confirmed_at=scene.now)

    scene.turns(3)

    ada.refresh_from_db()
    assert ada.state == "confirmed"
    assert scene.there() == {"ada": "pending"}
    member = scene.fake.member(scene.list_id, ADA)
    assert member is not None
    assert member["language"] == "en", "what is wanted of them follows"
    assert scene.is_in_step


def test_a_look_that_is_refused_leaves_the_answer_to_the_sending(scene: Pushing) -> None:
    scene.readers("ada", "ben")
    scene.fake.fail("GET", "/lists/*/members/*", refused(400, '{"title": "Bad Request", "status": 400}'), times=2)
    scene.turn()
    assert scene.there() == {"ada": "subscribed", "ben": "subscribed"}


def test_an_address_whose_reader_left_and_moved_away_belongs_to_whoever_confirms_from_it(scene: Pushing) -> None:
    ada = scene.reader("ada")
    scene.turn()
    scene.leave(ada)
    scene.turn()
    Subscriber.objects.filter(pk=ada.subscriber_id).update(email="ada@new.example")
    scene.pass_(days=1)
    eve = scene.reader("ada", confirmed_at=scene.now)

    scene.turns(3)

    assert scene.there() == {"ada": "pending"}
    assert MailchimpMember.objects.get().subscriber_id == eve.subscriber_id
