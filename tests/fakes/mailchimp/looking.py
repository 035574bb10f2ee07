"""`/_fake/`: for tests of other processes, and for whoever tries things out: the state, and hands over there."""

from __future__ import annotations

import json
from datetime import datetime
from typing import get_type_hints
from urllib.request import ProxyHandler, Request, build_opener

from tests.fakes.mailchimp.faults import Fault
from tests.fakes.mailchimp.hands import OverThere
from tests.fakes.mailchimp.problems import Answer, Json, ProblemError


def answer(over_there: OverThere, method: str, path: str, raw: bytes) -> Answer:
    """GET or POST /_fake/state, whole or in part; POST /_fake/do with `{"do": "unsubscribe", "with": {...}}`."""
    try:
        if (method, path) == ("GET", "/_fake/state"):
            with over_there.settled() as state:
                return Answer(raw=json.dumps(state.as_json()).encode())
        if (method, path) == ("POST", "/_fake/state"):
            with over_there.settled() as state:
                state.load(raw.decode())
            return Answer(status=204)
        if (method, path) == ("POST", "/_fake/do"):
            return Answer(document={"answer": _do(over_there, json.loads(raw))})
    except (ProblemError, ValueError, TypeError, KeyError) as error:
        return Answer(status=400, document={"error": f"{type(error).__name__}: {error}"})
    return Answer(status=404, document={"error": "there is /_fake/state and /_fake/do"})


def _do(over_there: OverThere, order: Json) -> object:
    """One of the public methods of `OverThere`; instants as ISO strings, faults as their fields."""
    name = str(order["do"])
    method = None if name.startswith("_") else getattr(OverThere, name, None)
    if not callable(method):
        raise TypeError(f"nobody can {name} over there")
    hints = get_type_hints(method)
    given = {key: _read(value, hints.get(key)) for key, value in order.get("with", {}).items()}
    told = method(over_there, **given)
    return [[*pair, times] for pair, times in told.items()] if name == "mailed" else told


def _read(value: object, kind: object) -> object:
    if kind is datetime:
        return datetime.fromisoformat(str(value))
    if kind is Fault and isinstance(value, dict):
        return Fault(**value)
    return tuple(value) if isinstance(value, list) else value


class Remote:
    """The same hands for another process: `Remote(url).do("unsubscribe", list_id=..., address=...)`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._opener = build_opener(ProxyHandler({}))

    def do(self, name: str, **given: object) -> object:
        told = self._ask("/_fake/do", json.dumps({"do": name, "with": given}).encode())
        return json.loads(told)["answer"]

    def state(self) -> Json:
        found: Json = json.loads(self._ask("/_fake/state", None))
        return found

    def _ask(self, path: str, data: bytes | None) -> bytes:
        with self._opener.open(Request(self.url + path, data=data), timeout=10) as answer:
            return bytes(answer.read())
