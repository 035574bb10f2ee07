"""How fast one worker may send a campaign: the limits of its newsletter, the campaign's own speed, the warm-up, and
domains that asked for less.

Asking for each message costs no query: permits are fetched ahead, between the slices of the sending.
"""

from __future__ import annotations

import logging
import math
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from newsletter.delivery.persistence import insist
from newsletter.delivery.slowed_domains import SlowedDomains
from newsletter.delivery.store import pace as store
from newsletter.engine import limits
from newsletter.engine.pace import HORIZON, Permits, Rate, rate_of
from newsletter.models import Campaign, Newsletter

logger = logging.getLogger(__name__)

#: Seconds between two looks at what the admin says; longer where there is no limit.
_LOOKS_EVERY = 0.4
_LOOKS_EVERY_WHEN_FREE = 1.0

#: Seconds of sending for which permits are held, and below which more are fetched.
_AHEAD = 0.4
_LOW = 0.25

#: Permits of slower domains are fetched one by one, each for an instant at which the newsletter has one too, unless
#: the newsletter has one at nearly every instant. Otherwise two slow limits could miss each other for ever.
_SLOW_DOMAIN = 0.25
_SLOW_NEWSLETTER = 0.05

#: Seconds between two fetches of one limit, where others were quicker.
_PAUSE = 0.05

#: Messages of a day's share that are fetched at once: as many as a second took, these at least.
_FEWEST_OF_A_DAY = 20


class _Limit:
    """One limit and what this worker holds of it."""

    __slots__ = ("ask_at", "is_wanted", "name", "permits")

    def __init__(self, name: str, rate: Rate) -> None:
        self.name = name
        self.permits = Permits(rate)
        #: Whether a message that falls under it was asked for since the last fetch.
        self.is_wanted = True
        #: Before that reading of the clock that never jumps there is nothing to fetch.
        self.ask_at = 0.0

    def is_low(self, now: float) -> bool:
        held = self.permits.left * self.permits.rate.interval
        return now >= self.ask_at and (self.permits.left == 0 or held < _LOW)


