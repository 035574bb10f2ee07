"""Mailchimp's adapter against a web server: what goes out, what is repeated, and what never leaves."""

from __future__ import annotations

import base64
import json
import socket
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from newsletter.backends.mailchimp.answers import Batch, CampaignWrite, Content, MemberWrite, Operation
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.errors import (
    DownError,
    InvalidIdError,
    KeyRefusedError,
    MailchimpError,
    NotFoundError,
    RefusedError,
    ThrottledError,
    UnsureError,
)
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


def reply(status: int, body: object = None, **headers: str) -> Reply:
    content = b"" if body is None else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, {**(JSON if content else {}), **named}, content


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
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newsletter.backends.mailchimp.calling._FIRST_PAUSE", 0.001)


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


def test_what_may_be_repeated_is_until_it_works(server: FakeReceiver) -> None:
    api = answering(server, reply(503), reply(429, Retry_After="0"), reply(500, {"title": "x"}), reply(200, MEMBER))
    assert api.upsert_member(LIST, WRITE).email == JANE
    assert len(server.received) == 4


def test_an_outage_is_not_waited_out_in_a_call(server: FakeReceiver) -> None:
    with pytest.raises(DownError):
        answering(server, reply(502)).member(LIST, HASH)
    assert len(server.received) == 4


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_sending_is_never_repeated_when_it_may_be_done(server: FakeReceiver, status: int) -> None:
    with pytest.raises(UnsureError):
        answering(server, reply(status)).send(CAMPAIGN)
    assert len(server.received) == 1


def test_sending_is_repeated_when_it_certainly_was_not_done(server: FakeReceiver) -> None:
    answering(server, reply(429), reply(204)).send(CAMPAIGN)
    assert len(server.received) == 2


@pytest.mark.parametrize("status", [403, 429])
def test_a_refusal_without_a_body_is_no_success(server: FakeReceiver, status: int) -> None:
    with pytest.raises(ThrottledError):
        answering(server, reply(status)).send(CAMPAIGN)


def test_a_wish_longer_than_the_deadline_is_handed_on_at_once(server: FakeReceiver) -> None:
    with pytest.raises(ThrottledError) as caught:
        answering(server, reply(429, Retry_After="120")).send(CAMPAIGN)
    assert caught.value.seconds == 120
    assert len(server.received) == 1


@pytest.mark.parametrize("body", [None, "", [], {}, {"status": "save"}, {"id": "c1"}, {"id": None, "status": "save"}])
def test_a_creation_without_a_campaign_in_the_answer_is_unsure(server: FakeReceiver, body: object) -> None:
    with pytest.raises(UnsureError):
        answering(server, reply(200, body)).create_campaign(CAMPAIGN_WRITE)
    assert len(server.received) == 1


def test_a_redirect_is_not_followed(server: FakeReceiver) -> None:
    calls: list[Callable[[Mailchimp], object]] = [lambda api: api.ping(), lambda api: api.send(CAMPAIGN)]
    for call in calls:
        server.received.clear()
        with pytest.raises(MailchimpError):
            call(answering(server, reply(302, Location=f"http://{server.socket}/elsewhere")))
        assert len(server.received) == 1


def test_what_is_gone_already_is_fine_to_remove(server: FakeReceiver) -> None:
    api = answering(server, reply(404, {"title": "Resource Not Found"}))
    api.erase_member(LIST, HASH)
    api.delete_campaign(CAMPAIGN)
    api.remove_webhook(LIST, "h00k")
    with pytest.raises(NotFoundError):
        api.campaign(CAMPAIGN)


@pytest.mark.parametrize("page", [reply(404), (404, {"Content-Type": "text/html"}, b"<h1>Not Found</h1>")])
def test_that_something_is_gone_is_believed_of_mailchimp_alone(server: FakeReceiver, page: Reply) -> None:
    """A machine on the way knows nothing of contacts and campaigns: nothing is erased or deleted by its word."""
    api = answering(server, page)
    calls: list[Callable[[], object]] = [
        lambda: api.erase_member(LIST, HASH), lambda: api.delete_campaign(CAMPAIGN), lambda: api.campaign(CAMPAIGN),
        lambda: api.remove_webhook(LIST, "h00k"),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(DownError):
            call()
    with pytest.raises(UnsureError):
        api.send(CAMPAIGN)


def test_a_plan_that_lacks_something_does_not_put_the_key_in_doubt(server: FakeReceiver) -> None:
    forbidden = reply(403, {"title": "Forbidden", "detail": "This feature is not in your plan"})
    calls: list[Callable[[Mailchimp], object]] = [
        lambda api: api.cancel_send(CAMPAIGN),
        lambda api: api.schedule(CAMPAIGN, datetime(2026, 3, 1, 9, 15, tzinfo=UTC)),
    ]
    for call in calls:
        with pytest.raises(RefusedError, match="plan"):
            call(answering(server, forbidden))
        with pytest.raises(KeyRefusedError):
            call(answering(server, reply(401)))
    with pytest.raises(KeyRefusedError):
        answering(server, forbidden).account()


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


def closed(connection: socket.socket) -> None:
    connection.close()


def test_no_key_and_no_address_in_any_error_or_log(server: FakeReceiver, caplog: pytest.LogCaptureFixture) -> None:
    quoted = {
        "title": f"Bad {JANE}",
        "detail": f"{JANE} ({HASH}) with {KEY}",
        "errors": [{"field": JANE, "message": JANE}],
    }
    calls: list[Callable[[Mailchimp], object]] = [
        lambda api: api.upsert_member(LIST, WRITE),
        lambda api: api.unsubscribe_member(LIST, HASH),
        lambda api: api.send_test(CAMPAIGN, [JANE]),
        lambda api: api.create_campaign(CAMPAIGN_WRITE),
        lambda api: api.put_content(CAMPAIGN, Content(html=JANE, plain_text=JANE)),
    ]
    replies = [reply(status, quoted) for status in (200, 302, 400, 401, 403, 404, 422, 429, 500)]
    said = []
    with caplog.at_level("DEBUG"):
        for call in calls:
            for one in [*replies, None]:
                server.behave = closed if one is None else None
                api = answering(server, one or reply(200))
                said += errors_of(lambda api=api, call=call: call(api))  # type: ignore[misc]
    assert len(said) > 40
    for text in [*said, caplog.text]:
        assert "0123456789abcdef" not in text
        assert base64.b64encode(KEY.encode()).decode()[4:20] not in text
        assert "jane" not in text.lower()
        assert HASH not in text


def errors_of(call: Callable[[], object]) -> list[str]:
    try:
        call()
    except MailchimpError as error:
        chain: BaseException | None = error
        texts = [only_messages(error)]
        while chain is not None:
            texts += [str(chain), repr(chain), repr(vars(chain))]
            chain = chain.__cause__ or chain.__context__
        return texts
    return []


def only_messages(error: BaseException) -> str:
    """Without the lines of source, which have the names of this test in them."""
    lines = "".join(traceback.format_exception(error)).splitlines()
    return "\n".join(line for line in lines if not line.startswith("  "))
