"""Webhooks: set up, and the signed forms that are posted to them, genuine and otherwise."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Literal
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, build_opener

from tests.fakes.mailchimp.audiences import hash_of
from tests.fakes.mailchimp.problems import Json, ProblemError, invalid, not_found
from tests.fakes.mailchimp.state import State, shown

Variant = Literal["", "forged", "unsigned", "stale", "wrong list"]
HEADER = "X-Mailchimp-Signature"


def create(state: State, list_id: str, body: Json) -> Json:
    hooks, url = state.list(list_id)["_hooks"], str(body.get("url", ""))
    if url in [hook["url"] for hook in hooks.values()]:
        raise invalid("Sorry, you can't set up multiple WebHooks for one URL.", ("url", "Already there"))
    hook_id = hashlib.sha256(f"hook {state.number()}".encode()).hexdigest()[:10]
    secret = hashlib.sha256(f"secret of {hook_id}".encode()).hexdigest()
    hooks[hook_id] = {
        "id": hook_id,
        "url": url,
        "events": dict(body.get("events") or {}),
        "sources": dict(body.get("sources") or {}),
        "list_id": list_id,
        "_secret": secret,
    }
    return {**shown(hooks[hook_id]), "secret": secret}


def delete(state: State, list_id: str, hook_id: str) -> None:
    if state.list(list_id)["_hooks"].pop(hook_id, None) is None:
        raise not_found()


def check_address(url: str) -> None:
    """As Mailchimp looks at an address before it takes it. Not under the lock: it waits for another machine."""
    try:
        with build_opener().open(url, timeout=10) as answer:
            status = answer.status
    except HTTPError as error:
        status = error.code
        error.close()
    except (URLError, OSError, ValueError):
        status = 0
    if status != 200:
        raise ProblemError(400, "Invalid Resource", "The URL for this webhook does not answer with 200.")


def form(kind: str, list_id: str, address: str, *, at: datetime, more: Json | None = None) -> bytes:
    """The body of an event: of each kind the fields that Mailchimp's guide to webhooks shows, and no others."""
    values = {"type": kind, "fired_at": f"{at:%Y-%m-%d %H:%M:%S}", "data[list_id]": list_id}
    return urlencode({**values, **_data(kind, address), **(more or {})}).encode()


def _data(kind: str, address: str) -> dict[str, str]:
    name = hash_of(f"unique {address}")[:10]
    match kind:
        case "cleaned":  # without an id
            return {"data[campaign_id]": "4fjk2ma9xd", "data[reason]": "hard", "data[email]": address}
        case "upemail":
            return {"data[new_id]": name, "data[new_email]": f"new.{address}", "data[old_email]": address}
        case "campaign":
            return {"data[id]": "5aa2102003", "data[subject]": "Round 1", "data[status]": "sent", "data[reason]": ""}
        case "unsubscribe":
            why = {"data[action]": "unsub", "data[reason]": "manual", "data[campaign_id]": "cb398d21d2"}
        case _:
            why = {}
    merges = {"data[merges][EMAIL]": address, "data[merges][INTERESTS]": "Group1,Group2"}
    return {**why, "data[id]": name, "data[email]": address, "data[email_type]": "html", **merges}


def signature(secret: str, body: bytes, *, at: datetime) -> str:
    """The value of the header."""
    stamp = int(at.timestamp())
    signed = hmac.digest(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hex()
    return f"t={stamp},v1={signed}"


def headers(secret: str, body: bytes, *, at: datetime, variant: Variant = "") -> dict[str, str]:
    told = {"Content-Type": "application/x-www-form-urlencoded"}
    if variant == "unsigned":
        return told
    key = "f" * 64 if variant == "forged" else secret
    then = at - timedelta(minutes=10) if variant == "stale" else at
    return {**told, HEADER: signature(key, body, at=then)}


def post(url: str, body: bytes, told: dict[str, str]) -> int:
    """Deliver it; returns the status, 0 where nobody answered."""
    try:
        with build_opener().open(Request(url, data=body, headers=told), timeout=10) as answer:
            return int(answer.status)
    except HTTPError as error:
        error.close()
        return error.code
    except (URLError, OSError):
        return 0
