"""How many connections a relay gets, and which relay gets the next one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from newsletter.engine import flow, relays
from newsletter.engine.flow import Flow
from newsletter.engine.relays import Standing


def grown(state: Flow, seconds: int, rate_of: float, *, start: int = 0) -> Flow:
    """After seconds at work with a relay that takes `rate_of` messages a second on each connection."""
    for second in range(start, start + seconds):
        state = flow.measured(state, rate=rate_of * state.limit, is_busy=True, now=float(second))
    return state


def test_it_starts_with_ten_and_never_has_more_than_it_may() -> None:
    assert flow.begin(most=50, now=0).limit == 10
    assert flow.begin(most=3, now=0).limit == 3


def test_it_grows_while_more_connections_are_faster() -> None:
    assert grown(flow.begin(most=50, now=0), 5, 100.0).limit == 50


def test_it_goes_back_where_more_connections_gain_nothing_and_stays_there_for_a_while() -> None:
    state = flow.begin(most=50, now=0)
    for second in range(40):
        state = flow.measured(state, rate=1000.0, is_busy=True, now=float(second))
    assert state.limit == 10


def test_a_rate_that_is_not_the_relays_says_nothing() -> None:
    state = flow.begin(most=50, now=0)
    assert flow.measured(state, rate=5.0, is_busy=False, now=100.0) == state


def test_a_complaint_halves_it_once_and_then_it_grows_one_by_one() -> None:
    state = flow.complained(flow.begin(most=50, now=0), now=1)
    state = flow.complained(state, now=1.5)
    assert state.limit == 5
    assert grown(state, 25, 100.0, start=2).limit == 5
    later = grown(state, 10, 100.0, start=33)
    assert 6 <= later.limit <= 15


def test_it_never_falls_below_one() -> None:
    state = flow.begin(most=50, now=0)
    for minute in range(20):
        state = flow.complained(state, now=60.0 * minute)
    assert state.limit == 1


@given(
    most=st.integers(1, 100),
    steps=st.lists(st.tuples(st.floats(0, 100), st.booleans(), st.booleans(), st.floats(0, 1e6)), max_size=60),
)
def test_whatever_happens_the_limit_is_between_one_and_the_most(
    most: int, steps: list[tuple[float, bool, bool, float]]
) -> None:
    state, now = flow.begin(most=most, now=0), 0.0
    for seconds, complains, is_busy, rate in steps:
        now += seconds
        before = state.limit
        state = flow.complained(state, now=now) if complains else state
        assert state.limit <= before
        state = flow.measured(state, rate=rate, is_busy=is_busy, now=now)
        assert 1 <= state.limit <= most


def test_connections_are_shared_by_weight() -> None:
    assert relays.shares([3, 1, 0], 12) == [12, 4, 12]
    assert relays.shares([1000, 1], 10) == [10, 1]
    assert relays.shares([0], 7) == [7]


def test_the_next_connection_goes_where_the_share_is_smallest() -> None:
    opened = [0, 0]
    for _ in range(8):
        number = relays.choose(
            [Standing(weight=3, open=opened[0], limit=20), Standing(weight=1, open=opened[1], limit=20)], now=0
        )
        assert number is not None
        opened[number] += 1
    assert opened == [6, 2]


def test_a_stand_by_is_used_only_while_the_others_are_down() -> None:
    spare = Standing(weight=0, open=0, limit=5)
    assert relays.choose([spare, Standing(weight=1, open=4, limit=5)], now=0) == 1
    assert relays.choose([spare, Standing(weight=1, open=5, limit=5)], now=0) is None
    assert relays.choose([spare, Standing(weight=1, open=0, limit=5, down_until=30)], now=10) == 0
    assert relays.choose([spare, Standing(weight=1, open=0, limit=5, down_until=30)], now=30) == 1


@given(
    st.lists(
        st.builds(
            Standing,
            weight=st.integers(0, 5),
            open=st.integers(0, 5),
            limit=st.integers(1, 5),
            down_until=st.none() | st.floats(0, 100),
        ),
        max_size=5,
    ),
    st.floats(0, 100),
)
def test_a_relay_that_is_down_or_full_is_never_chosen(standings: list[Standing], now: float) -> None:
    number = relays.choose(standings, now=now)
    if number is not None:
        chosen = standings[number]
        assert chosen.open < chosen.limit
        assert not relays.is_down(chosen, now=now)
