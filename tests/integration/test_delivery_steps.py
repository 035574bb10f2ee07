"""Steps of the machine as UPDATEs: rows stand where stepping them one by one would have put them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.delivery.store.steps import move_deliveries
from newsletter.engine.machine import DELIVERY_STEPS, DeliveryEvent, DeliveryState
from newsletter.models import Campaign, Delivery, Newsletter
from tests.factories import make_subscriptions
from tests.factories_delivery import make_sending_campaign


@pytest.fixture
def campaign(newsletter: Newsletter) -> Campaign:
    make_subscriptions(newsletter, len(DeliveryState))
    return make_sending_campaign(newsletter)


def stepped(state: DeliveryState, events: tuple[DeliveryEvent, ...]) -> DeliveryState:
    """Where all of these lead; where one of them can't happen none of them does."""
    after: DeliveryState | None = state
    for event in events:
        after = None if after is None else DELIVERY_STEPS.get((after, event))
    return state if after is None else after


def test_an_update_of_several_steps_equals_one_step_after_the_other(campaign: Campaign) -> None:
    rows = Delivery.objects.filter(campaign=campaign).order_by("pk")
    keys = list(rows.values_list("pk", flat=True))

    @settings(max_examples=60)
    @given(moves=st.lists(st.lists(st.sampled_from(DeliveryEvent), min_size=1, max_size=3), min_size=1, max_size=5))
    def holds(moves: list[list[DeliveryEvent]]) -> None:
        expected = list(DeliveryState)
        for key, state in zip(keys, expected, strict=True):
            Delivery.objects.filter(pk=key).update(state=state)
        for events in map(tuple, moves):
            after = [stepped(state, events) for state in expected]
            could = [
                all((stepped(state, events[:at]), event) in DELIVERY_STEPS for at, event in enumerate(events))
                for state in expected
            ]
            assert move_deliveries(rows, *events) == sum(could)
            expected = after
            assert list(rows.values_list("state", flat=True)) == expected

    holds()
