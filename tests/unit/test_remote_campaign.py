"""The table of decisions for campaigns at a service: every combination decides, and none mails anybody twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.engine.machine import CampaignState
from newsletter.engine.remote_campaign import decide, wake_at
from newsletter.engine.remote_terms import (
    DRAFTS,
    OVER,
    Act,
    Because,
    Call,
    Content,
    Leavers,
    Seen,
    Status,
    Step,
    Wanted,
)

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
AHEAD, DUE = NOON + timedelta(hours=1), NOON - timedelta(seconds=1)
_C = CampaignState


def want(**changes: object) -> Wanted:
    return replace(Wanted(state=_C.SCHEDULED, at=AHEAD, on_grid=True, now=NOON), **changes)  # type: ignore[arg-type]


def see(**changes: object) -> Seen:
    draft = Seen(status=Status.SAVE, before=Status.SAVE, content=Content.OURS, was_ready=True)
    return replace(draft, **changes)  # type: ignore[arg-type]


ALL_WANTED = [
    Wanted(state=state, at=at, on_grid=on_grid, now=NOON, halted=halted, doubtful=doubtful, cancel=cancel)
    for state, at, on_grid, (halted, doubtful, cancel) in product(
        CampaignState, (AHEAD, DUE), (True, False), product((False, True), repeat=3)
    )
]
ALL_SEEN = [
    Seen(
        status=status,
        before=before,
        looked_for_title=looked,
        content=content,
        ready=ready,
        was_ready=bool(ready),
        unsure_of=unsure,
        unsure_since=NOON - timedelta(seconds=5) if unsure else None,
        send_asked_at=asked,
        send_time=AHEAD if status is Status.SCHEDULE else None,
    )
    for status, before, looked, content, ready, unsure, asked in product(
        Status,
        (Status.UNKNOWN, Status.SAVE, Status.SCHEDULE),
        (True, False),
        Content,
        (None, True, False),
        (None, *Call),
        (None, NOON - timedelta(seconds=30), NOON - timedelta(minutes=5)),
    )
]


@pytest.mark.slow
def test_every_combination_decides_and_never_asks_what_could_mail_twice() -> None:
    for wanted, seen in product(ALL_WANTED, ALL_SEEN):
        check(wanted, seen, decide(wanted, seen))


@given(st.sampled_from(ALL_WANTED), st.sampled_from(ALL_SEEN), st.sampled_from(Leavers))
@settings(max_examples=300)
def test_any_combination_decides_and_never_asks_what_could_mail_twice(
    wanted: Wanted, seen: Seen, leavers: Leavers
) -> None:
    wanted = replace(wanted, leavers=leavers)
    check(wanted, seen, decide(wanted, seen))


def check(wanted: Wanted, seen: Seen, step: Step) -> None:
    told = (step, wanted, seen)
    if step.act in {Act.SEND, Act.SCHEDULE}:
        assert seen.status in DRAFTS, told
        assert seen.content is Content.OURS, told
        assert seen.ready is True, told
        assert seen.unsure_of is None, told
        assert seen.send_asked_at is None, told
        assert not any((wanted.halted, wanted.doubtful, wanted.cancel)), told
        assert wanted.leavers is not Leavers.STAYING, told
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


@pytest.mark.parametrize(
    ("wanted", "seen", "act"),
    [
        (want(), Seen(), Act.LOOK_FOR_TITLE),
        (want(), Seen(looked_for_title=True), Act.CREATE),
        (want(), see(content=Content.MISSING), Act.PUT_CONTENT),
        (want(), see(was_ready=False), Act.CHECK),
        (want(), see(), Act.CHECK),
        (want(), see(ready=True), Act.SCHEDULE),
        (want(on_grid=False), see(), Act.WAIT),
        (want(at=NOON + timedelta(minutes=1)), see(), Act.WAIT),
        (want(at=DUE), see(ready=True), Act.COME_DUE),
        (want(at=DUE, state=_C.PREPARING), see(ready=True), Act.SEND),
        (want(), see(status=Status.SCHEDULE, send_time=AHEAD), Act.WAIT),
        (want(at=DUE), see(status=Status.SCHEDULE, send_time=DUE), Act.COME_DUE),
        (want(at=DUE), see(status=Status.SENDING), Act.BEGIN),
        (want(state=_C.SENDING), see(status=Status.SENDING), Act.WAIT),
        (want(state=_C.SENDING), see(status=Status.SENT), Act.FINISH),
        (want(state=_C.SENDING), see(status=Status.GONE), Act.FINISH),
        (want(state=_C.SENDING), see(status=Status.CANCELED), Act.STOPPED_THERE),
        (want(state=_C.HELD), see(status=Status.SENT), Act.BEGIN),
        (want(state=_C.HELD), see(status=Status.SCHEDULE), Act.UNSCHEDULE),
        (want(state=_C.HELD), see(), Act.WAIT),
        (want(halted=True), see(status=Status.SCHEDULE), Act.UNSCHEDULE),
        (want(halted=True), see(), Act.WAIT),
        (want(doubtful=True), see(status=Status.SCHEDULE), Act.UNSCHEDULE),
        (want(state=_C.WAITING), see(), Act.PUT_BACK),
        (want(leavers=Leavers.STAYING), see(status=Status.SCHEDULE, send_time=AHEAD), Act.UNSCHEDULE),
        (want(leavers=Leavers.GOING), see(ready=True), Act.SCHEDULE),
        (want(cancel=True), see(status=Status.SCHEDULE), Act.UNSCHEDULE),
        (want(cancel=True), see(), Act.DELETE),
        (want(cancel=True), see(status=Status.GONE), Act.FINISH_CANCEL),
        (want(cancel=True, state=_C.SENDING), see(status=Status.SENDING), Act.CANCEL_SEND),
        (want(cancel=True, state=_C.SENDING), see(status=Status.SENT), Act.TOO_LATE),
        (want(cancel=True, state=_C.SENDING), see(status=Status.CANCELED), Act.FINISH_CANCEL),
        (want(at=NOON, released=True), see(status=Status.SCHEDULE, send_time=AHEAD), Act.UNSCHEDULE),
        (want(state=_C.SENT), see(), Act.END),
    ],
)
def test_the_usual_ways(wanted: Wanted, seen: Seen, act: Act) -> None:
    assert decide(wanted, seen).act is act


@pytest.mark.parametrize(
    ("wanted", "seen", "because"),
    [
        (want(doubtful=True), see(), Because.DOUBT),
        (want(leavers=Leavers.STAYING), see(), Because.LEAVERS),
        (want(), see(content=Content.EDITED), Because.EDITED),
        (want(), see(status=Status.GONE), Because.DELETED),
        (want(), see(before=Status.SCHEDULE), Because.UNSCHEDULED),
        (want(), see(ready=False), Because.NOT_READY),
        (want(at=DUE), see(send_asked_at=NOON - timedelta(minutes=2)), Because.SEND_UNSURE),
        (want(state=_C.SENDING), see(), Because.TAKEN_BACK),
    ],
)
def test_what_needs_a_person(wanted: Wanted, seen: Seen, because: Because) -> None:
    assert decide(wanted, seen) == Step(act=Act.HOLD, because=because)


@pytest.mark.parametrize("call", [Call.CREATE, Call.SCHEDULE])
def test_a_lost_request_may_still_be_on_its_way(call: Call) -> None:
    lost = see(unsure_of=call, unsure_since=NOON)
    if call is Call.CREATE:
        lost = Seen(looked_for_title=True, unsure_of=call, unsure_since=NOON)
    early, later = want(now=NOON + timedelta(seconds=59)), want(now=NOON + timedelta(seconds=60))
    assert decide(early, lost).act is Act.WAIT
    assert decide(later, lost).act is Act.FORGET_DOUBT


def test_a_send_that_was_asked_for_is_never_forgotten() -> None:
    for minutes in range(600):
        wanted = want(at=DUE, now=NOON + timedelta(minutes=minutes))
        step = decide(wanted, see(send_asked_at=NOON, unsure_of=Call.SEND, unsure_since=NOON, ready=True))
        assert step.act is (Act.WAIT if minutes < 2 else Act.HOLD)


def test_it_is_looked_at_shortly_before_its_instant_and_then() -> None:
    at = NOON + timedelta(seconds=100)
    assert wake_at(want(at=at)) == NOON + timedelta(seconds=55)
    assert wake_at(want(at=at, now=NOON + timedelta(seconds=55))) == at
    assert wake_at(want(at=NOON + timedelta(days=1))) == NOON + timedelta(seconds=60)


@pytest.mark.parametrize("goes_out", [NOON + timedelta(seconds=100), NOON + timedelta(hours=2)])
def test_whoever_is_not_off_in_time_is_not_mailed_by_their_clock(goes_out: datetime) -> None:
    """Also where somebody there moved it to another instant."""
    scheduled = see(status=Status.SCHEDULE, send_time=goes_out)

    def at(seconds: int) -> Step:
        now = goes_out + timedelta(seconds=seconds)
        return decide(want(at=NOON + timedelta(seconds=100), now=now, leavers=Leavers.GOING), scheduled)

    assert at(-45) == Step(act=Act.WAIT, until=goes_out - timedelta(seconds=30))
    assert [at(-30).act, at(-1).act] == [Act.UNSCHEDULE, Act.UNSCHEDULE]
    assert at(0).act is not Act.UNSCHEDULE, "it is theirs already"


def test_the_paper_names_every_act_and_every_reason() -> None:
    paper = (Path(__file__).resolve().parents[2] / "docs" / "mailchimp.md").read_text(encoding="utf-8")
    assert [word.value for word in (*Act, *Because) if f"`{word.value}`" not in paper] == []
