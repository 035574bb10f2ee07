"""The webhook: who posts it, what it may say, and that nothing of it can be forged, replayed or drowned."""

from __future__ import annotations

import hashlib
import hmac
import io
import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
import time_machine

from config.settings import base
from core.private_log import PrivateFormatter
from newsletter.audience.erase import erase
from newsletter.audience.purge import forget_remote_events
from newsletter.audience.suppression import why_suppressed
from newsletter.engine.mailchimp_hook import Kind
from newsletter.models import (
    MailchimpAudience,
    MailchimpEvent,
    MailchimpMember,
    Newsletter,
    RemoteTask,
    Subscriber,
    Subscription,
)
from newsletter.webhooks.mailchimp import MOST_BYTES
from tests.fakes.mailchimp import hooks
from tests.integration.mailchimp_audience import (
    DAY,
    HOOK,
    HOOK_SECRET,
    LIST,
    NOW,
    PATH_SECRET,
    make_audience,
    make_member,
    make_reader,
    state_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpResponse
    from django.test import Client
    from pytest_django import Settings

pytestmark = pytest.mark.django_db
ADA, EVE = "ada@example.com", "eve@example.com"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def audience(newsletter: Newsletter) -> MailchimpAudience:
    make_reader(newsletter, ADA)
    return make_audience(newsletter)


def event(kind: str = "unsubscribe", email: str = ADA, *, at: datetime = NOW, **more: Any) -> bytes:
    data = {"id": "8a25ff1d98", "list_id": LIST, "email": email, "reason": "manual", "action": "unsub", **more}
    fields = {"type": kind, "fired_at": f"{at:%Y-%m-%d %H:%M:%S}"}
    return urlencode({**fields, **{f"data[{name}]": value for name, value in data.items()}}).encode()


def signature(body: bytes, *, secret: str = HOOK_SECRET, at: datetime = NOW) -> str:
    stamp = str(int(at.timestamp()))
    return f"t={stamp},v1={hmac.digest(secret.encode(), f'{stamp}.'.encode() + body, hashlib.sha256).hex()}"


def post(client: Client, body: bytes, header: str | None = None, path: str = HOOK) -> HttpResponse:
    headers: Any = {"X-Mailchimp-Signature": signature(body) if header is None else header}
    return client.post(path, body, content_type=FORM, headers=headers)  # type: ignore[return-value]


def nothing_happened() -> bool:
    return state_of(ADA)[0] == "confirmed" and not RemoteTask.objects.exists() and not MailchimpEvent.objects.exists()


def test_mailchimp_may_look_whether_the_address_answers(client: Client, audience: MailchimpAudience) -> None:
    for response in (client.get(HOOK), client.head(HOOK), client.post(HOOK, b"", content_type=FORM)):
        assert response.status_code == 200
        assert not response.cookies
        assert response.content == b""
    assert client.put(HOOK).status_code == 405
    assert nothing_happened()


@pytest.mark.parametrize("path", ["/hooks/mailchimp/another/", "/hooks/mailchimp/%20/", "/hooks/mailchimp/é/"])
def test_any_other_address_answers_as_if_nothing_were_there(
    client: Client, audience: MailchimpAudience, path: str
) -> None:
    MailchimpAudience.objects.update(hook_path_digest="")
    for address in (path, HOOK):
        assert post(client, event(), path=address).status_code == 404
        assert client.get(address).status_code == 404
        assert client.put(address).status_code == 404
    assert nothing_happened()


def test_an_unsubscribe_there_ends_the_subscription_at_once(client: Client, audience: MailchimpAudience) -> None:
    response = post(client, event())

    assert (response.status_code, response.cookies) == (200, {})
    assert state_of(ADA) == ("ended", "unsubscribed")
    assert MailchimpMember.objects.get().status == "unsubscribed"
    task = RemoteTask.objects.get()
    assert (task.name, task.about) == (f"poll:{audience.pk}", {"audience": audience.pk})


def test_it_takes_no_session_and_no_token_against_forgery(audience: MailchimpAudience) -> None:
    from django.test import Client

    assert post(Client(enforce_csrf_checks=True), event()).status_code == 200


@pytest.mark.parametrize(
    ("kind", "more", "ended"),
    [
        ("unsubscribe", {"reason": "abuse"}, "complained"),
        ("unsubscribe", {"reason": "abuse", "action": "delete"}, "complained"),
        ("cleaned", {"reason": "hard"}, "bounced"),
        ("unsubscribe", {"action": "delete"}, ""),
        ("upemail", {"new_id": "x", "old_email": ADA, "new_email": "ada@new.example"}, ""),
        ("profile", {}, ""),
        ("subscribe", {}, ""),
        ("campaign", {}, ""),
        ("something_new", {}, ""),
    ],
)
def test_only_what_a_reader_or_a_mailbox_ended_ends_here(
    client: Client, audience: MailchimpAudience, kind: str, more: dict[str, Any], ended: str
) -> None:
    assert post(client, event(kind, **more)).status_code == 200

    assert state_of(ADA) == ("ended" if ended else "confirmed", ended)
    assert why_suppressed(ADA) == ended  # a complaint and a mailbox that is gone hold everywhere
    assert not Subscriber.objects.exclude(email=ADA).exists()
    assert RemoteTask.objects.filter(kind="poll").exists()


def test_all_whose_mailboxes_are_gone_in_the_same_second_end(
    client: Client, audience: MailchimpAudience, newsletter: Newsletter
) -> None:
    """A campaign that bounces brings many at once, and none of them has an id."""
    make_reader(newsletter, EVE)

    for email in (ADA, EVE):
        body = hooks.form("cleaned", LIST, email, at=NOW)
        assert b"data%5Bid%5D" not in body
        assert post(client, body).status_code == 200

    assert state_of(ADA) == state_of(EVE) == ("ended", "bounced")


@pytest.mark.parametrize("kind", list(Kind))
def test_each_kind_is_taken_in_the_form_that_mailchimp_gives_it(
    client: Client, audience: MailchimpAudience, kind: Kind
) -> None:
    assert post(client, hooks.form(kind.value, LIST, ADA, at=NOW)).status_code == 200

    assert RemoteTask.objects.filter(kind="poll").exists()


def test_a_webhook_begins_nothing_but_makes_us_look(client: Client, audience: MailchimpAudience) -> None:
    assert post(client, event("subscribe", "new@example.com")).status_code == 200

    assert not Subscriber.objects.filter(email="new@example.com").exists()
    assert RemoteTask.objects.get().kind == "poll"


@pytest.mark.parametrize("form", ["forged", "unsigned", "stale", "ahead", "of another body"])
def test_what_mailchimp_did_not_sign_just_now_is_refused(
    client: Client, audience: MailchimpAudience, form: str
) -> None:
    body = event()
    headers = {
        "forged": signature(body, secret="f" * 64),
        "unsigned": "",
        "stale": signature(body, at=NOW - timedelta(minutes=6)),
        "ahead": signature(body, at=NOW + timedelta(minutes=6)),
        "of another body": signature(event("cleaned")),
    }

    assert post(client, body, headers[form]).status_code == 403
    assert nothing_happened()


def test_a_replay_is_answered_and_does_nothing(client: Client, audience: MailchimpAudience) -> None:
    body = event()
    post(client, body)
    Subscription.objects.update(state="confirmed", ended_reason="", confirmed_at=NOW + timedelta(seconds=1))
    RemoteTask.objects.all().delete()

    assert post(client, body).status_code == 200

    assert state_of(ADA)[0] == "confirmed"
    assert not RemoteTask.objects.exists()
    assert MailchimpEvent.objects.count() == 1


def test_one_about_another_list_is_refused(client: Client, audience: MailchimpAudience) -> None:
    assert post(client, event(list_id="ffffffffff")).status_code == 403
    assert nothing_happened()


@pytest.mark.parametrize(
    "body",
    [
        b"nothing",
        event() + b"&" + urlencode({"data[email][0]": "eve@example.com"}).encode(),
        event() + b"&" + urlencode({"data" + "[a]" * 2000: "x"}).encode(),
        event() + b"".join(b"&data%%5Bmerges%%5D%%5BF%d%%5D=x" % number for number in range(600)),
        event() + b"&data%5Bemail%5D=%ff",
    ],
)
def test_what_is_no_form_of_mailchimps_is_refused(client: Client, audience: MailchimpAudience, body: bytes) -> None:
    assert post(client, body).status_code == 400
    assert nothing_happened()


class Unread(io.BytesIO):
    """A body of which somebody reads."""

    taken = 0

    def read(self, size: int | None = -1) -> bytes:
        piece = super().read(size)
        self.taken += len(piece)
        return piece


@pytest.mark.parametrize("length", [MOST_BYTES + 1, 10 * 1024 * 1024])
def test_of_ten_megabytes_nothing_is_read(client: Client, audience: MailchimpAudience, length: int) -> None:
    body = Unread(b"x" * length)
    told: dict[str, Any] = {"wsgi.input": body, "CONTENT_LENGTH": str(length)}
    response = client.generic("POST", HOOK, b"", content_type=FORM, **told)

    assert (response.status_code, body.taken) == (400, 0)
    assert nothing_happened()


def test_a_length_that_is_not_said_is_refused(client: Client, audience: MailchimpAudience) -> None:
    unsaid: list[dict[str, Any]] = [
        {"CONTENT_LENGTH": "many"},
        {"CONTENT_LENGTH": "9" * 5000},
        {"HTTP_TRANSFER_ENCODING": "chunked"},
    ]
    for more in unsaid:
        assert client.generic("POST", HOOK, event(), content_type=FORM, **more).status_code == 400


def test_an_erased_person_stays_erased(client: Client, audience: MailchimpAudience) -> None:
    erase(Subscriber.objects.get(), now=NOW)
    MailchimpMember.objects.all().delete()  # as when Mailchimp has confirmed

    for kind in ("subscribe", "unsubscribe", "cleaned", "profile"):
        assert post(client, event(kind, ADA)).status_code == 200

    assert not Subscriber.objects.exists()
    assert MailchimpMember.objects.get().erasing
    assert RemoteTask.objects.filter(kind="push").exists()


def test_one_that_comes_late_does_not_undo_what_is_known(client: Client, audience: MailchimpAudience) -> None:
    make_member(audience, ADA, "unsubscribed", changed_there_at=NOW)

    post(client, event("subscribe", at=NOW - timedelta(minutes=2)))

    assert MailchimpMember.objects.get().status == "unsubscribed"


@pytest.mark.parametrize("lost", [False, True])
def test_where_nothing_is_signed_it_only_makes_us_look(
    client: Client, audience: MailchimpAudience, settings: Settings, lost: bool
) -> None:
    """An older account gives no secret; one that was sealed with a key that is gone is none either."""
    if lost:
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another key for tests, as long as a real one", []
    else:
        MailchimpAudience.objects.update(sealed_hook_secret=b"")

    assert post(client, event(), "").status_code == 200

    assert state_of(ADA)[0] == "confirmed"
    assert not MailchimpMember.objects.exists()
    assert RemoteTask.objects.get().kind == "poll"


def test_nothing_is_taken_once_it_is_switched_off(client: Client, audience: MailchimpAudience) -> None:
    MailchimpAudience.objects.update(switched_on_at=None)

    assert post(client, event()).status_code == 200
    assert nothing_happened()


def test_no_address_and_no_secret_is_logged(
    client: Client, audience: MailchimpAudience, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        post(client, event(), "")
        post(client, event() + b"&data%5Bemail%5D=eve%40example.com")
        post(client, event(list_id="ffffffffff"))
        client.put(HOOK)
    line = base.LOGGING["formatters"]["line"]  # type: ignore[index]
    formatter = PrivateFormatter(line["format"], secret_after=line["secret_after"])
    written = "\n".join(map(formatter.format, caplog.records))

    assert "audience" in written
    assert HOOK.removesuffix(f"{PATH_SECRET}/") in written
    for secret in (PATH_SECRET, HOOK_SECRET, "ada@", "eve@"):
        assert secret not in written


def test_digests_of_events_are_kept_for_two_days(client: Client, audience: MailchimpAudience) -> None:
    post(client, event())

    assert forget_remote_events(NOW + DAY) == 0
    assert forget_remote_events(NOW + 3 * DAY) == 1
    assert not MailchimpEvent.objects.exists()
