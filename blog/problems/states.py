"""Which steps a report may take: one table."""

from __future__ import annotations

from types import MappingProxyType

from blog.models import ProblemReport

State = ProblemReport.State

#: From each state to those that may follow; a closed report can be opened again, never made new.
STEPS = MappingProxyType(
    {
        State.NEW: (State.OPEN, State.SOLVED, State.DISMISSED),
        State.OPEN: (State.SOLVED, State.DISMISSED),
        State.SOLVED: (State.OPEN,),
        State.DISMISSED: (State.OPEN,),
    }
)
CLOSED = (State.SOLVED, State.DISMISSED)
UNSETTLED = (State.NEW, State.OPEN)
