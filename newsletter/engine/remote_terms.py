"""The words in which is spoken of a campaign at a service that sends it as a whole: what is wanted, seen and done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from newsletter.engine.machine import CampaignState


class Status(StrEnum):
    """What the service says of it. The first and the last are our own words."""

    UNKNOWN = ""  #: no id is known
    SAVE = "save"
    PAUSED = "paused"
    SCHEDULE = "schedule"
    SENDING = "sending"
    SENT = "sent"
    CANCELED = "canceled"
    CANCELING = "canceling"
    ARCHIVED = "archived"
    GONE = "gone"


class Call(StrEnum):
    """What can't simply be asked twice; `unsure_of` names the one whose answer was not read."""

    CREATE = "create"
    SCHEDULE = "schedule"
    UNSCHEDULE = "unschedule"
    SEND = "send"
    CANCEL_SEND = "cancel_send"
    DELETE = "delete"


class Content(StrEnum):
    """What it holds over there."""

    MISSING = "missing"  #: our words are not in it yet, or a person wants them put in anew
    OURS = "ours"
    EDITED = "edited"  #: words, subject, sender, audience or segment are others than we put in


class Leavers(StrEnum):
    """Who has left here, and would be mailed over there."""

    NONE = "none"
    GOING = "going"  #: they are being taken off
    STAYING = "staying"  #: the service refuses to take them off, or goes on failing at it


class Act(StrEnum):
    """The next step. The first group asks the service, the second writes into our books, the last ends the turn."""

    LOOK_FOR_TITLE = "look_for_title"
    CREATE = "create"
    PUT_CONTENT = "put_content"
    CHECK = "check"
    SCHEDULE = "schedule"
    UNSCHEDULE = "unschedule"
    SEND = "send"
    CANCEL_SEND = "cancel_send"
    DELETE = "delete"

    FORGET_DOUBT = "forget_doubt"  #: what was unsure is known now: done, or certainly not done
    PUT_BACK = "put_back"  #: the service answers again
    COME_DUE = "come_due"
    BEGIN = "begin"  #: it is going out over there

    HOLD = "hold"
    FINISH = "finish"
    FINISH_CANCEL = "finish_cancel"
    STOPPED_THERE = "stopped_there"  #: cancelled over there in the middle
    TOO_LATE = "too_late"  #: to cancel it
    WAIT = "wait"
    END = "end"


class Because(StrEnum):
    """Why a person has to look."""

    DOUBT = "doubt"
    EDITED = "edited"
    DELETED = "deleted"
    UNSCHEDULED = "unscheduled"
    LEAVERS = "leavers"
    NOT_READY = "not_ready"
    SEND_UNSURE = "send_unsure"
    TAKEN_BACK = "taken_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Our side. `released`: a person lets it go out although it is late, or wants it now and not at its instant."""

    state: CampaignState
    at: datetime
    on_grid: bool
    now: datetime
    halted: bool = False
    doubtful: bool = False
    cancel: bool = False
    released: bool = False
    #: Asked for from an hour before its instant on (`Patience.told_before`).
    leavers: Leavers = Leavers.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Their side, as it was just looked at. `before`: the status when it was looked at the last time."""

    status: Status = Status.UNKNOWN
    before: Status = Status.UNKNOWN
    looked_for_title: bool = False
    content: Content = Content.MISSING
    #: The checklist, asked in this turn; None: not yet. `was_ready`: what it said the last time.
    ready: bool | None = None
    was_ready: bool = False
    unsure_of: Call | None = None
    unsure_since: datetime | None = None
    send_asked_at: datetime | None = None
    #: When it is scheduled for over there.
    send_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long is waited for what."""

    #: A lost request may still be on its way for so long.
    settles: timedelta = timedelta(seconds=60)
    #: After this a campaign that was asked to be sent and says it is a draft needs a person.
    send_settles: timedelta = timedelta(minutes=2)
    #: Nearer to its instant than this it is not scheduled any more but sent by our clock.
    least_ahead: timedelta = timedelta(minutes=3)
    #: Between two looks: while an answer is awaited, while it goes out, usually, while a person decides.
    soon: timedelta = timedelta(seconds=10)
    watching: timedelta = timedelta(seconds=20)
    usual: timedelta = timedelta(seconds=60)
    held: timedelta = timedelta(minutes=10)
    #: One look more so shortly before the instant: whether anything speaks against it now.
    last_look: timedelta = timedelta(seconds=45)
    #: So long before it goes out a person is told that somebody who left can't be taken off the audience there.
    told_before: timedelta = timedelta(hours=1)
    #: Whoever is not off by then is not mailed by the service's clock: it is taken from its schedule.
    off_before: timedelta = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    act: Act
    because: Because | None = None
    #: For `WAIT`: when it is looked at again.
    until: datetime | None = None


OVER = frozenset({CampaignState.SENT, CampaignState.CANCELLED, CampaignState.FAILED})
STOPPED = frozenset({CampaignState.HELD, CampaignState.PAUSED})
#: It has gone out, or is going out.
UNDER_WAY = frozenset({Status.SENDING, Status.SENT, Status.ARCHIVED, Status.CANCELED, Status.CANCELING})
DRAFTS = frozenset({Status.SAVE, Status.PAUSED})
