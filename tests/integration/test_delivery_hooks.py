"""Outgoing webhooks: signed, sent at least once, tried again, given up; told apart by their id."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from core import outgoing
from newsletter.audience import hooks as audience_hooks
from newsletter.audience.end import end
from newsletter.audience.erase import erase
from newsletter.audience.hook_secrets import give_secret
from newsletter.delivery import agenda, hooks
from newsletter.delivery.stopping import Stop
from newsletter.engine.subscriptions import EndReason
from newsletter.models import HookEndpoint, HookEvent, Newsletter, OutgoingHook
from tests.factories import make_subscription
from tests.factories_delivery import NOON, make_campaign
from tests.fakes.http_server import FakeReceiver, Received

HOUR = timedelta(hours=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def receiver(settings: Settings) -> Iterator[FakeReceiver]:
    with FakeReceiver().running() as running:
        settings.NEWSLETTER_HOOKS_ALLOW = [running.socket]
        yield running


def listen(receiver: FakeReceiver, *events: HookEvent) -> tuple[HookEndpoint, str]:
    """An endpoint for these events, all of them unless told otherwise, and its secret."""
    endpoint = HookEndpoint(url=receiver.url, events=[event.value for event in events or HookEvent])
    secret = give_secret(endpoint, now=NOON)
    endpoint.save()
    return endpoint, secret


def verify(received: Received, secret: str) -> bool:
    """As the specification describes it to receivers (Standard Webhooks 1.0, "Verifying webhook authenticity")."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{received.headers['webhook-id']}.{received.headers['webhook-timestamp']}.".encode() + received.body
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(expected, given) for given in received.headers["webhook-signature"].split(" "))


def state_of(hook: OutgoingHook) -> tuple[str, int]:
    hook.refresh_from_db()
    return hook.state, hook.attempts


class TestPosting:
    def test_a_receiver_learns_who_left_and_can_verify_it(self, receiver: FakeReceiver, newsletter: Newsletter) -> None:
        _, secret = listen(receiver)
        subscription = make_subscription(newsletter, "ana@example.com")
        end(subscription, reason=EndReason.ONE_CLICK, source="test", now=NOON)
        assert hooks.send_due(NOON) == 1
        (got,) = receiver.received
        assert verify(got, secret)
        assert got.headers["content-type"] == "application/json"
        assert int(got.headers["webhook-timestamp"]) == int(NOON.timestamp())
        assert json.loads(got.body) == {
            "type": "unsubscribed",
            "timestamp": NOON.isoformat(),
            "data": {
                "subscriber": subscription.subscriber_id,
                "email": "ana@example.com",
                "newsletter": "rounds",
                "state": "ended",
                "reason": "one_click",
            },
        }
        hook = OutgoingHook.objects.get()
        assert (hook.state, hook.settled_at is not None, hook.tries.get().status) == ("sent", True, 204)

    def test_a_signature_holds_for_one_body_one_id_and_one_time(
        self, receiver: FakeReceiver, newsletter: Newsletter
    ) -> None:
        _, secret = listen(receiver)
        audience_hooks.announce_sent(make_campaign(newsletter), now=NOON)
        hooks.send_due(NOON)
        (got,) = receiver.received
        altered = [
            Received(path=got.path, headers=got.headers, body=got.body + b" "),
            *(
                Received(path=got.path, headers={**got.headers, name: "1"}, body=got.body)
                for name in ("webhook-id", "webhook-timestamp")
            ),
        ]
        assert [verify(one, secret) for one in altered] == [False] * 3
        assert not verify(got, "whsec_" + base64.b64encode(bytes(32)).decode())

    def test_only_endpoints_that_asked_are_told(self, receiver: FakeReceiver, newsletter: Newsletter) -> None:
        listen(receiver, HookEvent.ISSUE_SENT)
        off, _ = listen(receiver)
        HookEndpoint.objects.filter(pk=off.pk).update(active=False)
        end(make_subscription(newsletter), reason=EndReason.BOUNCED, source="test", now=NOON)
        assert not OutgoingHook.objects.exists()

    def test_while_a_secret_is_changed_both_sign_for_a_day(self, receiver: FakeReceiver) -> None:
        endpoint, old = listen(receiver)
        new = give_secret(endpoint, now=NOON)
        endpoint.save()
        for hours in (1, 25):
            audience_hooks.announce_test(endpoint, now=NOON + hours * HOUR)
            hooks.send_due(NOON + hours * HOUR)
        during, after = receiver.received
        assert (verify(during, old), verify(during, new)) == (True, True)
        assert (verify(after, old), verify(after, new)) == (False, True)

    def test_secrets_live_through_a_change_of_the_sites_key(self, receiver: FakeReceiver, settings: Settings) -> None:
        endpoint, secret = listen(receiver)
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "the next key of this site, long enough to be one"
        call_command("reseal_secrets", stdout=StringIO())
        settings.SECRET_KEY_FALLBACKS = []
        audience_hooks.announce_test(endpoint, now=NOON)
        hooks.send_due(NOON)
        assert verify(receiver.received[0], secret)

    def test_a_secret_whose_key_is_gone_is_said_in_the_log_of_deliveries(
        self, receiver: FakeReceiver, settings: Settings
    ) -> None:
        endpoint, _ = listen(receiver)
        settings.SECRET_KEY = "another key without the old one as a fallback"
        hook = audience_hooks.announce_test(endpoint, now=NOON)
        hooks.send_due(NOON)
        assert receiver.received == []
        assert "SECRET_KEY was changed" in hook.tries.get().answer
        with pytest.raises(CommandError, match="Nothing was changed"):
            call_command("reseal_secrets")

    def test_the_secret_is_kept_sealed(self, receiver: FakeReceiver) -> None:
        endpoint, secret = listen(receiver)
        key = base64.b64decode(secret.removeprefix("whsec_"))
        endpoint.refresh_from_db()
        kept = bytes(endpoint.sealed_secret)
        assert key not in kept
        assert key not in base64.urlsafe_b64decode(kept)


