"""Who is brought over to Mailchimp, who leaves there, and who is never subscribed again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from newsletter.audience.erase import erase
from newsletter.audience.suppression import SuppressionReason, suppress
from newsletter.engine.subscriptions import SubscriptionState
from newsletter.models import MailchimpAudience, MailchimpMember, Subscription
from tests.fakes.mailchimp import FakeMailchimp
from tests.integration.mailchimp_pushing import Pushing, make_pushing, running_fake

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeMailchimp]:
    yield from running_fake()


@pytest.fixture
def scene(fake: FakeMailchimp) -> Iterator[Pushing]:
    yield (made := make_pushing(fake))
    assert not [address for list_id, address in fake.state.resubscribed if list_id == made.list_id]
    puts = [call["body"] for call in fake.state.calls if call["method"] == "PUT"]
    assert not [body for body in puts if "status" in body]


def test_confirmed_readers_are_brought_over_and_nobody_else(scene: Pushing) -> None:
    scene.readers("ada", "ben")
    scene.reader("cyd", state="pending", confirmed_at=None)
    scene.reader("dot", state="ended", ended_at=scene.now)
    scene.turn()
    assert scene.there() == {"ada": "subscribed", "ben": "subscribed"}
    scene.turn()
    assert scene.is_in_step


def test_a_turn_that_finds_nothing_asks_nothing(scene: Pushing) -> None:
    scene.readers("ada", "ben")
    scene.turn()
    scene.forget_calls()
    assert scene.turn() == scene.now + timedelta(seconds=20)
    assert scene.asked() == []


def test_they_begin_as_the_audience_says(fake: FakeMailchimp) -> None:
    scene = make_pushing(fake, new_there="pending")
    ada = scene.reader("ada")
    scene.turn()
    assert scene.there() == {"ada": "pending"}
    assert scene.member(ada).status == "pending"


def test_address_and_language_go_over_and_the_fields_that_were_named(fake: FakeMailchimp) -> None:
    scene = make_pushing(fake, merge_fields={"FNAME": "name", "LANG": "language", "OTHER": "topics"})
    ada = scene.reader("ada")
    type(ada.subscriber).objects.filter(pk=ada.subscriber_id).update(name="Ada", language="pt-br")
    scene.turn()
    (body,) = [call["body"] for call in fake.state.calls if call["method"] == "PUT" and scene.list_id in call["path"]]
    assert body == {
        "email_address": "ada@example.com",
        "status_if_new": "subscribed",
        "language": "pt",
        "merge_fields": {"FNAME": "Ada", "LANG": "pt-br"},
    }


def test_only_what_is_sent_makes_a_reader_be_sent_again(scene: Pushing) -> None:
    ada = scene.reader("ada")
    scene.turn()
    scene.forget_calls()
    subscribers = type(ada.subscriber).objects.filter(pk=ada.subscriber_id)
    subscribers.update(name="Ada", time_zone="Europe/Vienna")
    Subscription.objects.filter(pk=ada.pk).update(frequency="weekly", paused_until=scene.now + timedelta(days=9))
    scene.turn()
    assert scene.asked() == []
    subscribers.update(language="de")
    scene.turn()
    assert [method for method, _ in scene.asked()] == ["PUT"]
    member = scene.fake.member(scene.list_id, "ada@example.com")
    assert member is not None
    assert member["language"] == "de"


def test_who_ended_here_leaves_there(scene: Pushing) -> None:
    ada, ben = scene.readers("ada", "ben")
    scene.turn()
    scene.leave(ada)
    scene.turn()
    assert scene.there() == {"ada": "unsubscribed", "ben": "subscribed"}
    assert (scene.member(ada).status, scene.member(ben).status) == ("unsubscribed", "subscribed")
    scene.forget_calls()
    scene.turn()
    assert scene.asked() == []


def test_who_ended_here_and_signs_up_anew_without_confirming_leaves_there(scene: Pushing) -> None:
    ada = scene.reader("ada")
    scene.turn()
    scene.leave(ada)
    Subscription.objects.filter(pk=ada.pk).update(state=SubscriptionState.PENDING)
    scene.turn()
    assert scene.there() == {"ada": "unsubscribed"}


def test_who_is_no_longer_there_when_leaving_is_forgotten(scene: Pushing) -> None:
    ada = scene.reader("ada")
    scene.turn()
    scene.fake.delete_for_good(scene.list_id, "ada@example.com")
    scene.leave(ada)
    scene.turn()
    assert not MailchimpMember.objects.filter(audience=scene.audience).exists()
    assert scene.audience.problem == ""


def test_who_left_there_is_not_brought_back_and_has_left_here(scene: Pushing) -> None:
    """Also where nobody has told us yet: the answer to an upsert says it."""
    scene.fake.add_member(scene.list_id, "ada@example.com", status="unsubscribed")
    ada = scene.reader("ada")
    scene.turn()
    ada.refresh_from_db()
    assert (ada.state, ada.ended_reason) == ("ended", "unsubscribed")
    scene.turns(2)
    assert scene.there() == {"ada": "unsubscribed"}


def test_who_confirms_again_after_leaving_here_is_asked_there_once(scene: Pushing) -> None:
    ada = scene.reader("ada")
    scene.turn()
    scene.leave(ada)
    scene.turn()
    scene.pass_(days=1)
    Subscription.objects.filter(pk=ada.pk).update(state="confirmed", confirmed_at=scene.now, ended_at=None)
    scene.turns(3)
    assert scene.there() == {"ada": "pending"}
    assert [address for _, address in scene.fake.state.confirmations if _ == scene.list_id] == ["ada@example.com"]


def test_who_confirms_while_the_unsubscribe_is_on_its_way_is_asked_again(scene: Pushing) -> None:
    ada = scene.reader("ada")
    scene.turn()
    scene.leave(ada)
    scene.fake.advance(seconds=5)
    scene.turn()
    just_after = scene.now + timedelta(milliseconds=1)  # Mailchimp's own instant of it is later
    Subscription.objects.filter(pk=ada.pk).update(state="confirmed", confirmed_at=just_after, ended_at=None)
    scene.turn()
    assert scene.there() == {"ada": "pending"}


def test_who_left_there_after_confirming_here_is_not_asked(scene: Pushing) -> None:
    ada = scene.reader("ada")
    scene.turn()
    scene.pass_(days=1)
    scene.fake.unsubscribe(scene.list_id, "ada@example.com")
    MailchimpMember.objects.filter(subscriber=ada.subscriber_id).update(
        status="unsubscribed", changed_there_at=scene.now
    )
    scene.forget_calls()
    scene.turns(2)
    assert scene.asked() == []


def test_a_mailbox_that_does_not_exist_is_never_asked_again(scene: Pushing) -> None:
    ada = scene.reader("ada")
    scene.turn()
    scene.fake.clean(scene.list_id, "ada@example.com")
    MailchimpMember.objects.filter(subscriber=ada.subscriber_id).update(status="cleaned", changed_there_at=scene.now)
    Subscription.objects.filter(pk=ada.pk).update(confirmed_at=scene.now + timedelta(hours=1))
    scene.forget_calls()
    scene.turns(2)
    assert scene.asked() == []


def test_somebody_who_came_back_by_themselves_is_not_asked(scene: Pushing) -> None:
    ada = scene.reader("ada")
    scene.turn()
    MailchimpMember.objects.filter(subscriber=ada.subscriber_id).update(
        status="unsubscribed", changed_there_at=scene.now - timedelta(days=9)
    )
    scene.turn()
    assert scene.member(ada).status == "subscribed"
    assert scene.asked("PATCH", scene.list_id) == []


def test_who_lacks_a_field_that_the_audience_requires_by_now_leaves_there_all_the_same(scene: Pushing) -> None:
    ada = scene.reader("ada")
    scene.turn()
    scene.fake.add_merge_field(scene.list_id, "CITY", required=True)
    scene.leave(ada)
    scene.turn()
    assert scene.there() == {"ada": "unsubscribed"}


def test_who_was_erased_here_is_deleted_for_good_there(scene: Pushing) -> None:
    ada, _ben = scene.readers("ada", "ben")
    scene.turn()
    erase(ada.subscriber, now=scene.now)
    scene.turn()
    assert scene.there() == {"ben": "subscribed"}
    assert not MailchimpMember.objects.filter(audience=scene.audience, erasing=True).exists()


def test_a_reader_who_vanished_without_a_mark_is_deleted_there_too(scene: Pushing) -> None:
    """Comparing rows finds whom a way to forget readers did not mark."""
    ada, _ben = scene.readers("ada", "ben")
    scene.turn()
    MailchimpMember.objects.filter(subscriber=ada.subscriber_id).update(subscriber=None)
    ada.subscriber.delete()
    scene.turn()
    assert scene.there() == {"ben": "subscribed"}


def test_strangers_over_there_are_left_alone(scene: Pushing) -> None:
    name = scene.fake.add_member(scene.list_id, "eve@example.com")
    MailchimpMember.objects.create(audience=scene.audience, member_hash=name, status="subscribed")
    scene.turn()
    assert scene.there() == {"eve": "subscribed"}


def test_a_stranger_who_subscribes_here_is_known_from_then_on(scene: Pushing) -> None:
    name = scene.fake.add_member(scene.list_id, "eve@example.com")
    MailchimpMember.objects.create(audience=scene.audience, member_hash=name, status="subscribed")
    eve = scene.reader("eve")
    scene.turns(2)
    assert scene.member(eve).sent_digest
    scene.leave(eve)
    scene.turn()
    assert scene.there() == {"eve": "unsubscribed"}


def test_erasing_goes_on_after_the_newsletter_was_switched_away(scene: Pushing) -> None:
    ada, ben = scene.readers("ada", "ben")
    scene.turn()
    MailchimpAudience.objects.filter(pk=scene.audience.pk).update(switched_on_at=None)
    erase(ada.subscriber, now=scene.now)
    scene.leave(ben)
    assert scene.turn() is None
    assert scene.there() == {"ben": "subscribed"}


def _move(subscription: Subscription, new: str, *, scene: Pushing) -> None:
    type(subscription.subscriber).objects.filter(pk=subscription.subscriber_id).update(email=f"{new}@example.com")


def test_a_reader_who_moves_to_another_address_is_there_with_the_new_one_alone(scene: Pushing) -> None:
    ada = scene.reader("ada")
    scene.turn()
    _move(ada, "lovelace", scene=scene)
    scene.turns(2)
    assert scene.there() == {"lovelace": "subscribed"}
    assert scene.member(ada).status == "subscribed"


def test_who_left_there_by_the_old_address_has_left_with_the_new_one(scene: Pushing) -> None:
    ada = scene.reader("ada")
    scene.turn()
    scene.fake.unsubscribe(scene.list_id, "ada@example.com")
    _move(ada, "lovelace", scene=scene)
    scene.turns(3)
    ada.refresh_from_db()
    assert ada.state == "ended"
    assert "lovelace" not in scene.there()


def test_who_left_there_confirmed_anew_and_then_moved_is_brought_over_with_the_new_address(scene: Pushing) -> None:
    ada = scene.reader("ada")
    scene.turn()
    scene.leave(ada)
    scene.turn()
    scene.pass_(days=1)
    Subscription.objects.filter(pk=ada.pk).update(state="confirmed", confirmed_at=scene.now, ended_at=None)
    _move(ada, "lovelace", scene=scene)
    scene.turns(3)
    ada.refresh_from_db()
    assert ada.state == "confirmed"
    assert scene.there() == {"lovelace": "subscribed"}


def test_suppressed_addresses_are_never_sent(scene: Pushing) -> None:
    ada, ben = scene.readers("ada", "ben")
    suppress("ada@example.com", reason=SuppressionReason.OPERATOR, now=scene.now)
    Subscription.objects.filter(pk=ada.pk).update(state="confirmed")
    scene.turns(2)
    assert scene.there() == {"ben": "subscribed"}
    assert scene.member(ada).problem == "other"
    assert scene.member(ben).problem == ""
    assert scene.is_in_step
    type(ada.subscriber).objects.filter(pk=ada.subscriber_id).update(language="de")
    scene.turn()
    assert scene.there() == {"ben": "subscribed"}, "nor when they change"


def test_nobody_is_sent_before_it_is_known_who_is_there(fake: FakeMailchimp) -> None:
    scene = make_pushing(fake, polled_until=None)
    scene.reader("ada")
    scene.turn()
    assert scene.there() == {}
    assert "looked at first" in scene.task.said
