"""Mailchimp's adapter, a web server that answers it what a test wants, and what is asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from newsletter.backends.mailchimp.answers import CampaignWrite, MemberWrite
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.ids import member_hash
from tests.fakes.http_server import FakeReceiver, Received

KEY = f"{'0123456789abcdef' * 2}-us21"
LIST, CAMPAIGN = "a1b2c3", "c0ffee"
JANE = "jane.doe@clinic.example"
HASH = member_hash(JANE)
MEMBER = {"id": HASH, "email_address": JANE, "status": "pending"}
CREATED = {"id": CAMPAIGN, "status": "save", "settings": {"title": "Rounds 1"}}
WRITE = MemberWrite(email=JANE, status_if_new="pending", language="en", merge_fields={"FNAME": "Jane"})
CAMPAIGN_WRITE = CampaignWrite(
    title="Rounds 1", list_id=LIST, segment_id=7, subject="Hello", preview_text="", from_name="Rounds", reply_to=JANE
)
JSON = {"Content-Type": "application/json; charset=utf-8"}
Reply = tuple[int, dict[str, str], bytes]


@pytest.fixture(scope="module")
def running() -> Iterator[FakeReceiver]:
    with FakeReceiver().running() as receiver:
        yield receiver


@pytest.fixture
def server(running: FakeReceiver) -> FakeReceiver:
    running.received.clear()
    running.behave = running.script = None
    return running


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newsletter.backends.mailchimp.calling._FIRST_PAUSE", 0.001)


def reply(status: int, body: object = None, **headers: str) -> Reply:
    content = b"" if body is None else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, {**(JSON if content else {}), **named}, content


def mailchimp(server: FakeReceiver, *, deadline: float = 5) -> Mailchimp:
    return Mailchimp(api_key=KEY, api_url=f"http://{server.socket}", deadline=deadline)


def answering(server: FakeReceiver, *replies: Reply) -> Mailchimp:
    """Each reply once, and the last one for ever."""
    left = list(replies)
    server.script = lambda received: left.pop(0) if len(left) > 1 else left[0]
    return mailchimp(server)


def sent(server: FakeReceiver) -> tuple[Received, dict[str, object]]:
    (received,) = server.received
    return received, json.loads(received.body) if received.body else {}
