"""Mailchimp knows no pauses: who takes one is not added there before it ends, and who is there already stays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from newsletter.audience.mailchimp.difference_words import Reason, Side
from newsletter.audience.mailchimp.differences import counts, rows
from newsletter.audience.reader import token_for
from newsletter.models import MailchimpMember, Subscription
from tests.fakes.mailchimp import FakeMailchimp
from tests.integration.mailchimp_pushing import NOW, Pushing, make_pushing, running_fake

pytestmark = pytest.mark.django_db

ENDS = NOW + timedelta(days=14)


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeMailchimp]:
    yield from running_fake()


@pytest.fixture
def scene(fake: FakeMailchimp) -> Pushing:
    return make_pushing(fake)


def _differing(scene: Pushing) -> list[tuple[Side, Reason]]:
    return [(one.side, one.reason) for one in counts(scene.audience, now=scene.now)]


def test_who_takes_a_pause_is_brought_over_when_it_ends(scene: Pushing) -> None:
    scene.reader("ada", paused_until=ENDS)
    scene.reader("ben")
    scene.turns(2)
    assert scene.there() == {"ben": "subscribed"}
    assert scene.is_in_step, "nothing is owed before it ends"
    scene.pass_(days=14)
    scene.turn()
    assert scene.there() == {"ada": "subscribed", "ben": "subscribed"}


def test_who_ends_a_pause_before_its_time_is_brought_over_then(scene: Pushing) -> None:
    ada = scene.reader("ada", paused_until=ENDS)
    scene.turn()
    Subscription.objects.filter(pk=ada.pk).update(paused_until=None)
    scene.turn()
    assert scene.there() == {"ada": "subscribed"}


def test_who_is_there_already_stays_and_is_kept_in_step(scene: Pushing) -> None:
    ada = scene.reader("ada")
    scene.turn()
    Subscription.objects.filter(pk=ada.pk).update(paused_until=ENDS)
    type(ada.subscriber).objects.filter(pk=ada.subscriber_id).update(language="de")
    scene.turn()
    member = scene.fake.member(scene.list_id, "ada@example.com")
    assert member is not None
    assert (member["status"], member["language"]) == ("subscribed", "de")
    assert _differing(scene) == [(Side.THERE, Reason.PAUSED)]


def test_who_was_refused_is_not_tried_again_before_the_pause_ends(scene: Pushing) -> None:
    scene.fake.add_merge_field(scene.list_id, "CITY", required=True)
    ada = scene.reader("ada")
    scene.turn()
    assert scene.member(ada).problem == "field"
    with scene.fake.settled() as state:
        state.list(scene.list_id)["_merge_fields"][-1]["required"] = False
    Subscription.objects.filter(pk=ada.pk).update(paused_until=ENDS)
    scene.turn()
    scene.turn(seconds=8 * 86400)
    assert scene.there() == {}
    scene.turn(seconds=8 * 86400)
    assert scene.there() == {"ada": "subscribed"}


def test_who_left_there_and_came_back_is_asked_when_the_pause_ends(scene: Pushing) -> None:
    ada = scene.reader("ada")
    scene.turn()
    scene.leave(ada)
    scene.turn()
    scene.pass_(days=1)
    anew = {"state": "confirmed", "confirmed_at": scene.now, "ended_at": None, "paused_until": ENDS}
    Subscription.objects.filter(pk=ada.pk).update(**anew)
    scene.turn()
    assert scene.there() == {"ada": "unsubscribed"}
    scene.pass_(days=14)
    scene.turn()
    assert scene.there() == {"ada": "pending"}


def test_who_moves_during_a_pause_leaves_the_old_mailbox_at_once_and_is_brought_over_later(scene: Pushing) -> None:
    ada = scene.reader("ada")
    scene.turn()
    Subscription.objects.filter(pk=ada.pk).update(paused_until=ENDS)
    type(ada.subscriber).objects.filter(pk=ada.subscriber_id).update(email="lovelace@example.com")
    scene.turns(3)
    assert scene.there() == {}
    scene.pass_(days=14)
    scene.turn()
    assert scene.there() == {"lovelace": "subscribed"}


def test_the_report_says_until_when(scene: Pushing) -> None:
    scene.reader("ada", paused_until=ENDS)
    ben = scene.reader("ben", paused_until=ENDS)
    MailchimpMember.objects.create(
        audience=scene.audience, member_hash="0" * 32, subscriber_id=ben.subscriber_id, problem="address"
    )
    assert _differing(scene) == [(Side.HERE, Reason.ADDRESS), (Side.HERE, Reason.PAUSES)]
    paused, refused = rows(scene.audience, now=scene.now)
    assert (paused.address, paused.here, paused.there) == ("ada@example.com", "reads", "not there")
    assert date_format(ENDS, "DATE_FORMAT") in paused.why
    assert "pause" not in refused.why, "what has to be done about the address comes first"


def test_a_pause_that_holds_can_be_ended_by_its_reader_and_one_that_does_not_is_not_claimed(
    scene: Pushing, client: Client
) -> None:
    """No page offers a new one; but who is not over there would otherwise have to wait until it ends."""
    ends = timezone.now() + timedelta(days=14)  # the page has the real clock
    ada, ben = scene.reader("ada", paused_until=ends), scene.reader("ben")
    scene.turn()
    Subscription.objects.filter(pk=ben.pk).update(paused_until=ends)
    pages = [reverse("newsletter:preferences", args=[token_for(one)]) for one in (ada, ben)]

    texts = [client.get(page).content.decode() for page in pages]
    assert ["You take a pause until" in text for text in texts] == [True, False]
    assert not any('name="pause"' in text for text in texts)

    client.post(pages[0], {"resume": "1"})
    scene.turn()
    assert scene.there() == {"ada": "subscribed", "ben": "subscribed"}
