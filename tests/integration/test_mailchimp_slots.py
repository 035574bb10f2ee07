"""The few connections that all processes share: never more at once, and a dead process keeps none."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from newsletter.audience.mailchimp import slots
from newsletter.audience.mailchimp.slots import LEASE, SharedSlots
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.errors import MailchimpError, ThrottledError
from newsletter.backends.mailchimp.slots import MOST_AT_ONCE
from newsletter.models import RemoteSlot
from tests.fakes.mailchimp import FakeMailchimp

CALLS = 11


@pytest.mark.django_db
def test_only_so_many_are_taken_at_once_and_each_is_given_back() -> None:
    held = [SharedSlots().taken(seconds=1) for _ in range(MOST_AT_ONCE)]
    for slot in held:
        slot.__enter__()
    with pytest.raises(ThrottledError), SharedSlots().taken(seconds=0.01):
        pass
    held[0].__exit__(None, None, None)
    with SharedSlots().taken(seconds=0.01):
        assert RemoteSlot.objects.exclude(owner="").count() == MOST_AT_ONCE


@pytest.mark.django_db
def test_a_call_that_fails_gives_its_slot_back() -> None:
    with pytest.raises(ZeroDivisionError), SharedSlots().taken(seconds=1):
        raise ZeroDivisionError
    assert not RemoteSlot.objects.exclude(owner="").exists()


@pytest.mark.django_db
def test_the_slot_of_a_dead_process_is_free_when_its_lease_is_over() -> None:
    with SharedSlots().taken(seconds=1):
        pass  # makes the rows
    RemoteSlot.objects.update(owner="dead", lease_until=timezone.now() + LEASE)
    with pytest.raises(ThrottledError), SharedSlots().taken(seconds=0.01):
        pass
    RemoteSlot.objects.filter(number=2).update(lease_until=timezone.now() - timedelta(seconds=1))
    with SharedSlots().taken(seconds=0.01):
        assert RemoteSlot.objects.exclude(owner="dead").get().number == 2


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_eleven_calls_at_once_are_all_answered_and_never_too_many_at_a_time() -> None:
    """Each from a connection of its own to the database, as from as many processes."""

    def ping(_number: int) -> MailchimpError | None:
        try:
            Mailchimp(api_key=fake.key, api_url=fake.url, slots=SharedSlots()).ping()
        except MailchimpError as error:
            return error
        finally:
            connection.close()
        return None

    with FakeMailchimp().running() as fake, ThreadPoolExecutor(CALLS) as pool:
        fake.set(latency=0.3)
        assert list(pool.map(ping, range(CALLS))) == [None] * CALLS
        assert 2 <= fake.state.seen_at_once <= MOST_AT_ONCE
        assert len(fake.calls) == CALLS, "none was throttled and asked again"


def test_fewer_than_mailchimp_takes_from_a_user() -> None:
    assert MOST_AT_ONCE < 10
    assert timedelta(seconds=50) < slots.LEASE, "longer than the longest deadline a call may be given"
