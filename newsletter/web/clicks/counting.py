"""From clicks to hourly counts: collected in memory, judged and written together every other second.

What was collected is written when a server stops. A process that is killed with SIGKILL loses what it answered since
it wrote last: two seconds of clicks unless the database was away.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter, defaultdict, deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import close_old_connections, transaction
from django.db.models import F
from django.db.models.functions import Greatest

from newsletter.engine.clicks import HOUR, Hit, judge
from newsletter.models import Campaign, Link, LinkHour
from newsletter.web.clicks.links import find
from newsletter.web.clicks.visitors import Visits, alone

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from newsletter.engine.clicks import Place
    from newsletter.web.clicks.links import Known

logger = logging.getLogger(__name__)

#: While the database is away; then clicks are lost, and the log says how many.
MOST_WAITING = 200_000

#: (id of the link, hour in hours since 1970)
Cell = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Click:
    """A link that somebody followed; `at` is in seconds since 1970."""

    campaign_id: int
    link: Known
    visitor: str
    at: float
    is_declared: bool


class Tally:
    """One process's clicks on their way to the database."""

    def __init__(self) -> None:
        self._clicks: deque[Click] = deque()
        self._raw: Counter[Cell] = Counter()
        self._filtered: Counter[Cell] = Counter()
        self._lost = 0
        self._writing = threading.Lock()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def add(self, click: Click) -> None:
        """Count it soon; at once where NEWSLETTER_CLICKS_EVERY is 0."""
        if len(self._clicks) >= MOST_WAITING:
            self._lost += 1
            return
        self._clicks.append(click)
        if not settings.NEWSLETTER_CLICKS_EVERY:
            self.write()
        elif self._thread is None or not self._thread.is_alive():  # the first one, also after a fork
            self._start()

    def write(self) -> None:
        """Judge and write what was collected.

        Raises:
            Exception: whatever cache or database raise; nothing is lost by it, the next call tries again.
        """
        with self._writing:
            self._judge()
            if self._raw or self._filtered:
                write_counts(self._raw, self._filtered)
                self._raw.clear()
                self._filtered.clear()
            if self._lost:
                logger.error("%d clicks were not counted: too many waited for the database", self._lost)
                self._lost = 0

    def _judge(self) -> None:
        clicks = [self._clicks.popleft() for _ in range(len(self._clicks))]
        if not clicks:
            return
        try:
            raw, filtered = judged(clicks)
        except Exception:
            self._clicks.extendleft(reversed(clicks))
            raise
        self._raw.update(raw)
        self._filtered.update(filtered)

    def _start(self) -> None:
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                # No daemon, as the threads of some servers are: Python waits for its end, and nothing goes uncounted.
                self._thread = threading.Thread(target=self._run, name="clicks", daemon=False)
                self._thread.start()

    def _run(self) -> None:
        main, failed = threading.main_thread(), False
        while True:
            main.join(settings.NEWSLETTER_CLICKS_EVERY)
            is_last = not main.is_alive()
            close_old_connections()
            try:
                self.write()
                failed = False
            except Exception:
                if is_last or not failed:  # once, and not every other second
                    logger.exception("clicks could not be written; %d wait", len(self._clicks) + self._raw.total())
                failed = True
            close_old_connections()
            if is_last:
                return


tally = Tally()


def judged(clicks: Iterable[Click]) -> tuple[Counter[Cell], Counter[Cell]]:
    """What to add to the raw and to the filtered counts; the latter may be less than nothing."""
    by_campaign: defaultdict[int, defaultdict[str, list[Click]]] = defaultdict(lambda: defaultdict(list))
    for click in clicks:
        by_campaign[click.campaign_id][click.visitor].append(click)
    began = dict(Campaign.objects.filter(pk__in=by_campaign).values_list("pk", "started_at"))
    raw: Counter[Cell] = Counter()
    filtered: Counter[Cell] = Counter()
    with alone():
        for campaign_id, by_visitor in by_campaign.items():
            visits = Visits(campaign_id, by_visitor)
            started_at = began.get(campaign_id)
            for visitor, theirs in by_visitor.items():
                found = judge(
                    visits.get(visitor),
                    [_hit(click) for click in theirs],
                    links=theirs[0].link.of,
                    began_at=started_at.timestamp() if started_at else None,
                )
                visits.put(visitor, found.visit)
                _add(raw, campaign_id, found.raw)
                _add(filtered, campaign_id, found.filtered)
            visits.keep()
    return raw, filtered


def _add(total: Counter[Cell], campaign_id: int, found: Mapping[Place, int]) -> None:
    for (number, hour), change in found.items():
        if (link := find(campaign_id, number)) is not None:  # its campaign may have been deleted meanwhile
            total[link.id, hour] += change


def _hit(click: Click) -> Hit:
    return Hit(link=click.link.number, at=click.at, is_trap=click.link.is_trap, is_declared=click.is_declared)


def write_counts(raw: Counter[Cell], filtered: Counter[Cell]) -> None:
    """Add to the hourly counts. Rows are taken in order, so that no two processes wait for each other."""
    cells = sorted({*raw, *filtered})
    with transaction.atomic():
        there = set(Link.objects.filter(pk__in={link_id for link_id, _ in cells}).values_list("pk", flat=True))
        cells = [cell for cell in cells if cell[0] in there]
        LinkHour.objects.bulk_create(
            (LinkHour(link_id=link_id, hour=instant(hour)) for link_id, hour in cells), ignore_conflicts=True
        )
        for link_id, hour in cells:
            LinkHour.objects.filter(link_id=link_id, hour=instant(hour)).update(
                raw=F("raw") + raw[link_id, hour],
                # Never below nothing: what is taken back may have been lost with a process that was killed.
                filtered=Greatest(F("filtered") + filtered[link_id, hour], 0),
            )


def instant(hour: int) -> datetime:
    """The beginning of an hour that is counted since 1970."""
    return datetime.fromtimestamp(hour * HOUR, UTC)