class TestTryingAgain:
    @pytest.mark.parametrize("status", [301, 400, 404, 429, 500, 503])
    def test_without_a_good_answer_it_is_tried_again_under_the_same_id(
        self, receiver: FakeReceiver, status: int
    ) -> None:
        endpoint, secret = listen(receiver)
        receiver.status, receiver.body = status, b"not now\x00\n<b>"
        hook = audience_hooks.announce_test(endpoint, now=NOON)
        hooks.send_due(NOON)
        assert state_of(hook) == ("pending", 1)
        assert NOON < hook.next_attempt_at < NOON + HOUR
        receiver.status = 200
        hooks.send_due(hook.next_attempt_at)
        assert state_of(hook) == ("sent", 2)
        first, second = receiver.received
        assert first.headers["webhook-id"] == second.headers["webhook-id"]
        assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]
        assert verify(second, secret)
        assert [(one.status, one.answer) for one in hook.tries.all()] == [
            (200, "not now  <b>"),
            (status, "not now  <b>"),
        ]

    def test_it_is_given_up_after_48_hours(self, receiver: FakeReceiver) -> None:
        endpoint, _ = listen(receiver)
        receiver.status = 400
        hook = audience_hooks.announce_test(endpoint, now=NOON)
        hooks.send_due(NOON + 49 * HOUR)
        assert state_of(hook) == ("failed", 1)

    def test_an_endpoint_that_took_nothing_for_48_hours_is_stopped(self, receiver: FakeReceiver) -> None:
        endpoint, _ = listen(receiver)
        receiver.status = 500
        hook, now = audience_hooks.announce_test(endpoint, now=NOON), NOON
        while state_of(hook)[0] == "pending":
            now = hook.next_attempt_at
            hooks.send_due(now)
        assert NOON + 47 * HOUR < now <= NOON + 48 * HOUR
        endpoint.refresh_from_db()
        assert (endpoint.active, endpoint.stopped_because) == (False, "failing")

    def test_one_good_answer_in_between_keeps_it_going(self, receiver: FakeReceiver) -> None:
        endpoint, _ = listen(receiver)
        for hours, status in [(0, 500), (40, 200), (60, 500)]:
            receiver.status = status
            OutgoingHook.objects.all().delete()
            audience_hooks.announce_test(endpoint, now=NOON + hours * HOUR)
            hooks.send_due(NOON + hours * HOUR)
        endpoint.refresh_from_db()
        assert endpoint.active
        assert endpoint.failing_since is not None
        assert NOON + 60 * HOUR <= endpoint.failing_since < NOON + 61 * HOUR

    def test_410_stops_the_endpoint_at_once_with_all_that_waits(self, receiver: FakeReceiver) -> None:
        endpoint, _ = listen(receiver)
        receiver.status = 410
        waiting = [audience_hooks.announce_test(endpoint, now=NOON) for _ in range(3)]
        hooks.send_due(NOON)
        endpoint.refresh_from_db()
        assert (endpoint.active, endpoint.stopped_because, len(receiver.received)) == (False, "gone", 1)
        assert {state_of(hook)[0] for hook in waiting} == {"failed"}

    def test_an_endpoint_that_is_down_costs_one_try_and_no_other_endpoints_time(
        self, receiver: FakeReceiver, settings: Settings
    ) -> None:
        down = HookEndpoint(url="http://127.0.0.1:1/", events=[])
        give_secret(down, now=NOON)
        down.save()
        settings.NEWSLETTER_HOOKS_ALLOW = [receiver.socket, "127.0.0.1:1"]
        for _ in range(5):
            audience_hooks.announce_test(down, now=NOON)
        fine = audience_hooks.announce_test(listen(receiver)[0], now=NOON)
        assert hooks.send_due(NOON) == 2
        assert state_of(fine) == ("sent", 1)
        assert sorted(OutgoingHook.objects.filter(endpoint=down).values_list("attempts", flat=True)) == [0, 0, 0, 0, 1]

    def test_a_private_address_is_never_posted_to(self, receiver: FakeReceiver, settings: Settings) -> None:
        """Security case 43: also if it got into the table past the form."""
        settings.NEWSLETTER_HOOKS_ALLOW = []
        endpoint, _ = listen(receiver)
        hook = audience_hooks.announce_test(endpoint, now=NOON)
        hooks.send_due(NOON)
        assert (receiver.received, hook.tries.get().status) == ([], None)

    def test_a_stopped_one_is_sent_again_when_a_person_asks(self, receiver: FakeReceiver) -> None:
        endpoint, _ = listen(receiver)
        hook = audience_hooks.announce_test(endpoint, now=NOON)
        hooks.send_due(NOON)
        assert audience_hooks.send_again(hook, now=NOON + 100 * HOUR)
        hooks.send_due(NOON + 100 * HOUR)
        assert len({got.headers["webhook-id"] for got in receiver.received}) == 1
        assert len(receiver.received) == 2


