"""A newsletter that goes to a tag of an audience: its readers get that tag, or no campaign reaches them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from newsletter.audience.mailchimp.differences import rows
from newsletter.audience.mailchimp.listing import ask_for_audience, fetch_audience
from newsletter.backends.mailchimp.ids import member_hash
from newsletter.models import MailchimpAccount, MailchimpAudience, RemoteTask
from tests.fakes.mailchimp import FakeMailchimp
from tests.fakes.mailchimp.audiences import set_tags
from tests.fakes.mailchimp.faults import refused, throttled
from tests.integration.mailchimp_pushing import Pushing, make_pushing, running_fake

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeMailchimp]:
    yield from running_fake()


@pytest.fixture
def scene(fake: FakeMailchimp) -> Pushing:
    return make_pushing(fake)


def _on_a_tag(scene: Pushing, *, kind: str) -> int:
    tag = scene.fake.add_segment(scene.list_id, "Colleagues", kind="static" if kind == "tag" else "saved")
    known = {"id": tag, "name": "Colleagues", "kind": kind, "members": 0}
    MailchimpAccount.objects.create(audiences=[{"id": scene.list_id, "name": "Readers", "segments": [known]}])
    MailchimpAudience.objects.filter(pk=scene.audience.pk).update(segment_id=tag, segment_name="Colleagues")
    return tag


def test_readers_of_a_newsletter_that_goes_to_a_tag_get_that_tag(scene: Pushing) -> None:
    tag = _on_a_tag(scene, kind="tag")
    scene.reader("ada")
    scene.turns(2)
    member = scene.fake.member(scene.list_id, "ada@example.com")
    assert member is not None
    assert [each["id"] for each in member["tags"]] == [tag]
    assert scene.is_in_step
    scene.forget_calls()
    scene.turn()
    assert scene.asked() == []


def test_a_tag_is_given_to_many_at_once_and_singly_to_those_passed_over(scene: Pushing) -> None:
    tag = _on_a_tag(scene, kind="tag")
    for name in ("ada", "ben", "cyd"):
        scene.reader(name)
    scene.fake.fail("POST", "/lists/*/segments/*", throttled("5"), times=9)
    scene.failing_turn()
    scene.fake.heal()
    with scene.fake.settled() as state:
        set_tags(state, scene.list_id, member_hash("ben@example.com"), [{"name": "Colleagues", "status": "active"}])
    scene.forget_calls()
    scene.turns(2)
    for name in scene.there():
        member = scene.fake.member(scene.list_id, f"{name}@example.com")
        assert member is not None
        assert [each["id"] for each in member["tags"]] == [tag], name
    assert [path.rpartition("/")[2] for _, path in scene.asked("POST")] == [str(tag), "tags"]
    assert scene.is_in_step


def test_a_tag_that_is_gone_is_said_and_readers_are_there_all_the_same(scene: Pushing) -> None:
    _on_a_tag(scene, kind="tag")
    MailchimpAudience.objects.filter(pk=scene.audience.pk).update(segment_id=999)
    MailchimpAccount.objects.update(
        audiences=[{"id": scene.list_id, "segments": [{"id": 999, "name": "Gone", "kind": "tag", "members": 0}]}]
    )
    scene.reader("ada")
    scene.turns(2)
    assert "tag" in MailchimpAudience.objects.get(pk=scene.audience.pk).problem
    assert scene.there() == {"ada": "subscribed"}
    assert not scene.is_in_step


def test_a_segment_finds_its_contacts_by_itself(scene: Pushing) -> None:
    _on_a_tag(scene, kind="segment")
    scene.reader("ada")
    scene.turns(2)
    assert scene.asked("POST") == []
    assert scene.is_in_step


def test_who_moved_to_a_tag_later_gets_it_too(scene: Pushing) -> None:
    ada = scene.reader("ada")
    scene.turn()
    _on_a_tag(scene, kind="tag")
    scene.fake.fail("POST", "/lists/*/segments/*", throttled("5"), times=9)
    scene.failing_turn()
    assert not scene.is_in_step
    scene.fake.heal()
    scene.turns(2)
    member = scene.fake.member(scene.list_id, "ada@example.com")
    assert member is not None
    assert member["tags_count"] == 1
    scene.leave(ada)
    scene.turn()
    assert scene.there() == {"ada": "unsubscribed"}


def _tags_of(scene: Pushing, name: str) -> list[int]:
    member = scene.fake.member(scene.list_id, f"{name}@example.com")
    assert member is not None
    return [each["id"] for each in member["tags"]]


@pytest.mark.parametrize("kind", ["tag", "segment"])
def test_before_the_tags_are_fetched_nobody_is_taken_for_done(scene: Pushing, kind: str) -> None:
    """As after the account was connected anew: which segments there are is fetched later."""
    chosen = _on_a_tag(scene, kind=kind)
    MailchimpAccount.objects.update(audiences=[{"id": scene.list_id, "name": "Readers", "segments": None}])
    scene.reader("ada")
    scene.turns(2)
    assert scene.there() == {"ada": "subscribed"}
    assert not scene.is_in_step
    assert "fetched" in scene.audience.problem
    (asked,) = RemoteTask.objects.filter(kind="fetch_audience")
    fetch_audience(asked, scene.api, scene.now)
    scene.turns(2)
    assert _tags_of(scene, "ada") == ([chosen] if kind == "tag" else [])
    assert scene.is_in_step
    assert scene.audience.problem == ""


def test_a_tag_that_is_gone_stays_said_after_the_tags_were_fetched_again(scene: Pushing) -> None:
    _on_a_tag(scene, kind="tag")
    MailchimpAudience.objects.filter(pk=scene.audience.pk).update(segment_id=999)
    scene.reader("ada")
    scene.turns(2)
    assert "not there any more" in scene.audience.problem
    assert not scene.is_in_step
    scene.forget_calls()
    assert scene.turn() == scene.now + timedelta(seconds=20), "it is not asked for every other second"
    (row,) = rows(scene.audience, now=scene.now)
    assert (row.address, row.there) == ("ada@example.com", "subscribed")
    assert "tag" in row.why


def _rename_tag(scene: Pushing, name: str) -> None:
    with scene.fake.settled() as state:
        (tag,) = [segment for segment in state.list(scene.list_id)["_segments"] if segment["type"] == "static"]
        tag["name"] = name


def test_a_tag_that_was_renamed_there_is_given_by_the_name_it_has_now(scene: Pushing) -> None:
    """Mailchimp would make another tag of the earlier name, and leave it on the contact."""
    tag = _on_a_tag(scene, kind="tag")
    scene.reader("ada")
    scene.fake.fail("POST", "/lists/*/segments/*", throttled("5"), times=9)
    scene.failing_turn()
    scene.fake.heal()
    _rename_tag(scene, "Friends")
    with scene.fake.settled() as state:
        set_tags(state, scene.list_id, member_hash("ada@example.com"), [{"name": "Friends", "status": "active"}])

    scene.turns(2)

    assert _tags_of(scene, "ada") == [tag]
    assert scene.is_in_step


def test_the_name_of_a_tag_is_what_it_is_called_there(scene: Pushing) -> None:
    _on_a_tag(scene, kind="tag")
    _rename_tag(scene, "Friends")
    fetch_audience(ask_for_audience(scene.list_id, now=scene.now), scene.api, scene.now)
    scene.audience.refresh_from_db()
    assert scene.audience.segment_name == "Friends"


def test_a_tag_that_is_refused_keeps_nobody_from_leaving_within_a_minute(scene: Pushing) -> None:
    _on_a_tag(scene, kind="tag")
    ada, _ben = scene.readers("ada", "ben")
    no = refused(400, '{"title": "Invalid Resource", "status": 400, "detail": "No."}')
    scene.fake.fail("POST", "/lists/*/segments/*", no, times=99)
    scene.turn()
    again_at = scene.turn()
    assert "No." in scene.audience.problem
    assert again_at is not None
    assert again_at - scene.now < timedelta(minutes=1)
    scene.leave(ada)
    scene.turn()
    assert scene.there()["ada"] == "unsubscribed"
