"""Which clicks look like people's."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from newsletter.engine.clicks import AGAIN, HOUR, MEMORY, TOO_EARLY, Hit, Visit, judge

BEGAN = 1_700_000_000.0 // HOUR * HOUR
READING = BEGAN + 60


@dataclass
class Visitor:
    """One visitor of a campaign of so many links, hit after hit."""

    links: int = 10
    began_at: float | None = BEGAN
    visit: Visit | None = None
    raw: Counter[tuple[int, int]] = field(default_factory=Counter)
    filtered: Counter[tuple[int, int]] = field(default_factory=Counter)

    def hits(self, *hits: Hit) -> Visitor:
        found = judge(self.visit, hits, links=self.links, began_at=self.began_at)
        self.visit = found.visit
        self.raw.update(found.raw)
        self.filtered.update(found.filtered)
        return self

    @property
    def counts(self) -> tuple[int, int]:
        return sum(self.raw.values()), sum(self.filtered.values())


def follows(link: int, at: float = READING, **more: bool) -> Hit:
    return Hit(link=link, at=at, **more)


def test_a_reader_who_follows_a_link_is_counted_in_its_hour() -> None:
    reader = Visitor().hits(follows(3, READING), follows(4, READING + HOUR))
    first = int(BEGAN // HOUR)
    assert reader.raw == {(3, first): 1, (4, first + 1): 1}
    assert reader.filtered == reader.raw


def test_what_names_itself_a_program_or_only_looks_ahead_is_counted_raw_only() -> None:
    assert Visitor().hits(follows(1, is_declared=True)).counts == (1, 0)


def test_a_look_ahead_does_not_make_a_reader_a_program() -> None:
    ahead = [follows(number, READING, is_declared=True) for number in range(1, 9)]
    assert Visitor().hits(*ahead, follows(1, READING + 30)).counts == (9, 1)


def test_what_comes_within_ten_seconds_after_sending_began_is_left_out() -> None:
    assert Visitor().hits(follows(1, BEGAN + TOO_EARLY - 0.1)).counts == (1, 0)
    assert Visitor().hits(follows(1, BEGAN + TOO_EARLY)).counts == (1, 1)


def test_nobody_reads_what_has_not_gone_out() -> None:
    assert Visitor(began_at=None).hits(follows(1)).counts == (1, 0)


def test_a_double_click_counts_once_and_coming_back_later_counts_again() -> None:
    assert Visitor().hits(follows(1), follows(1, READING + 1)).counts == (2, 1)
    assert Visitor().hits(follows(1), follows(1, READING + AGAIN)).counts == (2, 2)


def test_who_follows_the_hidden_link_is_a_program_before_and_after() -> None:
    program = Visitor().hits(follows(1))
    assert program.counts == (1, 1)
    program.hits(follows(11, READING + 20, is_trap=True))
    assert program.counts == (2, 0)
    program.hits(follows(2, READING + 40), follows(3, READING + 60))
    assert program.counts == (4, 0)


def test_several_links_within_seconds_are_no_persons_work() -> None:
    assert Visitor().hits(follows(1), follows(2, READING + 2)).counts == (2, 2)
    assert Visitor().hits(follows(1), follows(2, READING + 2), follows(3, READING + 4)).counts == (3, 0)
    assert Visitor().hits(follows(1), follows(2, READING + 4), follows(3, READING + 8)).counts == (3, 3)


def test_a_burst_is_seen_when_its_hits_are_judged_one_by_one_too() -> None:
    program = Visitor()
    for number in (1, 2, 3):
        program.hits(follows(number, READING + number))
    assert program.counts == (3, 0)


def test_nearly_every_link_however_slowly_is_no_persons_work() -> None:
    slow = [follows(number, READING + 20 * number) for number in range(1, 8)]
    assert Visitor(links=10).hits(*slow).counts == (7, 7)
    assert Visitor(links=10).hits(*slow, follows(8, READING + 200)).counts == (8, 0)


def test_in_a_short_issue_people_follow_all_links() -> None:
    assert Visitor(links=3).hits(*(follows(number, READING + 20 * number) for number in (1, 2, 3))).counts == (3, 3)


def test_a_visitor_is_forgotten_after_some_minutes() -> None:
    program = Visitor().hits(follows(11, is_trap=True), follows(1, READING + MEMORY + 1))
    assert program.counts == (2, 1)
    assert program.visit == Visit(
        since=READING + MEMORY + 1,
        seen={1: READING + MEMORY + 1},
        counted={(1, int((READING + MEMORY + 1) // HOUR)): 1},
    )


hits = st.builds(
    Hit,
    link=st.integers(1, 8),
    at=st.floats(BEGAN - 100, BEGAN + 3 * HOUR),
    is_trap=st.booleans(),
    is_declared=st.booleans(),
)


@given(st.lists(st.lists(hits, min_size=1, max_size=6), max_size=8), st.integers(0, 8))
def test_no_count_of_readers_is_ever_below_nothing_or_above_all(batches: list[list[Hit]], links: int) -> None:
    visitor = Visitor(links=links)
    for batch in batches:
        visitor.hits(*batch)
        assert all(0 <= count <= visitor.raw[place] for place, count in visitor.filtered.items())
    assert sum(visitor.raw.values()) == sum(map(len, batches))
