"""A key that opens another account at Mailchimp than the one in use: nothing of the one is done in the other."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from newsletter.audience.erase import erase
from newsletter.audience.mailchimp.account import account
from newsletter.audience.mailchimp.connecting import connect_account
from newsletter.audience.mailchimp.listing import known_audiences
from newsletter.delivery import store
from newsletter.models import MailchimpMember, Subscriber
from tests.fakes.mailchimp import FakeMailchimp
from tests.fakes.mailchimp.faults import broken
from tests.integration.campaign_there import AT, READERS, There

if TYPE_CHECKING:
    from newsletter.models import MailchimpAccount
    from tests.fakes.mailchimp.problems import Json

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

OTHER_KEY = "f" * 32 + "-us21"


@pytest.fixture
def fake(there: There) -> FakeMailchimp:
    return there.fake


def kept() -> MailchimpAccount:
    found = account()
    assert found is not None
    return found


class Accounts:
    """Two of them behind one address, as behind a data centre: a key decides which one answers."""

    def __init__(self, fake: FakeMailchimp) -> None:
        self._fake = fake
        self._first = fake.state.account, fake.state.lists, fake.state.campaigns
        self._second: tuple[Json, dict[str, Json], dict[str, Json]] = (
            {"account_id": "another", "account_name": "Another practice"},
            {},
            {},
        )

    def open(self, key: str, there: There, *, may_be_another: bool = False) -> None:
        is_first = key == self._fake.key
        state = self._fake.state
        state.account, state.lists, state.campaigns = self._first if is_first else self._second
        state.keys = [key]
        connect_account(key, by=None, now=there.now, may_be_another=may_be_another)


@pytest.fixture
def accounts(fake: FakeMailchimp, there: There) -> Accounts:
    """The first one is in use, and known."""
    accounts = Accounts(fake)
    accounts.open(fake.key, there)
    there.run(minutes=1)
    assert (kept().account_id, kept().problem) == (fake.state.account["account_id"], "")
    return accounts


def test_an_erasure_waits_for_the_account_that_the_contact_is_in(
    there: There, accounts: Accounts, fake: FakeMailchimp
) -> None:
    accounts.open(OTHER_KEY, there)
    erase(Subscriber.objects.get(email=READERS[0]), now=there.now)
    before = len(fake.calls)

    there.run(minutes=20)

    assert {path for _method, path in fake.calls[before:]} == {"/"}
    assert MailchimpMember.objects.filter(erasing=True).count() == 1
    assert "opens another account at Mailchimp (“Another practice”)" in kept().problem
    assert "Switch that off first." in kept().problem

    accounts.open(fake.key, there)
    there.run(minutes=1)
    assert kept().problem == ""
    assert not MailchimpMember.objects.filter(erasing=True).exists()
    assert READERS[0] not in fake.statuses(there.audience.list_id)


def test_a_campaign_that_is_scheduled_in_the_one_is_not_called_cancelled_by_the_other(
    there: There, accounts: Accounts, fake: FakeMailchimp
) -> None:
    campaign = there.make(at=AT.replace(hour=15))
    there.run(minutes=1)
    assert there.status(campaign) == "schedule"

    accounts.open(OTHER_KEY, there)
    store.remote.want_cancel(campaign.pk, by=None, now=there.now)
    there.run(minutes=20)
    campaign.refresh_from_db()
    assert campaign.state != "cancelled"
    assert not there.called("unschedule")

    accounts.open(fake.key, there)
    there.run(minutes=1)
    campaign.refresh_from_db()
    assert campaign.state == "cancelled"
    there.set_clock(campaign.scheduled_at - timedelta(minutes=1))
    there.run(minutes=10)
    there.check_nobody_mailed()


def test_another_account_takes_the_place_of_one_that_nothing_is_needed_of(
    there: There, accounts: Accounts, fake: FakeMailchimp
) -> None:
    type(there.audience).objects.update(switched_on_at=None)
    accounts.open(OTHER_KEY, there)
    fake.add_list(name="Letters of another practice")

    there.run(minutes=1)

    assert (kept().account_id, kept().name, kept().problem) == ("another", "Another practice", "")
    assert [entry.name for entry in known_audiences()] == ["Letters of another practice"]


def test_who_says_so_takes_another_account_instead_of_one_that_is_lost(there: There, accounts: Accounts) -> None:
    accounts.open(OTHER_KEY, there, may_be_another=True)

    there.run(minutes=1)

    assert (kept().account_id, kept().problem) == ("another", "")


def test_a_key_of_the_environment_is_asked_too(there: There, accounts: Accounts, fake: FakeMailchimp) -> None:
    entry = there.settings.NEWSLETTER_BACKENDS["mailchimp"]
    options = {**entry["OPTIONS"], "api_key": OTHER_KEY}
    there.settings.NEWSLETTER_BACKENDS = {
        **there.settings.NEWSLETTER_BACKENDS,
        "mailchimp": {**entry, "OPTIONS": options},
    }
    fake.state.keys = [OTHER_KEY]
    fake.state.account = {"account_id": "another", "account_name": "Another practice"}
    campaign = there.make(at=AT.replace(hour=15))
    before = len(fake.calls)

    there.run(minutes=20)

    assert {path for _method, path in fake.calls[before:]} == {"/"}
    assert "opens another account" in kept().problem
    campaign.refresh_from_db()
    assert (campaign.state, "opens another account" in campaign.reason) == ("waiting", True)


def test_a_key_is_asked_once_which_account_it_opens(there: There, accounts: Accounts, fake: FakeMailchimp) -> None:
    asked = fake.calls.count(("GET", "/"))

    there.make()
    there.run(until=AT)

    assert fake.calls.count(("GET", "/")) == asked
    assert fake.key not in kept().key_digest


def test_who_does_not_answer_which_account_it_is_lets_a_campaign_wait(
    there: There, accounts: Accounts, fake: FakeMailchimp
) -> None:
    campaign = there.make(at=AT.replace(hour=15))
    connect_account(fake.key, by=None, now=there.now)
    there.fail("GET", "/", broken(503, done=False), times=100)
    there.set_deadline(0.05)

    there.run(minutes=1)

    campaign.refresh_from_db()
    assert (campaign.state, bool(campaign.reason)) == ("waiting", True)
    there.come_up()
    there.run(minutes=30)
    campaign.refresh_from_db()
    assert campaign.state == "scheduled"
