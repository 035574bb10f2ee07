"""Setting up the webhook and taking it away, at a Mailchimp that remembers, which really posts to a running site."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from newsletter.audience.mailchimp import hooks, poll
from newsletter.audience.mailchimp.tasks import ask_for
from newsletter.audience.sealing import SecretLostError
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.errors import UnsureError
from newsletter.models import MailchimpAudience, Newsletter, RemoteTask, RemoteTaskKind, Subscription
from tests.fakes.mailchimp import FakeMailchimp, faults
from tests.integration.mailchimp_audience import LIST, make_audience, make_reader, state_of

if TYPE_CHECKING:
    from pytest_django import Settings
    from pytest_django.live_server_helper import LiveServer

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
ADA, EVE = "ada@example.com", "eve@example.com"
HOOKS = f"/lists/{LIST}/webhooks"


@pytest.fixture
def fake(running_mailchimp: FakeMailchimp, settings: Settings) -> FakeMailchimp:
    running_mailchimp.start_afresh()
    running_mailchimp.add_list(list_id=LIST)
    running_mailchimp.set(checks_hooks=False)
    settings.BASE_URL = "https://rounds.example.org"
    return running_mailchimp


@pytest.fixture
def api(fake: FakeMailchimp) -> Mailchimp:
    return Mailchimp(api_key=fake.key, api_url=fake.url, deadline=5)


@pytest.fixture
def audience(newsletter: Newsletter) -> MailchimpAudience:
    return make_audience(newsletter, hook_id="", hook_path_digest="", sealed_hook_secret=b"")


def task(audience: MailchimpAudience, kind: RemoteTaskKind = RemoteTaskKind.SET_HOOK) -> RemoteTask:
    return ask_for(kind, name=f"{kind.value}:{audience.pk}", about={"audience": audience.pk}, now=NOW)


def set_up(audience: MailchimpAudience, api: Mailchimp) -> RemoteTask:
    asked = task(audience)
    hooks.set_hook(asked, api, NOW)
    audience.refresh_from_db()
    return asked


def test_its_address_and_secret_are_known_here_and_kept_nowhere_in_clear(
    audience: MailchimpAudience, fake: FakeMailchimp, api: Mailchimp
) -> None:
    assert set_up(audience, api).said == ""

    (hook,) = fake.hooks(LIST)
    path_secret = hook["url"].removeprefix("https://rounds.example.org/hooks/mailchimp/").strip("/")
    assert len(path_secret) >= 43
    assert audience.hook_id == hook["id"]
    assert audience.hook_path_digest == hashlib.sha256(path_secret.encode()).hexdigest()
    assert hooks.secret_of(audience) == hook["_secret"].encode()
    assert hooks.known_by(path_secret) == audience
    assert hook["sources"] == {"user": True, "admin": True, "api": False}
    wanted = {name for name, is_on in hook["events"].items() if is_on}
    assert wanted == {"subscribe", "unsubscribe", "profile", "cleaned", "upemail"}
    row = str(MailchimpAudience.objects.values().get()) + str(RemoteTask.objects.values().get())
    assert path_secret not in row
    assert hook["_secret"] not in row


def test_any_number_of_turns_make_one(audience: MailchimpAudience, fake: FakeMailchimp, api: Mailchimp) -> None:
    set_up(audience, api)
    before = fake.hooks(LIST)

    set_up(audience, api)

    assert fake.hooks(LIST) == before


def test_one_whose_secret_was_lost_with_the_answer_is_replaced(
    audience: MailchimpAudience, fake: FakeMailchimp, api: Mailchimp
) -> None:
    fake.fail("POST", HOOKS, faults.lost(done=True))
    with pytest.raises(UnsureError):
        set_up(audience, api)
    (lost,) = fake.hooks(LIST)

    set_up(audience, api)

    (hook,) = fake.hooks(LIST)
    assert hook["id"] != lost["id"]
    assert hooks.secret_of(audience) == hook["_secret"].encode()


def test_one_whose_secret_can_not_be_read_any_more_is_replaced(
    audience: MailchimpAudience, fake: FakeMailchimp, api: Mailchimp, settings: Settings
) -> None:
    set_up(audience, api)
    (before,) = fake.hooks(LIST)
    settings.SECRET_KEY = "another key for tests, as long as a real one would have to be"
    with pytest.raises(SecretLostError):
        hooks.reseal_hooks()

    set_up(audience, api)

    (hook,) = fake.hooks(LIST)
    assert hook["id"] != before["id"]
    assert hooks.secret_of(audience) == hook["_secret"].encode()


def test_secrets_are_sealed_anew_before_an_old_key_goes(
    audience: MailchimpAudience, fake: FakeMailchimp, api: Mailchimp, settings: Settings
) -> None:
    set_up(audience, api)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key for tests, as long as a real one would have to be"

    assert hooks.reseal_hooks() == 1

    settings.SECRET_KEY_FALLBACKS = []
    audience.refresh_from_db()
    assert hooks.secret_of(audience) == fake.hooks(LIST)[0]["_secret"].encode()


def test_webhooks_of_other_programs_are_left_alone(
    audience: MailchimpAudience, fake: FakeMailchimp, api: Mailchimp
) -> None:
    api.add_webhook(LIST, "https://crm.example.org/mailchimp/")
    api.add_webhook(LIST, "https://rounds.example.org/hooks/mailchimp/left-over/")

    set_up(audience, api)
    assert sorted(hook["url"].partition("/hooks")[0] for hook in fake.hooks(LIST)) == [
        "https://crm.example.org/mailchimp/",
        "https://rounds.example.org",
    ]

    MailchimpAudience.objects.update(switched_on_at=None)
    hooks.remove_hook(task(audience, RemoteTaskKind.REMOVE_HOOK), api, NOW)

    assert [hook["url"] for hook in fake.hooks(LIST)] == ["https://crm.example.org/mailchimp/"]
    audience.refresh_from_db()
    assert (audience.hook_id, audience.hook_path_digest, bytes(audience.sealed_hook_secret)) == ("", "", b"")


def test_it_is_not_removed_when_it_was_switched_on_again_meanwhile(
    audience: MailchimpAudience, fake: FakeMailchimp, api: Mailchimp
) -> None:
    set_up(audience, api)

    hooks.remove_hook(task(audience, RemoteTaskKind.REMOVE_HOOK), api, NOW)

    assert len(fake.hooks(LIST)) == 1


def test_with_the_audience_its_webhook_is_gone(
    audience: MailchimpAudience, fake: FakeMailchimp, api: Mailchimp
) -> None:
    set_up(audience, api)
    fake.remove_list(LIST)
    MailchimpAudience.objects.update(switched_on_at=None)

    hooks.remove_hook(task(audience, RemoteTaskKind.REMOVE_HOOK), api, NOW)

    assert MailchimpAudience.objects.get().hook_path_digest == ""


@pytest.mark.parametrize("base", ["http://127.0.0.1:8000", "http://localhost", "https://rounds.local", ""])
def test_a_site_that_mailchimp_can_not_reach_says_that_polling_does_it(
    audience: MailchimpAudience, fake: FakeMailchimp, api: Mailchimp, settings: Settings, base: str
) -> None:
    settings.BASE_URL = base

    assert "every half minute" in set_up(audience, api).said
    assert fake.calls == []


def test_an_address_that_is_refused_is_said_and_opens_nothing(
    audience: MailchimpAudience, fake: FakeMailchimp, api: Mailchimp
) -> None:
    fake.set(checks_hooks=True)
    fake.fail("POST", HOOKS, faults.refused(400, '{"status": 400, "title": "Invalid Resource", "detail": "Not 200."}'))

    asked = set_up(audience, api)

    assert "took no webhook" in asked.said
    assert (audience.hook_path_digest, audience.hook_id) == ("", "")


@pytest.fixture
def _reachable(
    fake: FakeMailchimp, live_server: LiveServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The site really runs, and is where Mailchimp is told that it is."""
    settings.BASE_URL = live_server.url
    monkeypatch.setattr(hooks, "is_ours", lambda host: False)
    fake.set(checks_hooks=True, tells_hooks=True)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.usefixtures("_reachable")
