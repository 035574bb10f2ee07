"""Stages: what many tests begin with, built once and rolled back to after each of them.

`@stage` stands where `@pytest.fixture` would, on a function that fills the database from nothing but other stages:

    @stage
    def story(stories: StoryIndexPage) -> StoryPage: ...

The rows of a stage lie in a transaction that stays open from test to test, and each test in a savepoint on top of it.
A test that asks for other stages, or for none, finds the database without these: they are taken back before it begins
and built again when they are needed, so that no test can tell which one ran before it. `side_by_side` keeps tests
together that begin with the same.
"""

from __future__ import annotations

import inspect
import itertools
import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
from django.core import mail
from django.db import transaction

T = TypeVar("T")
_numbers = itertools.count()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A function that fills the database, and the names of the stages that it needs."""

    build: Callable[..., Any]
    name: str
    needs: tuple[str, ...]
    #: The order of definition is the order of building: what many share comes first and stays longest.
    number: int


def stage(build: Callable[..., T]) -> Callable[..., T]:
    """A fixture with what `build` returned: a copy for each test, as if it had just been made."""
    made = Stage(
        build=build, name=build.__name__, needs=tuple(inspect.signature(build).parameters), number=next(_numbers)
    )

    def value(stand: Stand, **prepared: Any) -> Any:
        if stand.holds(made):
            return stand.values()[made.name]
        return build(**{name: prepared[name] for name in made.needs})

    # pytest reads there what has to be prepared.
    needs = ("stand", "db", *made.needs)
    parameters = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in needs]
    vars(value).update(stage=made, __signature__=inspect.Signature(parameters), __doc__=build.__doc__)
    fixture: Callable[..., T] = pytest.fixture(name=made.name)(value)
    return fixture


def is_transactional(item: pytest.Item) -> bool:
    """Whether the test commits: then no transaction may be open around it, and it builds for itself."""
    names = getattr(item, "fixturenames", ())
    marked = any(mark.kwargs.get("transaction") for mark in item.iter_markers("django_db"))
    return marked or "transactional_db" in names or "live_server" in names


def stages_of(item: pytest.Item) -> list[Stage]:
    """The stages that a test begins with, each after those that it needs."""
    if is_transactional(item):
        return []
    fixtures = getattr(item, "_fixtureinfo").name2fixturedefs  # noqa: B009
    asked = {name: getattr(found[-1].func, "stage", None) for name, found in fixtures.items()}
    stages = {name: found for name, found in asked.items() if found}
    ordered: dict[Stage, None] = {}

    def put(wanted: Stage) -> None:
        for name in wanted.needs:
            assert name in stages, f"the stage {wanted.name} needs {name}, which is no stage"
            put(stages[name])
        ordered[wanted] = None

    for found in sorted(stages.values(), key=lambda stage: stage.number):
        put(found)
    return list(ordered)


def side_by_side(items: list[pytest.Item]) -> None:
    """Move tests with stages to the front, those with the same ones together; otherwise the order stays as it is."""
    begun = {item: stages_of(item) for item in items}
    first: dict[Stage, int] = {}
    for place, item in enumerate(items):
        for found in begun[item]:
            first.setdefault(found, place)
    last = len(items)
    items.sort(key=lambda item: [first[found] for found in begun[item]] or [last])


class Stand:
    """The stages whose rows the database holds, each in a savepoint above the one before."""

    def __init__(self) -> None:
        self._held: list[tuple[Stage, transaction.Atomic, bytes]] = []

    def holds(self, wanted: Stage) -> bool:
        return any(held is wanted for held, *_ in self._held)

    def values(self) -> dict[str, Any]:
        """Fresh copies of what the stages returned, by their names. What they share, the copies share."""
        values: dict[str, Any] = pickle.loads(self._held[-1][2]) if self._held else {}  # noqa: S301 (our own bytes)
        return values

    def hold(self, stages: Sequence[Stage]) -> None:
        """Bring the database to these stages and no others."""
        while [held for held, *_ in self._held] != list(stages[: len(self._held)]):
            _, atomic, _ = self._held.pop()
            roll_back(atomic)
        for wanted in stages[len(self._held) :]:
            self._build(wanted)

    def _build(self, wanted: Stage) -> None:
        atomic = transaction.atomic()
        vars(atomic)["_from_testcase"] = True  # as Django's own test case does: what is durable may begin inside
        atomic.__enter__()
        try:
            values = self.values()
            values[wanted.name] = wanted.build(**{name: values[name] for name in wanted.needs})
            copy = pickle.dumps(values)
        except BaseException:
            roll_back(atomic)
            raise
        mail.outbox.clear()
        self._held.append((wanted, atomic, copy))


def roll_back(atomic: transaction.Atomic) -> None:
    transaction.set_rollback(True)
    atomic.__exit__(None, None, None)