class TestWorkers:
    def test_a_row_whose_worker_died_is_posted_again(self, receiver: FakeReceiver) -> None:
        hook = audience_hooks.announce_test(listen(receiver)[0], now=NOON)
        claimed = hooks._claim(NOON)
        assert claimed == hook
        assert not agenda.is_idle(now=NOON + timedelta(days=1))
        assert hooks.reclaim(NOON + hooks.LEASE) == 0
        assert hooks.reclaim(NOON + hooks.LEASE + timedelta(seconds=1)) == 1
        hooks.send_due(NOON + HOUR)
        assert state_of(hook) == ("sent", 2)

    def test_who_slept_past_the_lease_can_not_write(self, receiver: FakeReceiver) -> None:
        hook = audience_hooks.announce_test(listen(receiver)[0], now=NOON)
        late = hooks._claim(NOON)
        assert late is not None
        hooks.reclaim(NOON + HOUR)
        assert hooks._claim(NOON + HOUR) is not None
        receiver.status = 500
        hooks._post(late, now=NOON + HOUR, send=outgoing.post)
        assert state_of(hook)[0] == "sending"

    def test_a_worker_that_is_told_to_stop_claims_no_more(self, receiver: FakeReceiver) -> None:
        hook, stop = audience_hooks.announce_test(listen(receiver)[0], now=NOON), Stop()
        stop.request()
        assert hooks.send_due(NOON, stop=stop) == 0
        assert state_of(hook) == ("pending", 0)

    def test_what_waits_is_on_the_agenda_unless_its_endpoint_is_off(self, receiver: FakeReceiver) -> None:
        endpoint, _ = listen(receiver)
        audience_hooks.announce_test(endpoint, now=NOON)
        assert agenda.next_due(now=NOON) == NOON
        HookEndpoint.objects.update(active=False)
        assert agenda.next_due(now=NOON) is None


class TestErasing:
    def test_what_names_an_erased_reader_is_emptied_and_others_are_told_to_forget(
        self, receiver: FakeReceiver, newsletter: Newsletter
    ) -> None:
        listen(receiver)
        receiver.status = 503
        subscription = make_subscription(newsletter, "ana@example.com")
        audience_hooks.announce(HookEvent.SUBSCRIBED, subscription, now=NOON)
        hooks.send_due(NOON)
        number = subscription.subscriber_id
        erase(subscription.subscriber, now=NOON)
        assert "ana@example.com" not in str(list(OutgoingHook.objects.values("payload", "state")))
        receiver.status = 200
        hooks.send_due(NOON + HOUR)
        (last,) = receiver.received[1:]
        assert json.loads(last.body)["data"] == {"subscriber": number, "reason": "erased"}

    def test_what_was_emptied_is_not_sent_again(self, receiver: FakeReceiver, newsletter: Newsletter) -> None:
        listen(receiver, HookEvent.SUBSCRIBED)
        subscription = make_subscription(newsletter)
        audience_hooks.announce(HookEvent.SUBSCRIBED, subscription, now=NOON)
        erase(subscription.subscriber, now=NOON)
        assert not audience_hooks.send_again(OutgoingHook.objects.get(), now=NOON)
        assert hooks.send_due(NOON + HOUR) == 0
