"""What Mailchimp's adapter sends out to a web server, and what it never sends."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from newsletter.backends.mailchimp.answers import Batch, Operation
from newsletter.backends.mailchimp.errors import InvalidIdError, MailchimpError, NotFoundError
from tests.fakes.http_server import FakeReceiver, Received
from tests.integration.scripted_mailchimp import (
    CAMPAIGN,
    CAMPAIGN_WRITE,
    CREATED,
    HASH,
    JANE,
    KEY,
    LIST,
    MEMBER,
    WRITE,
    Reply,
    answering,
    mailchimp,
    no_pauses,
    reply,
    running,
    sent,
    server,
)

__all__ = ["no_pauses", "running", "server"]


def test_the_key_goes_out_in_the_header_alone(server: FakeReceiver) -> None:
    answering(server, reply(200, {"health_status": "fine"})).ping()
    received, _ = sent(server)
    login = base64.b64decode(received.headers["authorization"].removeprefix("Basic ")).decode()
    assert login.partition(":")[2] == KEY
    assert received.path == "/ping"
    assert received.headers["host"] == server.socket


def test_an_upsert_begins_a_status_and_never_sets_one(server: FakeReceiver) -> None:
    member = answering(server, reply(200, MEMBER)).upsert_member(LIST, WRITE)
    received, body = sent(server)
    assert (received.method, received.path) == ("PUT", f"/lists/{LIST}/members/{HASH}")
    assert body == {
        "email_address": JANE,
        "status_if_new": "pending",
        "language": "en",
        "merge_fields": {"FNAME": "Jane"},
    }
    assert member.email == JANE


def test_members_are_asked_for_a_thousand_at_a_time_and_for_what_is_used(server: FakeReceiver) -> None:
    since = datetime.fromisoformat("2026-03-01T10:30:00+01:00")
    page = answering(server, reply(200, {"members": [MEMBER], "total_items": 1001})).members(
        LIST, offset=1000, changed_since=since, status="unsubscribed"
    )
    received, _ = sent(server)
    assert "count=1000&offset=1000&" in received.path
    assert "since_last_changed=2026-03-01T09%3A30%3A00%2B00%3A00" in received.path
    assert "sort_field=last_changed&sort_dir=ASC" in received.path
    assert "status=unsubscribed" in received.path
    assert "members.email_address" in received.path
    assert "location" not in received.path
    assert (page.total, page.seen) == (1001, 1)


@pytest.mark.parametrize("act", ["send", "unschedule", "cancel_send"])
def test_a_call_without_a_body_sends_none(server: FakeReceiver, act: str) -> None:
    getattr(answering(server, reply(204)), act)(CAMPAIGN)
    received, _ = sent(server)
    assert received.body == b""
    assert "content-type" not in received.headers
    assert received.headers["content-length"] == "0"


def test_a_campaign_is_created_without_tracking(server: FakeReceiver) -> None:
    campaign = answering(server, reply(200, CREATED)).create_campaign(CAMPAIGN_WRITE)
    _, body = sent(server)
    tracking = body["tracking"]
    assert isinstance(tracking, dict)
    assert {"opens", "html_clicks", "text_clicks"} <= tracking.keys()
    assert not any(tracking.values())
    assert body["recipients"] == {"list_id": LIST, "segment_opts": {"saved_segment_id": 7}}
    assert (campaign.id, campaign.title, campaign.status) == (CAMPAIGN, "Rounds 1", "save")


def test_only_campaigns_of_exactly_the_title_are_found(server: FakeReceiver) -> None:
    listed = [CREATED, {**CREATED, "id": "c2", "settings": {"title": "Rounds 10"}}]
    api = answering(server, reply(200, {"campaigns": listed, "total_items": 2}))
    found = api.campaigns_titled("Rounds 1", since=datetime(2026, 3, 1, tzinfo=UTC))
    assert [campaign.id for campaign in found] == [CAMPAIGN]
    assert "since_create_time=2026-03-01T00%3A00%3A00%2B00%3A00" in server.received[0].path


def test_all_audiences_are_listed_page_by_page(server: FakeReceiver) -> None:
    def listed(received: Received) -> Reply:
        offset = int(received.path.partition("offset=")[2])
        lists = [{"id": f"l{number}", "name": "x"} for number in range(offset, min(offset + 1000, 1005))]
        return reply(200, {"lists": lists, "total_items": 1005})

    server.script = listed
    assert len(list(mailchimp(server).audiences())) == 1005
    assert len(server.received) == 2


def test_a_campaign_beside_the_quarter_is_never_scheduled(server: FakeReceiver) -> None:
    with pytest.raises(ValueError, match="quarters"):
        mailchimp(server).schedule(CAMPAIGN, datetime(2026, 3, 1, 9, 20, tzinfo=UTC))
    assert server.received == []


BAD_IDS = ["../lists", "a/b", "a?b", "a#b", "a%2Fb", "", "a" * 33, "a\r\nHost: evil", "ä", "{campaign_id}", "a b"]


@pytest.mark.parametrize("given", BAD_IDS)
def test_an_id_with_other_characters_is_sent_nowhere(server: FakeReceiver, given: str) -> None:
    api = mailchimp(server)
    calls: list[Callable[[], object]] = [
        lambda: api.campaign(given), lambda: api.send(given), lambda: api.report(given), lambda: api.audience(given),
        lambda: api.batch(given), lambda: api.remove_webhook(LIST, given), lambda: api.segments(given),
        lambda: api.member(LIST, given), lambda: api.upsert_member(given, WRITE), lambda: api.erase_member(LIST, given),
        lambda: api.unsubscribe_operation("k", LIST, given), lambda: api.upsert_operation("k", given, WRITE),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(InvalidIdError):
            call()
    assert server.received == []


def test_an_id_may_be_the_word_that_the_client_would_replace(server: FakeReceiver) -> None:
    answering(server, reply(200, {**CREATED, "id": "server"})).campaign("server")
    assert server.received[0].path.startswith("/campaigns/server?")


def test_a_webhook_is_not_told_of_what_we_did_ourselves(server: FakeReceiver) -> None:
    url = "https://rounds.example/hooks/5ecret"
    hook = answering(server, reply(200, {"id": "h1", "url": url, "secret": "s3"})).add_webhook(LIST, url)
    _, body = sent(server)
    assert isinstance(body["sources"], dict)
    assert body["sources"]["api"] is False
    assert (hook.id, hook.secret) == ("h1", "s3")


def test_operations_of_a_batch_are_written_as_it_reads_them(server: FakeReceiver) -> None:
    api = answering(server, reply(200, {"id": "b1", "status": "pending"}))
    api.start_batch([api.upsert_operation("s:1", LIST, WRITE), api.unsubscribe_operation("s:2", LIST, HASH)])
    _, body = sent(server)
    operations = body["operations"]
    assert isinstance(operations, list)
    assert [(entry["method"], entry["path"], entry["operation_id"]) for entry in operations] == [
        ("PUT", f"/lists/{LIST}/members/{HASH}", "s:1"),
        ("PATCH", f"/lists/{LIST}/members/{HASH}", "s:2"),
    ]
    assert json.loads(operations[0]["body"])["status_if_new"] == "pending"
    assert json.loads(operations[1]["body"]) == {"status": "unsubscribed"}
    assert [entry.get("params") for entry in operations] == [None, {"skip_merge_validation": "true"}]


@pytest.mark.parametrize(
    "operation",
    [
        Operation(key=JANE, method="PUT", path=f"/lists/{LIST}/members/{HASH}"),
        Operation(key="k", method="DELETE", path=f"/lists/{LIST}/members/{HASH}"),
        Operation(key="k", method="PUT", path="/lists/../campaigns"),
    ],
)
def test_a_batch_does_nothing_but_write_members(server: FakeReceiver, operation: Operation) -> None:
    with pytest.raises(InvalidIdError):
        mailchimp(server).start_batch([operation])
    assert server.received == []


def test_results_are_fetched_without_the_key(server: FakeReceiver) -> None:
    batch = Batch(
        id="b1", status="finished", total=1, finished=1, errored=0, results_url=f"http://{server.socket}/r/1.tar.gz"
    )
    with pytest.raises(MailchimpError):
        list(answering(server, reply(200, [])).batch_results(batch))
    received, _ = sent(server)
    assert received.path == "/r/1.tar.gz"
    assert "authorization" not in received.headers
    with pytest.raises(NotFoundError):
        answering(server, (403, {}, b"<Error><Code>AccessDenied</Code></Error>")).batch_results(batch)
