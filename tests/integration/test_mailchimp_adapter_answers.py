"""What Mailchimp's adapter takes an answer for: what is repeated, what is unsure or gone, and what is in no error."""

from __future__ import annotations

import base64
import socket
import traceback
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from newsletter.backends.mailchimp.answers import Content
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.errors import (
    DownError,
    KeyRefusedError,
    MailchimpError,
    NotFoundError,
    RefusedError,
    ThrottledError,
    UnsureError,
)
from tests.fakes.http_server import FakeReceiver
from tests.integration.scripted_mailchimp import (
    CAMPAIGN,
    CAMPAIGN_WRITE,
    HASH,
    JANE,
    KEY,
    LIST,
    MEMBER,
    WRITE,
    Reply,
    answering,
    no_pauses,
    reply,
    running,
    server,
)

__all__ = ["no_pauses", "running", "server"]


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
