"""What is done next with a campaign at a service that sends it as a whole: one table of decisions, without I/O.

Who calls this looks first, does the one act that it names, and looks again. What can't be repeated is written down
before it is asked (`unsure_of`, `send_asked_at`); while it is not known whether it was done, nothing is asked that
could mail somebody twice. docs/mailchimp.md shows the way as a picture.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from newsletter.engine.machine import CampaignState
from newsletter.engine.remote_terms import (
    DRAFTS,
    OVER,
    STOPPED,
    UNDER_WAY,
    Act,
    Because,
    Call,
    Content,
    Leavers,
    Patience,
    Seen,
    Status,
    Step,
    Wanted,
)

#: What the status must be once the call was obeyed.
_SHOWN_BY = {
    Call.CREATE: frozenset(Status) - {Status.UNKNOWN},
    Call.SCHEDULE: UNDER_WAY | {Status.SCHEDULE},
    Call.UNSCHEDULE: UNDER_WAY | DRAFTS | {Status.GONE},
    Call.SEND: UNDER_WAY,
    Call.CANCEL_SEND: frozenset({Status.SENT, Status.ARCHIVED, Status.CANCELED, Status.CANCELING}),
    Call.DELETE: frozenset({Status.GONE}),
}
#: Asking these once more does no harm, so that nobody waits for an answer that was lost.
_HARMLESS = frozenset({Call.UNSCHEDULE, Call.DELETE})
_PATIENCE = Patience()


def decide(wanted: Wanted, seen: Seen, patience: Patience = _PATIENCE) -> Step:
    """The one next step: of the first rule that has one. Every combination has one."""
    for rule in RULES:
        if (step := rule(wanted, seen, patience)) is not None:
            return step
    raise AssertionError("the last rule always has a step")


def wake_at(wanted: Wanted, patience: Patience = _PATIENCE) -> datetime:
    """When something that only waits for its instant is looked at again."""
    usual = wanted.now + patience.usual
    marks = (wanted.at - patience.last_look, wanted.at)
    return min([usual, *(mark for mark in marks if mark > wanted.now)])


def _is_over(wanted: Wanted, _seen: Seen, _patience: Patience) -> Step | None:
    return Step(act=Act.END) if wanted.state in OVER else None


def _is_unseen(_wanted: Wanted, seen: Seen, _patience: Patience) -> Step | None:
    """Without an id: it may have been created, and the answer lost, or the books are older than it is."""
    unseen = seen.status is Status.UNKNOWN and not seen.looked_for_title
    return Step(act=Act.LOOK_FOR_TITLE) if unseen else None


def _is_unsure(wanted: Wanted, seen: Seen, patience: Patience) -> Step | None:
    """Nothing is asked before it is known what became of the last thing that was. A send is never forgotten."""
    call = seen.unsure_of
    if call is None or (call is Call.SEND and seen.status not in UNDER_WAY):
        return None
    known = seen.status in _SHOWN_BY[call] or seen.status in {Status.SCHEDULE, Status.GONE}
    since = seen.unsure_since or wanted.now
    if known or call in _HARMLESS or wanted.now >= since + patience.settles:
        return Step(act=Act.FORGET_DOUBT)
    return _wait(wanted, patience.soon)


def _is_under_way(wanted: Wanted, seen: Seen, patience: Patience) -> Step | None:
    if seen.status not in UNDER_WAY:
        return None
    if wanted.state is not CampaignState.SENDING:
        return Step(act=Act.BEGIN)
    if seen.status is Status.CANCELED:
        return Step(act=Act.FINISH_CANCEL if wanted.cancel else Act.STOPPED_THERE)
    if seen.status in {Status.SENT, Status.ARCHIVED}:
        return Step(act=Act.TOO_LATE if wanted.cancel else Act.FINISH)
    if wanted.cancel and seen.status is Status.SENDING:
        return Step(act=Act.CANCEL_SEND)
    return _wait(wanted, patience.watching)


def _was_deleted_after_it_went_out(wanted: Wanted, seen: Seen, _patience: Patience) -> Step | None:
    gone = seen.status is Status.GONE and wanted.state is CampaignState.SENDING
    return Step(act=Act.FINISH) if gone else None


def _answers_again(wanted: Wanted, _seen: Seen, _patience: Patience) -> Step | None:
    return Step(act=Act.PUT_BACK) if wanted.state is CampaignState.WAITING else None


def _is_cancelled(wanted: Wanted, seen: Seen, patience: Patience) -> Step | None:
    if not wanted.cancel:
        return None
    if seen.status in {Status.UNKNOWN, Status.GONE}:
        return Step(act=Act.FINISH_CANCEL)
    if seen.status is Status.SCHEDULE:
        return Step(act=Act.UNSCHEDULE)
    if _send_may_be_on_its_way(wanted, seen, patience):
        return _wait(wanted, patience.soon)
    return Step(act=Act.DELETE)


def _is_scheduled(wanted: Wanted, seen: Seen, patience: Patience) -> Step | None:
    if seen.status is not Status.SCHEDULE:
        return None
    stop = wanted.state in STOPPED or wanted.halted or wanted.doubtful
    elsewhen = seen.send_time is not None and seen.send_time > wanted.now + patience.least_ahead
    brought_forward = wanted.released and wanted.now >= wanted.at and elsewhen
    if stop or brought_forward or seen.content is not Content.OURS or wanted.leavers is Leavers.STAYING:
        return Step(act=Act.UNSCHEDULE)
    if wanted.leavers is Leavers.GOING and (step := _before_it_mails_them(wanted, seen, patience)):
        return step
    if wanted.now < wanted.at:
        return Step(act=Act.WAIT, until=wake_at(wanted, patience))
    if wanted.state is CampaignState.SCHEDULED and not elsewhen:
        return Step(act=Act.COME_DUE)
    return _wait(wanted, patience.watching)


def _before_it_mails_them(wanted: Wanted, seen: Seen, patience: Patience) -> Step | None:
    """Whoever has just left is mostly off in time. Taken from its schedule it is sent by our clock, which waits."""
    goes_out = seen.send_time or wanted.at
    last = goes_out - patience.off_before
    if wanted.now < last:
        return Step(act=Act.WAIT, until=min(wake_at(wanted, patience), last))
    return Step(act=Act.UNSCHEDULE) if wanted.now < goes_out else None


def _is_stopped(wanted: Wanted, _seen: Seen, patience: Patience) -> Step | None:
    """By a person's decision that is awaited, or for everything at once."""
    if wanted.state in STOPPED:
        return _wait(wanted, patience.held)
    return _wait(wanted, patience.usual) if wanted.halted else None


