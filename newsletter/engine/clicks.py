"""Which clicks look like people's: judged by what a visitor did within some minutes.

Mail passes through programs that follow every link before a reader sees it. No rule tells them from people for sure;
these err on the side of leaving a click out, and the raw count stays beside the filtered one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

#: Seconds for which a visitor is remembered, counted from the first click.
MEMORY = 600
#: Seconds after a campaign began: what comes so soon was followed on the way, before anybody could read.
TOO_EARLY = 10
#: So many different links within so many seconds are no person's work.
SEVERAL, WITHIN = 3, 5
#: Nearly every link; where there are fewer than four, people follow them all.
NEARLY_ALL, AT_LEAST = 0.8, 4
#: The same link again within so many seconds is one click: a double click, or a page that was loaded again.
AGAIN = 10
HOUR = 3600

#: (number of the link, hour in hours since 1970)
Place = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One request for a link. `at` is in seconds since 1970."""

    link: int
    at: float
    #: The link that no reader can see.
    is_trap: bool = False
    #: It says itself that nobody reads: HEAD, a prefetch, the name of a program.
    is_declared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What is remembered of one visitor of one campaign."""

    since: float
    is_program: bool = False
    #: When each link was followed last.
    seen: dict[int, float] = field(default_factory=dict)
    #: What was counted as a person's and is taken back if the visitor turns out to be a program.
    counted: dict[Place, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The visitor as known now, and what to add to the counts; `filtered` may take back what was added before."""

    visit: Visit
    raw: dict[Place, int]
    filtered: dict[Place, int]


def judge(visit: Visit | None, hits: Iterable[Hit], *, links: int, began_at: float | None) -> Judged:
    """Count the hits of one visitor.

    Args:
        visit: what was remembered of them; None for nothing.
        links: how many links the campaign has that readers can see.
        began_at: when the campaign began to go out; None before that.
    """
    raw: defaultdict[Place, int] = defaultdict(int)
    filtered: defaultdict[Place, int] = defaultdict(int)
    now = _Now(links=links, began_at=began_at)
    for hit in sorted(hits, key=lambda hit: hit.at):
        if visit is None or hit.at - visit.since > MEMORY:
            visit = Visit(since=hit.at)
        place = (hit.link, int(hit.at // HOUR))
        raw[place] += 1
        visit, counts = now.after(visit, hit, place)
        for counted, change in counts.items():
            filtered[counted] += change
    assert visit is not None  # noqa: S101 - there is at least one hit
    return Judged(visit=visit, raw=dict(raw), filtered={place: change for place, change in filtered.items() if change})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Now:
    links: int
    began_at: float | None

    def after(self, visit: Visit, hit: Hit, place: Place) -> tuple[Visit, dict[Place, int]]:
        """The visitor after one hit, and what it changes in the filtered counts."""
        if hit.is_declared:
            return visit, {}
        before = visit.seen.get(hit.link)
        seen = visit.seen if hit.is_trap else {**visit.seen, hit.link: hit.at}
        if visit.is_program or hit.is_trap or self._is_program(seen, hit.at):
            taken_back = {counted: -number for counted, number in visit.counted.items()}
            return Visit(since=visit.since, is_program=True, seen=seen), taken_back
        is_again = before is not None and hit.at - before < AGAIN
        if is_again or self.began_at is None or hit.at < self.began_at + TOO_EARLY:
            return Visit(since=visit.since, seen=seen, counted=visit.counted), {}
        counted = {**visit.counted, place: visit.counted.get(place, 0) + 1}
        return Visit(since=visit.since, seen=seen, counted=counted), {place: 1}

    def _is_program(self, seen: dict[int, float], at: float) -> bool:
        lately = sum(at - when <= WITHIN for when in seen.values())
        return lately >= SEVERAL or (self.links >= AT_LEAST and len(seen) >= NEARLY_ALL * self.links)