class Pacer:
    """Serves one process and thread, for one campaign at a time.

    `monotonic_now` is always a reading of `time.monotonic()`; `now` the instant at the same moment.
    """

    def __init__(
        self, newsletter: Newsletter, campaign: Campaign, now: datetime, *, slowed: SlowedDomains | None = None
    ) -> None:
        """No query.

        Args:
            newsletter, campaign: with their fields for speed, as they are now.
            now: the instant.
            slowed: what this process knows of domains that asked for less; keep it from campaign to campaign.
        """
        self._newsletter = newsletter
        self._campaign_id = campaign.pk
        self._slowed = SlowedDomains() if slowed is None else slowed
        self._all: _Limit | None = None
        self._domains: dict[str, _Limit] = {}
        self._domain_text = ""
        #: Of the day's share: held and not used, used since the last fetch, and when the day ends.
        self._today = self._used_today = 0
        self._day_ends: datetime | None = None
        self._has_day = False
        self._rests: tuple[str, datetime] | None = None
        self._looked_at: float | None = None
        self._apply(newsletter, campaign.messages_per_hour, now=now)

    @property
    def is_free(self) -> bool:
        """Whether there is no limit at all. Ask each time: a look at the admin's fields, or a server, may change it."""
        return self._all is None and not self._domains and not self._has_day and not self._slowed

    @property
    def resting(self) -> tuple[str, datetime] | None:
        """Why nothing more may go today, in words for the editor, and until when."""
        return self._rests

    def holds_all(self, monotonic_now: float) -> bool:
        """Whether no message may go now, whatever its domain: then there is no need to look through them."""
        if self._has_day and self._today <= 0:
            return True
        if self._all is None:
            return False
        self._all.is_wanted = True
        return not self._all.permits.is_ripe(monotonic_now)

    def may_go(self, domain: str, monotonic_now: float) -> bool:
        """Whether a message to that recipient domain may be taken now; a yes is used up with it. No query.

        After a no to one domain others may go; `next_in` says when to ask again.
        """
        if self._has_day and self._today <= 0:
            return False
        limit = self._domains.get(domain)
        asked = [one for one in (self._all, limit) if one is not None]
        for one in asked:
            one.is_wanted = True
        if not all(one.permits.is_ripe(monotonic_now) for one in asked):
            return False
        if self._slowed and not self._slowed.may_go(domain, monotonic_now):
            return False
        for one in asked:
            one.permits.take()
        self._today -= self._has_day
        self._used_today += self._has_day
        return True

    def next_in(self, monotonic_now: float) -> float | None:
        """Seconds until another message may be allowed, as far as is known before the next `refill`.

        None when nothing is known: ask again after it.
        """
        if self._has_day and self._today <= 0:
            return None
        if self._all is not None and not self._all.permits.is_ripe(monotonic_now):
            instant = self._all.permits.next_at
            return None if instant is None else max(instant - monotonic_now, 0.0)
        instants = [limit.permits.next_at for limit in self._domains.values()]
        # What may go now has been asked for; it is nothing to wait for.
        later = [at for at in (*instants, self._slowed.next_at()) if at is not None and at > monotonic_now]
        return min(later) - monotonic_now if later else None

    def wants_refill(self, monotonic_now: float) -> bool:
        """Whether `refill` would fetch permits that are needed soon."""
        if self._has_day and self._today <= 0:
            return self._rests is None
        wanted = [limit for limit in (self._all, *self._domains.values()) if limit is not None and limit.is_wanted]
        return any(limit.is_low(monotonic_now) for limit in wanted)

    def slow_down(self, domain: str, monotonic_now: float, *, observed: float | None = None) -> None:
        """A server answered for that recipient domain that it is too much now (421, 4.7.x): it alone gets less.

        Args:
            domain: of the recipient.
            monotonic_now: the time of the answer.
            observed: messages a second that went there lately, if somebody counted.
        """
        rate = self._slowed.slow_down(domain, monotonic_now, observed=observed)
        # The domain of a small family names a reader, so it stays out of the log.
        logger.info("a receiving domain asked for less: %.2f mails a second from now on", rate)

    def refill(self, now: datetime, monotonic_now: float) -> None:
        """Fetch permits and look at what the admin says. Call it between slices, four times a second at least.

        Costs no query while nothing is needed; without limits one a second.
        """
        self._look(now, monotonic_now)
        self._slowed.recover(monotonic_now)
        self._fetch_of_today(now)
        if self._rests is not None:
            return
        limits_by_name = {limit.name: limit for limit in (self._all, *self._domains.values()) if limit is not None}
        for limit in limits_by_name.values():  # the newsletter's first: others go by its permits
            if limit.is_wanted and limit.is_low(monotonic_now):
                self._fetch(limit, now, monotonic_now)

    def close(self, now: datetime) -> None:
        """Give back what is left of the day's share. Permits of limits lapse by themselves."""
        if self._today > 0 and self._day_ends is not None and now < self._day_ends:
            left = self._today
            insist(lambda: store.give_back_today(self._newsletter, left, now))
        self._today = 0

    def _look(self, now: datetime, monotonic_now: float) -> None:
        every = _LOOKS_EVERY_WHEN_FREE if self.is_free else _LOOKS_EVERY
        if self._looked_at is None:
            self._looked_at = monotonic_now  # what the constructor was given is new enough
        if monotonic_now - self._looked_at < every:
            return
        self._looked_at = monotonic_now
        newsletter = "messages_per_hour", "domain_limits", "warms_up_from", "time_zone"
        found = (
            Campaign.objects.select_related("newsletter")
            .only("newsletter_id", "messages_per_hour", *(f"newsletter__{field}" for field in newsletter))
            .filter(pk=self._campaign_id)
        )
        campaign = insist(found.first)
        if campaign is not None:
            self._apply(campaign.newsletter, campaign.messages_per_hour, now=now)

    def _apply(self, newsletter: Newsletter, own_speed: int | None, *, now: datetime) -> None:
        """Take over what the admin says; permits of a limit that has not changed are kept."""
        if newsletter.warms_up_from != self._newsletter.warms_up_from:
            self._rests = None
        self._newsletter = newsletter
        self._all = None if (wanted := self._wanted(own_speed)) is None else _kept(self._all, *wanted)
        if newsletter.domain_limits != self._domain_text:
            self._domain_text = newsletter.domain_limits
            self._domains = self._domain_limits()
        had_day, self._has_day = self._has_day, newsletter.warms_up_from is not None
        if had_day and not self._has_day:
            self.close(now)

    def _wanted(self, own_speed: int | None) -> tuple[str, Rate] | None:
        """Each rate has a row of its own: after a change nobody waits for what the former rate has reserved."""
        if own_speed:
            return f"campaign:{self._campaign_id}:{own_speed}", rate_of(own_speed)
        if per_hour := self._newsletter.messages_per_hour:
            return f"newsletter:{self._newsletter.pk}:{per_hour}", rate_of(per_hour)
        return None

    def _domain_limits(self) -> dict[str, _Limit]:
        """What can't be read was refused by the form; here it must not stop a campaign."""
        found, problems = limits.read(self._domain_text)
        for problem in problems:
            logger.warning("limits of newsletter %s: %s", self._newsletter.pk, problem)
        former = {limit.name: limit for limit in self._domains.values()}
        domains = {}
        for limit in found:
            name = f"domain:{self._newsletter.pk}:{limit.domains[0]}:{limit.per_hour}"
            shared = _kept(former.get(name), name, rate_of(limit.per_hour))
            domains.update(dict.fromkeys(limit.domains, shared))
        return domains

    def _fetch(self, limit: _Limit, now: datetime, monotonic_now: float) -> None:
        rate = limit.permits.rate
        count = max(math.ceil(_AHEAD / rate.interval), 1) - limit.permits.left
        spots = self._spots(limit, now, monotonic_now)
        limit.ask_at = monotonic_now + _PAUSE
        if spots is not None and not spots:
            return
        found = insist(lambda: store.reserve(limit.name, count, rate, now, spots=spots))
        starts = monotonic_now + (found.start - now).total_seconds()
        limit.permits.add(starts, found.granted)
        limit.is_wanted = not found.granted
        # Whoever had the last permit of a slow limit comes a little later than those who had none.
        patience = HORIZON / 2 if found.granted else HORIZON
        limit.ask_at = max(limit.ask_at, starts + found.granted * rate.interval - patience)

    def _spots(self, limit: _Limit, now: datetime, monotonic_now: float) -> list[datetime] | None:
        """Instants at which the newsletter has permits that no other slow domain waits for."""
        if self._all is None or limit is self._all or limit.permits.rate.interval < _SLOW_DOMAIN:
            return None
        if self._all.permits.rate.interval < _SLOW_NEWSLETTER:
            return None
        self._all.permits.is_ripe(monotonic_now)  # lets go of those that have lapsed
        others = {id(other): other.permits for other in self._domains.values() if other is not limit}.values()
        taken = [at for permits in others for at in permits.instants()]
        free = [at for at in self._all.permits.instants() if all(abs(at - other) > 0.001 for other in taken)]
        return [now + timedelta(seconds=at - monotonic_now) for at in free]

    def _fetch_of_today(self, now: datetime) -> None:
        if self._day_ends is not None and now >= self._day_ends:  # yesterday's are worth nothing today
            self._today, self._rests, self._day_ends = 0, None, None
        if not self._has_day or self._rests is not None or self._today > self._used_today:
            return
        count = max(2 * self._used_today, _FEWEST_OF_A_DAY)
        share = insist(lambda: store.reserve_today(self._newsletter, count, now))
        self._used_today = 0
        if share is None:
            self._has_day = False
            return
        self._today += share.granted
        self._day_ends = share.until
        if self._today <= 0:
            self._rests = _reason(share.most), share.until


def _kept(former: _Limit | None, name: str, rate: Rate) -> _Limit:
    if former is not None and former.name == name and former.permits.rate == rate:
        return former
    return _Limit(name, rate)


def _reason(most: int) -> str:
    said = ngettext(
        "The warm-up allows %(most)d mail today, and it has gone out.",
        "The warm-up allows %(most)d mails today, and they have gone out.",
        most,
    )
    return said % {"most": most} + " " + _("It goes on tomorrow by itself.")
