"""What happens over there by itself: what people do by hand, what readers do, and time."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields
from datetime import datetime, timedelta

from tests.fakes.mailchimp import audiences, batches, campaigns, hooks
from tests.fakes.mailchimp.faults import Fault, Script
from tests.fakes.mailchimp.hooks import Variant
from tests.fakes.mailchimp.problems import Answer, Json
from tests.fakes.mailchimp.routes import answer
from tests.fakes.mailchimp.state import State, shown, written


class OverThere:
    """Everything that a test may do to Mailchimp other than by its API. Every method may be called at any time."""

    def __init__(self, state: State | None = None) -> None:
        self.state = state or State()
        self.script = Script()
        #: Where it is reached, without a slash at the end.
        self.url = ""

    def start_afresh(self) -> None:
        """Forget everything, faults too: an empty account with a running clock."""
        with self.state.lock:
            blank = State()
            for name in (each.name for each in fields(State)):
                setattr(self.state, name, getattr(blank, name))
            self.script.rules.clear()

    @contextmanager
    def settled(self) -> Iterator[State]:
        """The state as it is now, held still."""
        with self.state.lock:
            campaigns.settle(self.state)
            batches.work(self.state, self.url, self._do)
            yield self.state

    def _do(self, method: str, path: str, query: Json, body: Json) -> Answer:
        return answer(self.state, method, path, {name: str(value) for name, value in query.items()}, body)

    # Time
    @property
    def now(self) -> datetime:
        return self.state.now

    def stop_clock(self, at: datetime) -> None:
        """Hold it at this instant, from which only `advance` moves it."""
        self.state.stopped_at, self.state.ahead = at.isoformat(), 0.0

    def advance(self, *, seconds: float = 0, minutes: float = 0) -> None:
        self.state.ahead += timedelta(seconds=seconds, minutes=minutes).total_seconds()
        with self.settled():
            pass

    # Faults
    def fail(self, method: str, path: str, fault: Fault, *, times: int = 1, after: int = 0) -> None:
        """See `faults`. `path` is without the base, such as `/campaigns/*/content`."""
        with self.state.lock:
            self.script.add(method, path, fault, times=times, after=after)

    def heal(self) -> None:
        """Forget all faults that have not happened yet."""
        with self.state.lock:
            self.script.rules.clear()

    def set(self, **settings: object) -> None:
        """Turn `state.Settings`."""
        known = asdict(self.state.settings)
        assert set(settings) <= set(known), f"no such settings: {set(settings) - set(known)}"
        vars(self.state.settings).update(settings)

    # The account
    def revoke_keys(self) -> None:
        self.state.keys = []

    # Audiences
    def add_list(self, name: str = "Readers", *, list_id: str = "") -> str:
        with self.state.lock:
            list_id = list_id or hashlib.sha256(f"list {self.state.number()}".encode()).hexdigest()[:10]
            self.state.lists[list_id] = {
                "id": list_id,
                "web_id": self.state.number(),
                "name": name,
                "date_created": written(self.now),
                "double_optin": False,
                "_members": {},
                "_segments": [],
                "_merge_fields": [],
                "_hooks": {},
                "_forgotten": [],
            }
            return list_id

    def remove_list(self, list_id: str) -> None:
        with self.settled() as state:
            del state.lists[list_id]

    def add_segment(self, list_id: str, name: str, *, kind: str = "saved") -> int:
        """`saved`, or `static` for a tag."""
        with self.state.lock:
            return int(audiences.add_segment(self.state, list_id, name, kind)["id"])

    def add_merge_field(
        self, list_id: str, tag: str, name: str = "", *, kind: str = "text", required: bool = False
    ) -> None:
        with self.state.lock:
            fields = self.state.list(list_id)["_merge_fields"]
            more = {"default_value": "", "public": False, "display_order": len(fields) + 2, "list_id": list_id}
            field = {"merge_id": len(fields) + 1, "tag": tag, "name": name or tag, "type": kind, "required": required}
            fields.append({**field, **more})

    def add_member(
        self, list_id: str, address: str, *, status: str = "subscribed", segments: tuple[int, ...] = (), **more: object
    ) -> str:
        """Somebody who came there by another way than our API; returns the hash."""
        with self.settled() as state:
            member = audiences.blank_member(state, list_id, address, status)
            member.update(more, source="Hosted Signup Form", _in=[*segments])
            member["_left_by"] = "reader" if status == "unsubscribed" else ""
            state.list(list_id)["_members"][member["id"]] = member
            return str(member["id"])

    def member(self, list_id: str, address: str) -> Json | None:
        with self.settled() as state:
            found = state.list(list_id)["_members"].get(audiences.hash_of(address))
            return None if found is None else shown(found)

    def statuses(self, list_id: str) -> dict[str, str]:
        """By address."""
        with self.settled() as state:
            members = state.list(list_id)["_members"].values()
            return {member["email_address"]: member["status"] for member in members}

    def unsubscribe(self, list_id: str, address: str, *, by: str = "reader") -> None:
        """`reader`: only the reader comes back; `admin`: a person over there did it."""
        self._change(list_id, address, "unsubscribed", by=by, event="unsubscribe")

    def clean(self, list_id: str, address: str) -> None:
        self._change(list_id, address, "cleaned", by="", event="cleaned")

    def confirm(self, list_id: str, address: str) -> None:
        """A reader follows the link of the mail with which Mailchimp asked."""
        self._change(list_id, address, "subscribed", by="reader", event="subscribe")

    def archive(self, list_id: str, address: str) -> None:
        """What Mailchimp tells of it looks like somebody who left, but for one word."""
        told = {"data[action]": "delete"}
        self._change(list_id, address, "archived", by="admin", event="unsubscribe", more=told)

    def _change(
        self, list_id: str, address: str, status: str, *, by: str, event: str, more: Json | None = None
    ) -> None:
        with self.settled() as state:
            audiences.set_status(state, audiences.find(state, list_id, audiences.hash_of(address)), status, by=by)
        if self.state.settings.tells_hooks:
            self.emit(list_id, event, address, more=more)

    def delete_for_good(self, list_id: str, address: str) -> None:
        """A person over there deletes a contact and all that is known of it. It is told of as `archive` is."""
        with self.settled() as state:
            audiences.forget(state, list_id, audiences.hash_of(address))
        if self.state.settings.tells_hooks:
            self.emit(list_id, "unsubscribe", address, more={"data[action]": "delete"})

    def put_in_compliance(self, list_id: str, address: str) -> None:
        """No upsert is taken for it any more."""
        with self.settled() as state:
            audiences.find(state, list_id, audiences.hash_of(address))["_compliance"] = True

    # Campaigns
    def campaigns(self) -> list[Json]:
        with self.settled() as state:
            return [campaigns.displayed(state, campaign) for campaign in state.campaigns.values()]

    def campaign(self, campaign_id: str) -> Json:
        with self.settled() as state:
            return campaigns.displayed(state, state.campaign(campaign_id))

    def content(self, campaign_id: str) -> Json:
        with self.settled() as state:
            return campaigns.content(state, campaign_id)

    def mailed(self) -> Counter[tuple[str, str]]:
        """How often each campaign was mailed to each address: never more than once, if all is well."""
        with self.settled() as state:
            return Counter((campaign_id, address) for campaign_id, address in state.mailed)

    def edit_content(self, campaign_id: str, html: str) -> None:
        with self.settled() as state:
            state.campaign(campaign_id)["_html"] = html

    def edit_settings(self, campaign_id: str, **settings: str) -> None:
        """Such as `subject_line`, also of a scheduled one: the web interface may."""
        with self.settled() as state:
            state.campaign(campaign_id)["settings"].update(settings)

    def edit_tracking(self, campaign_id: str, **tracking: object) -> None:
        """Such as `opens=True` or `google_analytics="spring"`; None takes away what is said of it."""
        with self.settled() as state:
            kept = state.campaign(campaign_id)["tracking"]
            kept.update(tracking)
            for name in [name for name, value in kept.items() if value is None]:
                del kept[name]

    def delete_campaign(self, campaign_id: str) -> None:
        with self.settled() as state:
            del state.campaigns[campaign_id]

    def send_campaign(self, campaign_id: str) -> None:
        with self.settled() as state:
            if state.campaign(campaign_id)["status"] == "schedule":
                campaigns.unschedule(state, campaign_id)
            campaigns.send(state, campaign_id)

    def schedule_campaign(self, campaign_id: str, at: datetime) -> None:
        with self.settled() as state:
            campaigns.schedule(state, campaign_id, {"schedule_time": at.isoformat()})

    def unschedule_campaign(self, campaign_id: str) -> None:
        with self.settled() as state:
            campaigns.unschedule(state, campaign_id)

    def cancel_campaign(self, campaign_id: str) -> None:
        with self.settled() as state:
            state.campaign(campaign_id)["status"] = "canceled"

    # What readers make of a campaign
    def count(self, campaign_id: str, *, opens: int = 0, links: dict[str, int] | None = None, abuse: int = 0) -> None:
        with self.settled() as state:
            state.campaign(campaign_id).update(_opens=opens, _links=links or {}, _abuse=abuse)

    def leave_through(self, campaign_id: str, address: str, *, reason: str = "") -> None:
        """A reader follows the link to unsubscribe of a campaign."""
        with self.settled() as state:
            campaign = state.campaign(campaign_id)
            entry = {"email_address": address, "timestamp": written(state.now), "reason": reason}
            campaign["_left"].append(entry)
            list_id = campaign["recipients"]["list_id"]
        self.unsubscribe(list_id, address)

    # Webhooks
    def hooks(self, list_id: str) -> list[Json]:
        """With the secret of each, as `_secret`."""
        with self.settled() as state:
            return [{**hook} for hook in state.list(list_id)["_hooks"].values()]

    def emit(
        self,
        list_id: str,
        kind: str,
        address: str,
        *,
        variant: Variant = "",
        times: int = 1,
        more: Json | None = None,
    ) -> list[int]:
        """Post an event to the list's webhooks; returns the status of each post. Twice the same is a replay."""
        about = "ffffffffff" if variant == "wrong list" else list_id
        body = hooks.form(kind, about, address, at=self.now, more=more)
        return [
            hooks.post(hook["url"], body, hooks.headers(hook["_secret"], body, at=self.now, variant=variant))
            for hook in self.hooks(list_id)
            for _ in range(times)
        ]
