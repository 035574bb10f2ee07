"""What a worker keeps of one campaign while it sends chunks of it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial

from newsletter.backends.base import Envelope
from newsletter.delivery import store
from newsletter.delivery.letters import Letters
from newsletter.delivery.pacing import Pacer
from newsletter.delivery.slowed_domains import SlowedDomains
from newsletter.models import Campaign

#: Answers that speak of the pace and not of one mailbox: RFC 5321's 421, and policy answers of RFC 3463 (4.7.x) as
#: large providers give them.
_TOO_FAST = re.compile(r"421\b|4\d\d[ -]4\.7\.")


class Desk:
    """The campaign's letters, its pace, and who has left meanwhile."""

    def __init__(self, campaign: Campaign, *, now: datetime, slowed: SlowedDomains) -> None:
        """Raises MessageError when the campaign's compiled message can't be read."""
        self.campaign_id = campaign.pk
        self.keeps_replies = campaign.newsletter.keeps_replies
        #: Deliveries whose readers left since their chunk was claimed.
        self.gone: set[int] = set()
        self.pacer = Pacer(campaign.newsletter, campaign, now, slowed=slowed)
        self.envelope: Callable[[store.PendingRow, tuple[int, ...]], Envelope]
        self._letters = Letters(campaign)
        self.turn(now)

    @classmethod
    def of(cls, campaign_id: int, *, now: datetime, slowed: SlowedDomains) -> Desk:
        campaign = Campaign.objects.select_related("newsletter").defer("web_html").get(pk=campaign_id)
        return cls(campaign, now=now, slowed=slowed)

    def next_of(self, rows: list[store.PendingRow]) -> store.PendingRow | None:
        """Take one from the end of `rows` that may go now; None when all of them have to wait."""
        if self.pacer.is_free:
            return rows.pop()
        now = time.monotonic()
        if self.pacer.holds_all(now):
            return None
        waits: set[str] = set()
        for place in range(len(rows) - 1, -1, -1):
            domain = _domain(rows[place].address)
            if domain not in waits:
                if self.pacer.may_go(domain, now):
                    return rows.pop(place)
                waits.add(domain)
        return None

    def heard_not_now(self, address: str, reply: str) -> None:
        """A recipient was deferred; where the server speaks of the pace, their domain gets less from now on."""
        if _TOO_FAST.match(reply):
            self.pacer.slow_down(_domain(address), time.monotonic())

    def close(self, now: datetime) -> None:
        """Nothing more of it is sent by this worker."""
        self.pacer.close(now)

    def turn(self, now: datetime) -> None:
        """A moment has passed: messages made from now on carry this date, and permits are fetched."""
        self.pacer.refill(now, time.monotonic())
        date = now.replace(microsecond=0)
        self.envelope = partial(self._letters.envelope, date=date)


def _domain(address: str) -> str:
    return address.rpartition("@")[2]
