"""A campaign's numbers as people read them: counts with their shares, a bar, rates, times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from newsletter.admin.words import DELIVERY_WORDS, state_label
from newsletter.engine.machine import DeliveryState

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from newsletter.delivery.progress import Progress
    from newsletter.models import Campaign

_D = DeliveryState
#: What an editor looks for, shown also when it is nobody.
ALWAYS_SHOWN = {_D.ACCEPTED, _D.PENDING, _D.DEFERRED, _D.REFUSED, _D.UNCERTAIN, _D.SKIPPED}
#: Parts of the bar from its start: what is done, then what went wrong, then what may still come.
BAR_ORDER = (
    _D.ACCEPTED,
    _D.BOUNCED,
    _D.COMPLAINED,
    _D.REFUSED,
    _D.UNCERTAIN,
    _D.SKIPPED,
    _D.DEFERRED,
    _D.HANDED_OVER,
)
#: The bar is drawn on so many units.
BAR_WIDTH = 1000
THINNEST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRow:
    """One line of the report. `share` is in percent of all recipients."""

    state: str
    label: str | Promise
    meaning: str | Promise
    count: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BarPart:
    """A coloured piece of the bar, in units of its width."""

    state: str
    start: int
    width: int


def count_rows(counted: dict[str, int]) -> list[CountRow]:
    """The states that occur, in the order of the report; the ones that people look for always."""
    total = sum(counted.values())
    return [
        CountRow(
            state=state.value,
            label=label,
            meaning=meaning,
            count=counted.get(state, 0),
            share=round(100 * counted.get(state, 0) / total, 1) if total else 0.0,
        )
        for state, (label, meaning) in DELIVERY_WORDS.items()
        if counted.get(state, 0) or state in ALWAYS_SHOWN
    ]


def bar(counted: dict[str, int]) -> list[BarPart]:
    """The parts of the bar one after the other; a state that occurs is never too thin to be seen."""
    total = sum(counted.values())
    shown = [(state, counted[state]) for state in BAR_ORDER if counted.get(state, 0)]
    room = BAR_WIDTH - THINNEST * len(shown)
    parts: list[BarPart] = []
    start = 0
    for state, count in shown:
        width = THINNEST + room * count // total
        parts.append(BarPart(state=state.value, start=start, width=width))
        start += width
    return parts


def percent(seen: Progress) -> int:
    """How far it has come, rounded down: 100 only when everything is settled."""
    return 100 * seen.done // seen.total if seen.total else 0


def in_short(campaign: Campaign, seen: Progress) -> str:
    """One sentence for those who listen instead of looking."""
    words = [
        _("%(subject)s: %(state)s.") % {"subject": campaign.subject, "state": state_label(campaign.state)},
        _("%(done)s of %(total)s are done.") % {"done": grouped(seen.done), "total": grouped(seen.total)},
    ]
    if seen.time_left is not None:
        words.append(_("Time left: %(left)s.") % {"left": about(seen.time_left)})
    return " ".join(words)


def pace_line(seen: Progress) -> list[str]:
    """Rate and time left, a phrase each; none where nothing is known."""
    words = []
    if seen.rate == 0 and seen.not_tried:
        words.append(_("nothing goes out at this moment"))
    elif seen.rate:
        words.append(_("%(rate)s a minute now") % {"rate": rate(seen.rate)})
    if seen.average is not None:
        words.append(_("%(rate)s a minute on average") % {"rate": rate(seen.average)})
    if seen.time_left is not None:
        words.append(_("time left: %(left)s") % {"left": about(seen.time_left)})
    return words


def rate(per_minute: float) -> str:
    """Such as "1,240", and "0.5" below ten."""
    return grouped(round(per_minute)) if per_minute >= 10 or per_minute == 0 else number_format(per_minute, 1)


def grouped(number: int) -> str:
    return str(number_format(number, use_l10n=True, force_grouping=True))


def about(left: timedelta) -> str:
    """A time in one unit: nobody plans by the seconds of an estimate."""
    minutes = left / timedelta(minutes=1)
    if minutes < 1:
        return _("less than a minute")
    if minutes < 90:
        number = round(minutes)
        return ngettext("about %(number)s minute", "about %(number)s minutes", number) % {"number": number}
    if minutes < 48 * 60:
        number = round(minutes / 60)
        return ngettext("about %(number)s hour", "about %(number)s hours", number) % {"number": number}
    number = round(minutes / 60 / 24)
    return ngettext("about %(number)s day", "about %(number)s days", number) % {"number": grouped(number)}


def until(instant: datetime, *, now: datetime) -> str:
    """When something happens by itself, seen from now."""
    left = instant - now
    if left <= timedelta(seconds=1):
        return _("now")
    if left < timedelta(minutes=1):
        seconds = round(left.total_seconds())
        return ngettext("in %(number)s second", "in %(number)s seconds", seconds) % {"number": seconds}
    return _("in %(left)s") % {"left": about(left)}


def speed_line(campaign: Campaign) -> str:
    """What limits the speed, and who said so."""
    if campaign.messages_per_hour:
        return _("At most %(number)s mails an hour, chosen for this campaign.") % {
            "number": grouped(campaign.messages_per_hour)
        }
    if campaign.newsletter.messages_per_hour:
        return _("At most %(number)s mails an hour, as %(newsletter)s says.") % {
            "number": grouped(campaign.newsletter.messages_per_hour),
            "newsletter": campaign.newsletter.name,
        }
    return _("As fast as the mail server takes them.")
