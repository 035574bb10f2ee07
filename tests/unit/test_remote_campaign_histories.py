"""A service that answers or doesn't, people here and there, and time: whatever they do, one campaign is mailed once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from newsletter.engine.machine import CampaignState
from newsletter.engine.remote_campaign import decide
from newsletter.engine.remote_terms import DRAFTS, OVER, UNDER_WAY, Act, Call, Content, Seen, Status, Step, Wanted
from tests.unit.test_remote_campaign import NOON, check, want

_C = CampaignState


@dataclass
class Server:
    """A service that does what it is asked, or does it and says nothing, or says nothing and does not; and people."""

    drafts: list[Status] = field(default_factory=list)
    mailings: int = 0
    scheduled_for: datetime | None = None
    #: Asked for, and done a while later, when whoever asked has given up.
    on_its_way: list[tuple[Act, datetime]] = field(default_factory=list)

    @property
    def status(self) -> Status:
        return self.drafts[0] if self.drafts else Status.UNKNOWN

    def do(self, act: Act, at: datetime) -> None:
        if act is Act.CREATE:
            self.drafts.append(Status.SAVE)
        elif act is Act.SCHEDULE and self.status in DRAFTS:
            self.drafts[0], self.scheduled_for = Status.SCHEDULE, at
        elif act is Act.UNSCHEDULE and self.status is Status.SCHEDULE:
            self.drafts[0], self.scheduled_for = Status.SAVE, None
        elif act is Act.SEND and self.status in DRAFTS:
            self.mailings += 1
            self.drafts[0] = Status.SENT
        elif act is Act.DELETE and self.status in DRAFTS:
            self.drafts[0] = Status.GONE

    def pass_time(self, now: datetime) -> None:
        for act, at in self.on_its_way:
            self.do(act, at)
        self.on_its_way.clear()
        if self.status is Status.SCHEDULE and self.scheduled_for is not None and now >= self.scheduled_for:
            self.mailings += 1
            self.drafts[0] = Status.SENT


CALLS = {Act.CREATE: Call.CREATE, Act.SCHEDULE: Call.SCHEDULE, Act.UNSCHEDULE: Call.UNSCHEDULE}
CALLS |= {Act.SEND: Call.SEND, Act.DELETE: Call.DELETE}
FATES = st.sampled_from(["done", "done", "done", "done and lost", "late", "lost", "refused"])
#: What people do between two turns.
HANDS = st.sampled_from(["", "", "", "halt", "go on", "cancel", "hold", "release", "edit", "unschedule", "send there"])


@dataclass
class Books:
    wanted: Wanted
    seen: Seen = field(default_factory=Seen)

    def turn(self, server: Server, fates: st.DataObject) -> None:
        for _number in range(20):
            self.look(server)
            step = decide(self.wanted, self.seen)
            if step.act in {Act.WAIT, Act.END}:
                return
            check(self.wanted, self.seen, step)
            if not self.act(step, server, fates):
                return

    def look(self, server: Server) -> None:
        known = server.status is not Status.UNKNOWN
        self.seen = replace(
            self.seen, status=server.status, looked_for_title=not known, ready=None, send_time=server.scheduled_for
        )

    def act(self, step: Step, server: Server, fates: st.DataObject) -> bool:
        act = step.act
        if act in CALLS:
            return self.call(act, server, fates.draw(FATES))
        if act is Act.PUT_CONTENT:
            self.seen = replace(self.seen, content=Content.OURS)
        elif act is Act.CHECK:
            self.seen = replace(self.seen, ready=True, was_ready=True)
            step = decide(self.wanted, self.seen)
            check(self.wanted, self.seen, step)
            return step.act is not Act.WAIT and self.act(step, server, fates)
        elif act is Act.FORGET_DOUBT:
            self.seen = replace(self.seen, unsure_of=None, unsure_since=None, before=self.seen.status)
        else:
            return self.move(act)
        return True

    def move(self, act: Act) -> bool:
        state = {
            Act.PUT_BACK: _C.SCHEDULED,
            Act.COME_DUE: _C.PREPARING,
            Act.BEGIN: _C.SENDING,
            Act.HOLD: _C.HELD,
            Act.FINISH: _C.SENT,
            Act.FINISH_CANCEL: _C.CANCELLED,
            Act.STOPPED_THERE: _C.CANCELLED,
        }.get(act, self.wanted.state)
        cancel = self.wanted.cancel and act is not Act.TOO_LATE
        self.wanted = replace(self.wanted, state=state, cancel=cancel)
        self.seen = replace(self.seen, before=self.seen.status)
        return act is not Act.HOLD

    def call(self, act: Act, server: Server, fate: str) -> bool:
        ahead = replace(self.seen, before=self.seen.status, unsure_of=CALLS[act], unsure_since=self.wanted.now)
        if act is Act.SEND:
            ahead = replace(ahead, send_asked_at=self.wanted.now)
        if fate == "refused":
            return False
        self.seen = ahead
        if fate == "late":
            server.on_its_way.append((act, self.wanted.at))
        if fate.startswith("done"):
            server.do(act, self.wanted.at)
        if fate == "done" and act is Act.CREATE:
            self.seen = replace(self.seen, unsure_of=None, unsure_since=None, before=Status.SAVE)
        return fate == "done"

    def hand(self, hand: str, server: Server) -> None:
        """A person here or there does something. Sending there, too, is no second mailing of one campaign."""
        wanted, seen = self.wanted, self.seen
        if hand in {"halt", "go on"}:
            self.wanted = replace(wanted, halted=hand == "halt")
        elif hand == "cancel" and wanted.state not in OVER:
            self.wanted = replace(wanted, cancel=True)
        elif hand == "hold" and wanted.state in {_C.SCHEDULED, _C.PREPARING}:
            self.wanted = replace(wanted, state=_C.HELD)
        elif hand == "release" and wanted.state is _C.HELD and seen.send_asked_at is None:
            self.wanted = replace(wanted, state=_C.SCHEDULED)
            self.seen = replace(seen, content=Content.MISSING, was_ready=False)
        elif hand == "edit" and seen.content is Content.OURS:
            self.seen = replace(seen, content=Content.EDITED)
        elif hand == "unschedule":
            server.do(Act.UNSCHEDULE, wanted.at)
        elif hand == "send there":
            server.do(Act.UNSCHEDULE, wanted.at)
            server.do(Act.SEND, wanted.at)


@given(st.data(), st.booleans())
def test_whatever_the_service_answers_there_is_one_campaign_mailed_once(data: st.DataObject, on_grid: bool) -> None:
    server, books = Server(), Books(want(at=NOON + timedelta(minutes=20), on_grid=on_grid))
    for _turn in range(25):
        books.turn(server, data)
        now = books.wanted.now + timedelta(seconds=data.draw(st.sampled_from([5, 30, 70, 300])))
        server.pass_time(now)
        books.wanted = replace(books.wanted, now=now)
        books.hand(data.draw(HANDS), server)
    assert len(server.drafts) <= 1
    assert server.mailings <= 1
    if books.wanted.state is _C.CANCELLED:
        assert server.status in {Status.UNKNOWN, Status.GONE}
    if books.wanted.state is _C.SENT:
        assert server.mailings == 1


@given(st.booleans())
def test_with_a_service_that_does_as_it_is_told_it_goes_out(on_grid: bool) -> None:
    server, books = Server(), Books(want(at=NOON + timedelta(minutes=20), on_grid=on_grid))
    for _turn in range(30):
        books.turn(server, _Done())  # type: ignore[arg-type]
        now = books.wanted.now + timedelta(minutes=1)
        server.pass_time(now)
        books.wanted = replace(books.wanted, now=now)
    assert (server.mailings, books.wanted.state) == (1, _C.SENT)
    assert server.status in UNDER_WAY


class _Done:
    def draw(self, _strategy: object) -> str:
        return "done"
