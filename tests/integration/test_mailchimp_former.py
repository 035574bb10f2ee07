"""An audience that the newsletter had before another one was chosen: who is erased here is deleted there, too."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from newsletter.audience.erase import erase
from newsletter.audience.mailchimp import former
from newsletter.audience.mailchimp.choosing import choose_audience
from newsletter.audience.mailchimp.connecting import connect_account, why_not_disconnect
from newsletter.audience.mailchimp.listing import ask_for_audience
from newsletter.backends.mailchimp.ids import member_hash
from newsletter.issues.switching_over import switch_off
from newsletter.models import MailchimpAccount, MailchimpAudience, RemoteTask, Subscriber
from tests.factories import make_newsletter, make_subscription
from tests.fakes.mailchimp import FakeMailchimp
from tests.fakes.mailchimp.faults import broken, refused
from tests.integration.campaign_there import READERS, There, set_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import Settings

    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db

ADA = READERS[0]
ERASE = "/lists/*/members/*/actions/delete-permanent"


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeMailchimp]:
    with FakeMailchimp().running() as running:
        yield running


@pytest.fixture
def there(newsletter: Newsletter, fake: FakeMailchimp, settings: Settings) -> There:
    return set_up(newsletter, fake, settings)


@pytest.fixture(autouse=True)
def first(there: There, newsletter: Newsletter, fake: FakeMailchimp) -> str:
    """The audience that it had; it has another one now."""
    other = fake.add_list(name="Other letters")
    connect_account(fake.key, by=None, now=there.now)
    there.run(minutes=1)
    switch_off(newsletter, by=None, now=there.now)
    choose_audience(newsletter, other, by=None, now=there.now)
    there.run(minutes=1)
    return there.audience.list_id


def erase_ada(there: There) -> None:
    erase(Subscriber.objects.get(email=ADA), now=there.now)


def in_the_former(there: There) -> set[str]:
    """As it was set up."""
    return set(there.fake.statuses(there.audience.list_id))


def test_who_is_erased_here_is_deleted_there_within_a_minute(there: There) -> None:
    erase_ada(there)
    assert former.waiting().count() == 1
    assert "@" not in str(list(RemoteTask.objects.values()))

    there.run(minutes=1)

    assert in_the_former(there) == {*READERS} - {ADA}
    assert not former.waiting().exists()
    assert member_hash(ADA) not in str(list(RemoteTask.objects.values())), "the mark goes when Mailchimp has confirmed"


def test_it_is_known_after_everything_was_fetched_again(there: There, first: str, fake: FakeMailchimp) -> None:
    connect_account(fake.key, by=None, now=there.now)
    ask_for_audience(first, now=there.now)
    there.run(minutes=1)
    erase_ada(there)
    there.run(minutes=1)
    assert ADA not in in_the_former(there)


def test_a_reader_of_another_newsletter_is_not_asked_for(there: There) -> None:
    eve = make_subscription(make_newsletter(name="Letters", slug="letters"), "eve@example.com")
    erase(eve.subscriber, now=there.now)
    assert not former.waiting().exists()


def test_one_that_was_never_in_use_is_not_asked_for(there: There, first: str, newsletter: Newsletter) -> None:
    second = MailchimpAudience.objects.get().list_id
    choose_audience(newsletter, first, by=None, now=there.now)
    erase_ada(there)
    assert {task.about["list"] for task in former.waiting()} == {first}
    assert second != first


def test_the_account_is_needed_until_it_is_done(there: There) -> None:
    assert why_not_disconnect() == []
    erase_ada(there)
    there.fail("POST", ERASE, broken(503, done=False), times=99)
    there.set_deadline(0.3)
    there.run(minutes=1)
    (reason,) = why_not_disconnect()
    assert "still to be deleted there" in reason
    there.come_up()
    there.run(minutes=10)
    assert ADA not in in_the_former(there)
    assert why_not_disconnect() == []


def test_a_refusal_is_said_without_an_address_and_tried_again_within_the_hour(there: There) -> None:
    erase_ada(there)
    document = f'{{"title": "Forbidden", "status": 400, "detail": "{ADA} can not be deleted."}}'
    there.fail("POST", ERASE, refused(400, document), times=99)
    there.run(minutes=1)
    (task,) = former.waiting()
    assert "can’t be deleted" in task.said
    assert "@" not in task.said
    there.fake.heal()
    there.run(until=there.now + timedelta(hours=1))
    assert ADA not in in_the_former(there)


def test_it_goes_with_the_account(there: There) -> None:
    """Which the page for disconnecting says."""
    MailchimpAccount.objects.all().delete()
    erase_ada(there)
    assert not former.waiting().exists()
