"""The fake Mailchimp's lines to others: keys, faults that were asked for, too many at once, webhooks, processes."""

from __future__ import annotations

import http.client
import json
import threading
from datetime import UTC, datetime
from urllib.parse import parse_qs

import pytest

from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.errors import KeyRefusedError, NotFoundError, RefusedError
from tests.fakes.http_server import FakeReceiver
from tests.fakes.mailchimp import FakeMailchimp, faults, hooks
from tests.fakes.mailchimp.looking import Remote
from tests.integration.asking_the_fake import ADA, BEN, NOON, a_campaign, api, ask, fake, readers

__all__ = ["api", "fake", "readers"]


class TestKeys:
    @pytest.mark.parametrize(
        ("key", "status"),
        [("f" * 32 + "-us21", 401), ("0123456789abcdef0123456789abcdef-us6", 403), ("nothing", 401)],
    )
    def test_only_its_own_is_taken(self, fake: FakeMailchimp, key: str, status: int) -> None:
        assert ask(fake, "GET", "/ping", key=key)[0] == status

    @pytest.mark.parametrize(
        ("key", "remedy"),
        [("f" * 32 + "-us21", "make a new one"), ("0123456789abcdef0123456789abcdef-us6", "Copy it again and whole")],
    )
    def test_whoever_has_another_one_is_told_what_to_do_and_the_key_is_not_repeated(
        self, fake: FakeMailchimp, key: str, remedy: str
    ) -> None:
        with pytest.raises(KeyRefusedError, match=remedy) as caught:
            Mailchimp(api_key=key, api_url=fake.url).ping()
        assert key[:8] not in str(caught.value)

    def test_a_revoked_one_is_not(self, fake: FakeMailchimp) -> None:
        fake.revoke_keys()
        assert ask(fake, "GET", "/ping")[0] == 401


def test_the_eleventh_at_once_is_throttled(fake: FakeMailchimp) -> None:
    fake.set(latency=0.2)
    statuses: list[int] = []
    threads = [threading.Thread(target=lambda: statuses.append(ask(fake, "GET", "/ping")[0])) for _ in range(11)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] * 10 + [429]
    assert fake.state.seen_at_once == 11


class TestFaults:
    @pytest.mark.parametrize(
        ("fault", "answer"),
        [
            (faults.throttled("7"), (429, b"")),
            (faults.forbidden(), (403, b"")),
            (faults.broken(503, done=False), (503, b"")),
            (faults.page_of_html(), (200, b"<html>Maintenance</html>")),
        ],
    )
    def test_an_answer_is_replaced_as_often_as_was_asked_for(
        self, fake: FakeMailchimp, fault: faults.Fault, answer: tuple[int, bytes]
    ) -> None:
        fake.fail("GET", "/lists/*", fault, times=2, after=1)
        path = f"/lists/{fake.add_list()}"
        answers = [ask(fake, "GET", path) for _ in range(4)]
        assert answers[1:3] == [answer, answer]
        assert [status for status, _ in (answers[0], answers[3])] == [200, 200]

    @pytest.mark.parametrize("done", [True, False])
    @pytest.mark.parametrize("fault", [faults.lost, faults.broken, lambda done: faults.hangs(0.05, done=done)])
    def test_a_lost_answer_says_nothing_of_whether_it_was_done(
        self, fake: FakeMailchimp, fault: type, done: bool
    ) -> None:
        fake.fail("POST", "/campaigns", fault(done=done))
        body = {"type": "regular"}
        try:
            assert ask(fake, "POST", "/campaigns", body) == (500, b"")
        except http.client.RemoteDisconnected:
            assert fault is not faults.broken
        assert len(fake.campaigns()) == done

    def test_an_answer_may_drip(self, fake: FakeMailchimp) -> None:
        fake.fail("GET", "/ping", faults.drips(0.001))
        assert b"Chimpy" in ask(fake, "GET", "/ping")[1]


class TestHooks:
    def test_one_is_set_up_at_an_address_that_answers(self, api: Mailchimp, fake: FakeMailchimp, readers: str) -> None:
        refuses, takes = FakeReceiver(status=404), FakeReceiver(status=200)
        with refuses.running(), takes.running():
            with pytest.raises(RefusedError):
                api.add_webhook(readers, refuses.url)
            hook = api.add_webhook(readers, takes.url)
            assert hook.secret
            assert [(one.url, one.secret) for one in api.webhooks(readers)] == [(takes.url, "")]
            fake.set(tells_hooks=True)
            fake.unsubscribe(readers, ADA)
        posted = takes.received[-1]
        told = parse_qs(posted.body.decode())
        assert (told["type"], told["data[email]"], told["data[list_id]"]) == (["unsubscribe"], [ADA], [readers])
        stamp = dict(part.split("=", 1) for part in posted.headers["x-mailchimp-signature"].split(","))
        at = datetime.fromtimestamp(int(stamp["t"]), UTC)
        assert hooks.signature(hook.secret, posted.body, at=at) == posted.headers["x-mailchimp-signature"]

    def test_events_may_be_wrong_in_each_way(self, fake: FakeMailchimp, api: Mailchimp, readers: str) -> None:
        variants: tuple[hooks.Variant, ...] = ("", "forged", "unsigned", "stale", "wrong list")
        with FakeReceiver(status=200).running() as receiver:
            secret = api.add_webhook(readers, receiver.url).secret
            for variant in variants:
                fake.emit(readers, "unsubscribe", ADA, variant=variant)
        genuine = [
            post.headers.get("x-mailchimp-signature") == hooks.signature(secret, post.body, at=NOON)
            for post in receiver.received[1:]
        ]
        assert genuine == [True, False, False, False, True]
        assert readers.encode() not in receiver.received[-1].body


class TestFromOutside:
    def test_another_process_sees_the_state_and_has_hands(self, fake: FakeMailchimp, readers: str) -> None:
        remote = Remote(fake.url)
        remote.do("unsubscribe", list_id=readers, address=ADA)
        assert remote.do("statuses", list_id=readers) == {ADA: "unsubscribed", BEN: "subscribed"}
        remote.do("fail", method="GET", path="/ping", fault={"kind": "answer", "status": 503})
        assert ask(fake, "GET", "/ping")[0] == 503
        assert remote.state()["calls"][-1]["path"] == "/ping"

    def test_the_state_goes_into_a_file_and_back(self, fake: FakeMailchimp, api: Mailchimp, readers: str) -> None:
        campaign = a_campaign(api, readers)
        kept = FakeMailchimp()
        with fake.settled() as state:
            kept.state.load(json.dumps(state.as_json()))
        assert kept.campaign(campaign) == fake.campaign(campaign)
        assert kept.statuses(readers) == fake.statuses(readers)

    def test_what_is_not_there_is_not_found(self, api: Mailchimp) -> None:
        with pytest.raises(NotFoundError):
            api.campaign("0000000000")
