"""Everything that the fake knows: documents as Mailchimp shows them, with what it keeps to itself under `_names`."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta

from tests.fakes.mailchimp.problems import Json, not_found

#: A key that the fake takes unless told otherwise.
KEY = "0123456789abcdef0123456789abcdef-us21"


@dataclass
class Settings:
    """What tests turn. All of it may be set at any time."""

    #: Seconds that every answer takes.
    latency: float = 0.0
    #: More than these at once are answered with 429.
    most_at_once: int = 10
    #: Operations of batches a second; 0: all of them as soon as somebody looks.
    batch_rate: float = 0.0
    #: Where results of batches are said to lie; empty: here.
    results_base: str = ""
    #: Seconds between `sending` and `sent`.
    sending_for: float = 0.0
    #: 402 or 403: what a free plan answers to cancel-send.
    cancel_refused: int = 0
    #: More for every checklist: `{"type", "id", "heading", "details"}`; one of type `error` is in the way.
    checklist: list[Json] = field(default_factory=list)
    #: Whether a new webhook's address has to answer 200 to GET.
    checks_hooks: bool = True
    #: Whether what readers and people over there do is told to webhooks at once.
    tells_hooks: bool = False
    #: Whether a list of members without a status has archived ones, too.
    lists_archived: bool = True
    #: Names of tracking that the plan does not let anybody turn off, such as `html_clicks`.
    always_tracked: list[str] = field(default_factory=list)
    #: Addresses that bounce: `hard` or `soft`.
    bounces: dict[str, str] = field(default_factory=dict)


@dataclass
class State:
    account: Json = field(default_factory=lambda: {"account_id": "8d3a3db4d97663a9074efcc16", "account_name": "Praxis"})
    keys: list[str] = field(default_factory=lambda: [KEY])
    #: By id; each has `_members`, `_segments`, `_merge_fields`, `_hooks`, `_forgotten`.
    lists: dict[str, Json] = field(default_factory=dict)
    campaigns: dict[str, Json] = field(default_factory=dict)
    batches: dict[str, Json] = field(default_factory=dict)
    #: What was mailed to whom, in order: `[campaign id, address]`. The point of it all: no pair comes twice.
    mailed: list[list[str]] = field(default_factory=list)
    #: Tests: `[campaign id, address, kind]`.
    tests: list[list[str]] = field(default_factory=list)
    #: Requests to confirm that Mailchimp mailed by itself: `[list id, address]`.
    confirmations: list[list[str]] = field(default_factory=list)
    #: Who had left or bounced and was subscribed again by the API, not by themselves: `[list id, address]`.
    resubscribed: list[list[str]] = field(default_factory=list)
    calls: list[Json] = field(default_factory=list)
    #: Most requests at work at the same time.
    seen_at_once: int = 0
    counter: int = 0
    #: Seconds that the clock here is ahead; `stopped_at` holds it still.
    ahead: float = 0.0
    stopped_at: str = ""
    settings: Settings = field(default_factory=Settings)

    def __post_init__(self) -> None:
        self.lock = threading.RLock()

    @property
    def now(self) -> datetime:
        base = datetime.fromisoformat(self.stopped_at) if self.stopped_at else datetime.now(UTC)
        return base + timedelta(seconds=self.ahead)

    def number(self) -> int:
        self.counter += 1
        return self.counter

    def list(self, list_id: str) -> Json:
        if list_id not in self.lists:
            raise not_found()
        return self.lists[list_id]

    def campaign(self, campaign_id: str) -> Json:
        if campaign_id not in self.campaigns:
            raise not_found()
        return self.campaigns[campaign_id]

    def as_json(self) -> Json:
        """Without copying: hold the lock while it is written."""
        told = {each.name: getattr(self, each.name) for each in fields(self)}
        return {**told, "settings": vars(self.settings), "now": written(self.now)}

    def load(self, text: str) -> None:
        """Go on from what `as_json` told; names that are missing stay as they are."""
        given: Json = json.loads(text)
        for each in fields(self):
            if each.name == "settings":
                vars(self.settings).update(given.get("settings", {}))
            elif each.name in given:
                setattr(self, each.name, given[each.name])


def written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def read(text: str) -> datetime:
    found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def shown(document: Json) -> Json:
    """What Mailchimp shows of it."""
    return {name: value for name, value in document.items() if not name.startswith("_")}


def page(items: Iterable[Json], query: dict[str, str]) -> list[Json]:
    """As `count` (10 by default, at most 1000) and `offset` say."""
    offset, count = int(query.get("offset", 0)), min(int(query.get("count", 10)), 1000)
    return [shown(item) for item in [*items][offset : offset + count]]
