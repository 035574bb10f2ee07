"""What is wanted of a campaign at a service, what is seen of it there, and what no decision about it may do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from newsletter.engine.machine import CampaignState
from newsletter.engine.remote_terms import DRAFTS, OVER, Act, Content, Seen, Status, Step, Wanted

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
AHEAD, DUE = NOON + timedelta(hours=1), NOON - timedelta(seconds=1)
_C = CampaignState


def want(**changes: object) -> Wanted:
    return replace(Wanted(state=_C.SCHEDULED, at=AHEAD, on_grid=True, now=NOON), **changes)  # type: ignore[arg-type]


def see(**changes: object) -> Seen:
    draft = Seen(status=Status.SAVE, before=Status.SAVE, content=Content.OURS, was_ready=True)
    return replace(draft, **changes)  # type: ignore[arg-type]


def check(wanted: Wanted, seen: Seen, step: Step) -> None:
    told = (step, wanted, seen)
    if step.act in {Act.SEND, Act.SCHEDULE}:
        assert seen.status in DRAFTS, told
        assert seen.content is Content.OURS, told
        assert seen.ready is True, told
        assert seen.unsure_of is None, told
        assert seen.send_asked_at is None, told
        assert not any((wanted.halted, wanted.doubtful, wanted.cancel)), told
        assert wanted.state in {_C.SCHEDULED, _C.PREPARING}, told
        assert seen.before is not Status.SCHEDULE, told
    if step.act is Act.SEND:
        assert wanted.now >= wanted.at, told
    if step.act is Act.CREATE:
        assert seen.status is Status.UNKNOWN, told
        assert seen.looked_for_title, told
        assert seen.unsure_of is None, told
        assert seen.send_asked_at is None, told
    if step.act is Act.DELETE:
        assert wanted.cancel, told
        assert seen.status in DRAFTS, told
    if step.act is Act.FINISH_CANCEL:
        assert wanted.cancel, told
        assert seen.status in {Status.UNKNOWN, Status.GONE, Status.CANCELED}, told
    if step.act is Act.HOLD:
        assert step.because is not None, told
        assert wanted.state not in {_C.HELD, *OVER}, told
    assert (step.act is Act.WAIT) == (step.until is not None and step.until > wanted.now), told
    assert (step.act is Act.END) == (wanted.state in OVER), told
