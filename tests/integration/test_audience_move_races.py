"""Both ends of a change of address at once, on a database where two writers meet row by row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache

from core.limits import Limit
from newsletter.audience.change_address import agree, ask_to_move
from newsletter.audience.mailbox import send_link
from newsletter.audience.subscribe import subscribe
from newsletter.engine.tokens import AddressClaim, End, address_token
from newsletter.models import AddressChange, ConsentEvent, OutgoingMail, Subscriber
from newsletter.models.keys import key_ring
from tests.factories import make_subscription
from tests.integration.test_audience_races import at_once

if TYPE_CHECKING:
    from collections.abc import Callable

    from newsletter.models import Newsletter

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
BASE_URL = "https://rounds.example"


def asked(newsletter: Newsletter) -> list[str]:
    """Somebody asks to move; the tokens of both ends."""
    cache.clear()
    subscription = make_subscription(newsletter, "ada@example.com")
    ask_to_move(subscription.subscriber, "ada@new.example", base_url=BASE_URL, now=NOW)
    change = AddressChange.objects.get()
    soon = NOW + timedelta(hours=1)
    return [address_token(AddressClaim(change_id=change.pk, end=end), expires_at=soon, ring=key_ring()) for end in End]


def test_both_mailboxes_say_yes_at_once_and_the_reader_moves_once(newsletter: Newsletter) -> None:
    tokens = asked(newsletter) * 2

    at_once(lambda: agree(tokens.pop(), ip="", now=NOW))

    assert Subscriber.objects.get().email == "ada@new.example"
    assert ConsentEvent.objects.filter(kind="moved").count() == 1


def test_a_sign_up_at_the_new_address_meets_the_move_and_nobody_is_lost(newsletter: Newsletter) -> None:
    old, new = asked(newsletter)
    agree(old, ip="", now=NOW)

    acts: list[Callable[[], object]] = [
        lambda: agree(new, ip="", now=NOW),
        lambda: subscribe(newsletter, email="ada@new.example", source="/", ip="", now=NOW, base_url=BASE_URL),
    ]

    def one() -> None:
        acts.pop()()

    at_once(one, times=2)

    emails = set(Subscriber.objects.values_list("email", flat=True))
    assert emails in ({"ada@new.example"}, {"ada@example.com", "ada@new.example"})
    assert Subscriber.objects.filter(subscriptions__state="confirmed").count() == 1


def test_asked_for_at_once_one_link_is_mailed(newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Limit, "spend", lambda *_, **__: True)
    subscription = make_subscription(newsletter, "ada@example.com")

    at_once(lambda: send_link(subscription, base_url=BASE_URL, now=NOW))

    assert OutgoingMail.objects.count() == 1
