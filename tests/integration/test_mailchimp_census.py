"""Counting contacts there once a day: who was deleted over there is noticed, and nobody else is touched."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from newsletter.audience.mailchimp import census, poll
from newsletter.audience.mailchimp.differences import rows
from newsletter.audience.mailchimp.tasks import ask_for
from newsletter.backends.mailchimp import members as calls
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.errors import DownError
from newsletter.backends.mailchimp.ids import member_hash
from newsletter.models import MailchimpAudience, MailchimpMember, Newsletter, RemoteTask, RemoteTaskKind
from tests.fakes.mailchimp import FakeMailchimp, faults
from tests.fakes.mailchimp.audiences import forget
from tests.integration.mailchimp_audience import DAY, LIST, NOW, make_audience, make_member, make_reader, state_of

pytestmark = pytest.mark.django_db

NAMES = ("ada", "ben", "cyd", "dot", "eve")
TOMORROW = NOW + DAY


@pytest.fixture
def fake(running_mailchimp: FakeMailchimp) -> FakeMailchimp:
    running_mailchimp.start_afresh()
    running_mailchimp.stop_clock(NOW - 2 * DAY)
    running_mailchimp.add_list(list_id=LIST)
    for name in NAMES:
        running_mailchimp.add_member(LIST, address(name))
    return running_mailchimp


@pytest.fixture
def audience(newsletter: Newsletter, fake: FakeMailchimp) -> MailchimpAudience:
    """Everybody is here and there, and was counted just now."""
    audience = make_audience(newsletter)
    for name in NAMES:
        make_reader(newsletter, address(name))
        make_member(audience, address(name))
    return audience


def address(name: str) -> str:
    return f"{name}@example.com"


def delete_there(fake: FakeMailchimp, name: str) -> None:
    """By hand, over there: it is in no list of what changed."""
    with fake.settled() as state:
        forget(state, LIST, member_hash(address(name)))


def task(audience: MailchimpAudience, now: datetime) -> RemoteTask:
    return ask_for(RemoteTaskKind.POLL, name=f"poll:{audience.pk}", about={"audience": audience.pk}, now=now)


def look(audience: MailchimpAudience, fake: FakeMailchimp, now: datetime) -> int:
    """Turns until nothing more is to be read at once; how many."""
    api = Mailchimp(api_key=fake.key, api_url=fake.url, deadline=5)
    for turn in range(1, 20):
        if poll.poll(task(audience, now), api, now) != now:
            return turn
    raise AssertionError("it does not come to its end")


def statuses(audience: MailchimpAudience) -> dict[str, str]:
    known = {member_hash(address(name)): name for name in NAMES}
    return {known[row.member_hash]: row.status for row in audience.members.all()}


def test_who_was_deleted_there_is_noticed_within_a_day_and_ends_nothing(
    audience: MailchimpAudience, fake: FakeMailchimp
) -> None:
    delete_there(fake, "cyd")
    look(audience, fake, NOW + timedelta(hours=1))
    assert statuses(audience) == dict.fromkeys(NAMES, "subscribed"), "nothing says so yet"

    look(audience, fake, TOMORROW)

    assert statuses(audience) == {**dict.fromkeys(NAMES, "subscribed"), "cyd": "archived"}
    assert state_of(address("cyd")) == ("confirmed", "")
    (differs,) = rows(audience, now=TOMORROW)
    assert differs.address == address("cyd")
    assert "deleted" in str(differs.why)
    assert MailchimpAudience.objects.get().counted_at == TOMORROW


def test_it_counts_once_a_day(audience: MailchimpAudience, fake: FakeMailchimp) -> None:
    look(audience, fake, TOMORROW)
    before = len(fake.calls)
    look(audience, fake, TOMORROW + timedelta(hours=23))
    assert len(fake.calls) == before + 1, "only what changed"


def test_page_by_page_it_goes_on_where_it_was_also_after_a_failure(
    audience: MailchimpAudience, fake: FakeMailchimp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "PAGE", 2)
    delete_there(fake, "ada")
    api = Mailchimp(api_key=fake.key, api_url=fake.url, deadline=5)
    assert poll.poll(task(audience, TOMORROW), api, TOMORROW) == TOMORROW
    fake.fail("GET", f"/lists/{LIST}/members", faults.broken(500, done=False), times=9, after=1)
    with pytest.raises(DownError):
        poll.poll(task(audience, TOMORROW), api, TOMORROW)
    fake.heal()
    later = TOMORROW + timedelta(minutes=5)
    assert look(audience, fake, later) > 1
    assert statuses(audience)["ada"] == "archived"
    assert sorted(set(statuses(audience).values())) == ["archived", "subscribed"]
    assert census._KEY not in task(audience, later).about


def test_whom_a_page_passed_over_is_asked_for_and_stays(
    audience: MailchimpAudience, fake: FakeMailchimp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A contact that changes while it is listed leaves its place; and one that left there is heard of by this, too."""
    real = Mailchimp.members

    def without_ben(self: Mailchimp, *given: object, **named: object) -> object:
        page = real(self, *given, **named)  # type: ignore[arg-type]
        return type(page)(
            items=tuple(one for one in page.items if one.email != address("ben")), total=page.total, seen=page.seen
        )

    monkeypatch.setattr(Mailchimp, "members", without_ben)
    look(audience, fake, TOMORROW)
    assert statuses(audience)["ben"] == "subscribed"
    fake.unsubscribe(LIST, address("ben"))
    look(audience, fake, TOMORROW + 2 * DAY)
    assert state_of(address("ben")) == ("ended", "unsubscribed")


def test_a_stranger_who_was_deleted_leaves_no_row_and_who_is_on_the_way_is_left_alone(
    audience: MailchimpAudience, fake: FakeMailchimp
) -> None:
    audience.members.filter(member_hash=member_hash(address("dot"))).update(subscriber=None)
    audience.members.filter(member_hash=member_hash(address("eve"))).update(pushed_at=TOMORROW)
    for name in ("dot", "eve"):
        delete_there(fake, name)
    look(audience, fake, TOMORROW)
    assert not MailchimpMember.objects.filter(member_hash=member_hash(address("dot"))).exists()
    assert statuses(audience)["eve"] == "subscribed"