def _was_asked_to_send(wanted: Wanted, seen: Seen, patience: Patience) -> Step | None:
    """It says that it is a draft. Nobody here asks a second time."""
    asked = seen.send_asked_at is not None or seen.unsure_of is Call.SEND
    if not asked or seen.status is Status.GONE:
        return None
    if _send_may_be_on_its_way(wanted, seen, patience):
        return _wait(wanted, patience.soon)
    return _hold(Because.SEND_UNSURE)


def _needs_a_person(wanted: Wanted, seen: Seen, _patience: Patience) -> Step | None:
    unscheduled = seen.before is Status.SCHEDULE and seen.status in DRAFTS
    reasons = {
        Because.DELETED: seen.status is Status.GONE,
        Because.TAKEN_BACK: wanted.state is CampaignState.SENDING,
        Because.UNSCHEDULED: unscheduled,
        Because.LEAVERS: wanted.leavers is Leavers.STAYING,
        Because.DOUBT: wanted.doubtful,
        Because.EDITED: seen.content is Content.EDITED,
        Because.NOT_READY: seen.ready is False,
    }
    because = next((reason for reason, holds in reasons.items() if holds), None)
    return _hold(because) if because is not None else None


def _is_incomplete(_wanted: Wanted, seen: Seen, _patience: Patience) -> Step | None:
    if seen.status is Status.UNKNOWN:
        return Step(act=Act.CREATE)
    if seen.content is Content.MISSING:
        return Step(act=Act.PUT_CONTENT)
    return Step(act=Act.CHECK) if seen.ready is None and not seen.was_ready else None


def _is_complete(wanted: Wanted, seen: Seen, patience: Patience) -> Step:
    on_their_clock = wanted.on_grid and wanted.at - wanted.now >= patience.least_ahead
    if wanted.now < wanted.at and not on_their_clock:
        return Step(act=Act.WAIT, until=wake_at(wanted, patience))
    if seen.ready is None:  # what it said some time ago is no answer now
        return Step(act=Act.CHECK)
    if on_their_clock:
        return Step(act=Act.SCHEDULE)
    return Step(act=Act.COME_DUE if wanted.state is CampaignState.SCHEDULED else Act.SEND)


#: In this order.
RULES: tuple[Callable[[Wanted, Seen, Patience], Step | None], ...] = (
    _is_over,
    _is_unseen,
    _is_unsure,
    _is_under_way,
    _was_deleted_after_it_went_out,
    _answers_again,
    _is_cancelled,
    _is_scheduled,
    _is_stopped,
    _was_asked_to_send,
    _needs_a_person,
    _is_incomplete,
    _is_complete,
)


def _send_may_be_on_its_way(wanted: Wanted, seen: Seen, patience: Patience) -> bool:
    return seen.send_asked_at is not None and wanted.now < seen.send_asked_at + patience.send_settles


def _wait(wanted: Wanted, pause: timedelta) -> Step:
    return Step(act=Act.WAIT, until=wanted.now + pause)


def _hold(because: Because) -> Step:
    return Step(act=Act.HOLD, because=because)
