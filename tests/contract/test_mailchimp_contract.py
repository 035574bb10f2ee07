"""Every call that the adapter can make is one of Mailchimp's API, by Mailchimp's own description of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest

from newsletter.backends.mailchimp.answers import CampaignWrite, Content, MemberWrite, Operation
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.errors import MailchimpError
from newsletter.backends.mailchimp.transport import Transport
from newsletter.backends.mailchimp.wire import Answer, Lost, Request
from tests.fakes.prism_server import prism

KEY = f"{'0' * 32}-us21"
LIST, CAMPAIGN, HASH = "a1b2c3", "c0ffee", "0" * 32
MEMBER = MemberWrite(
    email="reader@example.com", status_if_new="pending", language="en", merge_fields={"FNAME": "Reader"}
)
WRITE = CampaignWrite(
    title="Rounds 1",
    list_id=LIST,
    segment_id=7,
    subject="Hello",
    preview_text="Good day",
    from_name="Rounds",
    reply_to="rounds@example.com",
)
NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)

CALLS: dict[str, Callable[[Mailchimp], object]] = {
    "ping": lambda api: api.ping(),
    "account": lambda api: api.account(),
    "audiences": lambda api: api.audiences(),
    "audience": lambda api: api.audience(LIST),
    "segments": lambda api: api.segments(LIST),
    "merge_fields": lambda api: api.merge_fields(LIST),
    "member": lambda api: api.member(LIST, HASH),
    "members": lambda api: api.members(LIST, offset=1000, changed_since=NOON, status="archived"),
    "upsert_member": lambda api: api.upsert_member(LIST, MEMBER),
    "unsubscribe_member": lambda api: api.unsubscribe_member(LIST, HASH),
    "ask_member_again": lambda api: api.ask_member_again(LIST, HASH),
    "erase_member": lambda api: api.erase_member(LIST, HASH),
    "tag_member": lambda api: api.tag_member(LIST, HASH, {"Press": True, "Old": False}),
    "add_to_tag": lambda api: api.add_to_tag(LIST, 17, ["ada@example.com", "ben@example.com"]),
    "start_batch": lambda api: api.start_batch(operations(api)),
    "batch": lambda api: api.batch("b4tch"),
    "webhooks": lambda api: api.webhooks(LIST),
    "add_webhook": lambda api: api.add_webhook(LIST, "https://rounds.example/hooks/s3cret"),
    "remove_webhook": lambda api: api.remove_webhook(LIST, "h00k"),
    "create_campaign": lambda api: api.create_campaign(WRITE),
    "update_campaign": lambda api: api.update_campaign(CAMPAIGN, WRITE),
    "campaign": lambda api: api.campaign(CAMPAIGN),
    "campaigns_titled": lambda api: api.campaigns_titled("Rounds 1", since=NOON),
    "put_content": lambda api: api.put_content(CAMPAIGN, Content(html="<p>*|UNSUB|*</p>", plain_text="*|UNSUB|*")),
    "content": lambda api: api.content(CAMPAIGN),
    "checklist": lambda api: api.checklist(CAMPAIGN),
    "send_test": lambda api: api.send_test(CAMPAIGN, ["editor@example.com"]),
    "schedule": lambda api: api.schedule(CAMPAIGN, NOON),
    "unschedule": lambda api: api.unschedule(CAMPAIGN),
    "send": lambda api: api.send(CAMPAIGN),
    "cancel_send": lambda api: api.cancel_send(CAMPAIGN),
    "delete_campaign": lambda api: api.delete_campaign(CAMPAIGN),
    "report": lambda api: api.report(CAMPAIGN),
    "link_clicks": lambda api: api.link_clicks(CAMPAIGN),
    "sent_to": lambda api: api.sent_to(CAMPAIGN, offset=1000),
    "left_after": lambda api: api.left_after(CAMPAIGN, offset=1000),
}
#: They ask nothing of the API: what they write is asked for one by one below, and results lie on another host.
WITHOUT_A_CALL = {"upsert_operation", "unsubscribe_operation", "batch_results"}


class Recording(Transport):
    """Keeps what was asked, and what Prism had against it."""

    def __init__(self, transport: Transport) -> None:
        super().__init__(transport.base)
        self.asked: list[str] = []
        self.objections: list[str] = []

    def ask(self, request: Request, *, seconds: float) -> Answer | Lost:
        came = super().ask(request, seconds=seconds)
        self.asked.append(f"{request.method} {request.path.partition('?')[0]}")
        self.objections += [f"{self.asked[-1]}: {objection}" for objection in objections(came)]
        return came


def objections(came: Answer | Lost) -> list[str]:
    """Against the call: Prism also objects to some of the description's own examples, which are answers."""
    if isinstance(came, Lost):
        return [came.reason]
    found = json.loads(came.headers.get("sl-violations") or "[]")
    against = [str(entry["message"]) for entry in found if entry["location"][0] != "response"]
    return [*against, *([f"{came.status} {came.body[:200]!r}"] if came.status >= 300 else [])]


def operations(api: Mailchimp) -> list[Operation]:
    return [api.upsert_operation("s:1", LIST, MEMBER), api.unsubscribe_operation("s:2", LIST, HASH)]


def as_calls(operations: list[Operation], like: Request) -> Iterator[Request]:
    """What Mailchimp does with a batch: each operation as a call of its own."""
    headers = {**like.headers, "Content-Type": "application/json"}
    for operation in operations:
        body = json.dumps(operation.body).encode()
        query = urlencode(operation.params)
        path = f"{operation.path}?{query}" if query else operation.path
        yield Request(method=operation.method, path=path, body=body, headers=headers)


def test_no_method_is_forgotten_here() -> None:
    public = {name for name in dir(Mailchimp) if not name.startswith("_")}
    assert CALLS.keys() | WITHOUT_A_CALL == public


@pytest.mark.slow
@pytest.mark.prism
def test_every_call_is_accepted_and_every_example_read(tmp_path: Path) -> None:
    with prism(tmp_path / "prism.log") as address:
        api = Mailchimp(api_key=KEY, api_url=address)
        api._transport = wire = Recording(api._transport)
        unread = {}
        for name, call in CALLS.items():
            before = len(wire.asked)
            try:
                answered = call(api)
                list(answered if isinstance(answered, Iterator) else [])
            except MailchimpError as error:
                unread[name] = f"{type(error).__name__}: {error}"
            assert len(wire.asked) > before, f"{name} asked nothing"
        like = api._client.ping.get().request
        for request in as_calls(operations(api), like):
            wire.ask(request, seconds=20)
        assert (unread, wire.objections) == ({}, [])

        # And it does object: a test that can't fail says nothing.
        wrong = Request(method="PUT", path=f"/lists/{LIST}/members/{HASH}", body=b"{}", headers=like.headers)
        assert objections(wire.ask(wrong, seconds=20))
        wrong = Request(method="GET", path="/campaigns?status=unheard-of", headers=like.headers)
        assert objections(wire.ask(wrong, seconds=20))
