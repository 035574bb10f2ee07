"""Why a row of a file was not imported, in words for the person who has the file. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from newsletter.engine import addresses

if TYPE_CHECKING:
    from django.utils.functional import Promise

#: Before the name of an `engine.addresses.Problem`: what is wrong with an address or a name has its sentence there.
_ADDRESS = "address:"


class Problem(StrEnum):
    """What is wrong with the row itself; looking again would find the same."""

    UNREADABLE = "unreadable"
    BROKEN = "broken"
    TIME = "time"
    TIME_TOO_OLD = "time_too_old"
    TIME_AHEAD = "time_ahead"
    STATUS = "status"
    FREQUENCY = "frequency"
    LANGUAGE = "language"
    TIME_ZONE = "time_zone"
    TAG = "tag"
    ATTRIBUTE = "attribute"
    DUPLICATE = "duplicate"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    DISABLED = "disabled"


#: The source says that this reader must not be mailed.
LEFT_THERE = frozenset({Problem.UNSUBSCRIBED, Problem.BOUNCED, Problem.COMPLAINED, Problem.DISABLED})


class Standing(StrEnum):
    """Where the address of a good row stands with us. Looked up again in the moment of the import."""

    NEW = ""  #: no subscription to this newsletter yet
    WAITS = "waits"  #: waits for confirmation here, and the source knows of no opt-in
    CONFIRMS = "confirms"  #: waits for confirmation here, and the source knows of an opt-in
    UNCHANGED = "unchanged"  #: confirmed here
    ENDED = "ended"  #: left here
    SUPPRESSED = "suppressed"  #: erased, bounced, complained, or put on the list by an operator
    STILL_HERE = "still_here"  #: left there, confirmed here


#: Standings that refuse a row in which nothing is wrong.
REFUSING = frozenset({Standing.ENDED, Standing.SUPPRESSED})
#: Standings of readers who are here and stay as they are.
KEPT = frozenset({Standing.WAITS, Standing.UNCHANGED})

WORDS: dict[str, Promise | str] = {
    Problem.UNREADABLE: _("Some characters can't be read. Please save the file as CSV UTF-8, or mend this row."),
    Problem.BROKEN: _("A quotation mark is not closed, or a cell is too long. Please mend this row."),
    Problem.TIME: _("A date or time can't be read. Please write it as 2024-05-31 14:30:00, or leave it empty."),
    Problem.TIME_TOO_OLD: _("A time lies before 1990. Please check it, or leave it empty."),
    Problem.TIME_AHEAD: _("A time lies in the future. Please check it, or leave it empty."),
    Problem.STATUS: _("Nobody here knows this status. Please write subscribed, pending or unsubscribed."),
    Problem.FREQUENCY: _("Please write each_story, weekly or monthly as the frequency, or leave it empty."),
    Problem.LANGUAGE: _("Please write the language as a code, as in en or pt-BR, or leave it empty."),
    Problem.TIME_ZONE: _("Please write the time zone as in Europe/Vienna, or leave it empty."),
    Problem.TAG: _("A tag has more than 60 characters. Please shorten it."),
    Problem.ATTRIBUTE: _("A value does not fit its attribute (text, number, date, yes or no). Please check it."),
    Problem.DUPLICATE: _("This address stands further up in the file already; its first row counts."),
    Problem.UNSUBSCRIBED: _("Unsubscribed there. Whoever left is not brought back."),
    Problem.BOUNCED: _("Cleaned there: its mails came back."),
    Problem.COMPLAINED: _("Complained there about the mails."),
    Problem.DISABLED: _("Disabled, blocked or deleted there."),
    Standing.ENDED: _("Left this newsletter here. Only a new sign-up of their own brings them back."),
    Standing.SUPPRESSED: _(
        "Must not be mailed: erased, bounced, complained or blocked here. Only a new sign-up of their own changes that."
    ),
    Standing.STILL_HERE: _(
        "Must not be mailed any more according to the file, but reads it here and was left alone. If they asked to"
        " leave, end the subscription here."
    ),
}


def of_address(error: addresses.AddressError) -> str:
    """What is kept for a row whose address or name can't be used."""
    return f"{_ADDRESS}{error.problem.name.lower()}"[:24]


def words(problem: str) -> str:
    """A kept problem or standing as a sentence that says what to do."""
    if problem.startswith(_ADDRESS):
        return str(_(addresses.Problem[problem.removeprefix(_ADDRESS).upper()].value))
    return str(WORDS.get(problem, problem))
