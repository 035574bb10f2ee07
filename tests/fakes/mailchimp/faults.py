"""What goes wrong between machines, by script: for a route, once or some times, before or after the thing was done."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    #: answer: with `status`, `body` and `headers` instead of what is right; hang: never answer, for `seconds`; lose:
    #: close without an answer; drip: the right answer, `seconds` between its bytes; delay: the right one, later.
    kind: Literal["answer", "hang", "lose", "drip", "delay"]
    #: Whether what was asked for is done all the same.
    done: bool = False
    seconds: float = 0.0
    status: int = 0
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)


def throttled(retry_after: str = "", *, body: str = "") -> Fault:
    """429 with or without Retry-After; without a body unless one is given."""
    headers = {"Retry-After": retry_after} if retry_after else {}
    return Fault(kind="answer", status=429, body=body, headers=headers | _typed(body, "application/problem+json"))


def forbidden() -> Fault:
    """403 with neither body nor content type."""
    return Fault(kind="answer", status=403)


def broken(status: int = 500, *, done: bool, body: str = "") -> Fault:
    """An empty 5xx."""
    return Fault(kind="answer", status=status, done=done, body=body)


def refused(status: int, document: str) -> Fault:
    """A problem document."""
    return Fault(kind="answer", status=status, body=document, headers={"Content-Type": "application/problem+json"})


def example(document: object) -> Fault:
    """200 with this, whatever was asked, and nothing is done: as a server without a memory."""
    body = json.dumps(document)
    return Fault(kind="answer", status=200, body=body, headers=_typed(body, "application/json"))


def page_of_html(*, done: bool = False) -> Fault:
    return Fault(
        kind="answer", status=200, done=done, body="<html>Maintenance</html>", headers=_typed("x", "text/html")
    )


def lost(*, done: bool) -> Fault:
    return Fault(kind="lose", done=done)


def hangs(seconds: float, *, done: bool) -> Fault:
    return Fault(kind="hang", seconds=seconds, done=done)


def drips(seconds: float) -> Fault:
    return Fault(kind="drip", seconds=seconds, done=True)


def delayed(seconds: float) -> Fault:
    return Fault(kind="delay", seconds=seconds, done=True)


def _typed(body: str, content_type: str) -> dict[str, str]:
    return {"Content-Type": content_type} if body else {}


@dataclass(slots=True)
class _Rule:
    method: str
    path: re.Pattern[str]
    fault: Fault
    times: int
    after: int


@dataclass
class Script:
    """Faults in the order in which they were asked for."""

    rules: list[_Rule] = field(default_factory=list)

    def add(self, method: str, path: str, fault: Fault, *, times: int = 1, after: int = 0) -> None:
        """`path` without the base, `*` for one part of it, `**` for everything; `after` so many went well."""
        parts = re.escape(path).replace(r"\*\*", ".*").replace(r"\*", "[^/]+")
        self.rules.append(_Rule(method, re.compile(parts), fault, times, after))

    def next(self, method: str, path: str) -> Fault | None:
        """What happens to this call. Hold the lock."""
        for rule in self.rules:
            if rule.method in (method, "*") and rule.path.fullmatch(path):
                if rule.after:
                    rule.after -= 1
                    return None
                rule.times -= 1
                if rule.times <= 0:
                    self.rules.remove(rule)
                return rule.fault
        return None