def test_a_running_site_takes_what_mailchimp_posts_and_nothing_else(
    fake: FakeMailchimp, api: Mailchimp, newsletter: Newsletter
) -> None:
    """Its address is looked at while it is set up: it has to answer before its secret is known here."""
    audience = make_audience(newsletter, hook_id="", hook_path_digest="", sealed_hook_secret=b"")
    for email in (ADA, EVE, "ben@example.com"):
        make_reader(newsletter, email)
        fake.add_member(LIST, email)
    set_up(audience, api)

    for variant in ("forged", "unsigned", "stale", "wrong list"):
        assert fake.emit(LIST, "unsubscribe", EVE, variant=variant) == [403]  # type: ignore[arg-type]
    assert fake.emit(LIST, "cleaned", EVE, more={"data[list_id][]": "x"}) == [400]
    assert fake.emit(LIST, "unsubscribe", EVE, more={"data[merges][X]": "x" * 10_000_000}) == [400]
    assert state_of(EVE)[0] == "confirmed"
    fake.unsubscribe(LIST, ADA)

    assert state_of(ADA) == ("ended", "unsubscribed")
    assert fake.emit(LIST, "profile", EVE, times=2) == [200, 200]
    fake.archive(LIST, EVE)  # by somebody who works there: she has not left
    fake.delete_for_good(LIST, "ben@example.com")
    assert Subscription.objects.confirmed().count() == 2
    removed = RemoteTask.objects.get(name__startswith="deleted:")
    assert poll.poll(removed, api, timezone.now()) is None
    assert state_of("ben@example.com") == ("ended", "unsubscribed")
    assert state_of(EVE)[0] == "confirmed"
