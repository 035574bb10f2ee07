"""The privacy page of the admin, and the facts that readers find on theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import reverse

from blog.models import StandardPage
from core.models import PublicationSettings
from newsletter.audience.key_use import keys_in_use
from newsletter.audience.processors import is_ours, processors
from newsletter.audience.retention import KINDS, retention
from newsletter.audience.suppression import SuppressionReason, suppress
from newsletter.models import HookEndpoint, ProcessorDetail, RetentionSettings, Suppression
from tests.integration.admin_scene import log_in
from tests.integration.test_audience_retention import NOW

if TYPE_CHECKING:
    from pytest_django import Settings

    from blog.models import HomePage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db
PAGE = "/admin/newsletter/privacy/"


@pytest.fixture
def _logins(home: HomePage, logins: None) -> None:
    """A publication in which they may log in."""


def days(**changed: object) -> dict[str, Any]:
    kept = retention()
    return {kind.setting: getattr(kept, kind.setting) for kind in KINDS if kind.setting} | changed


@pytest.mark.usefixtures("_logins")
@pytest.mark.parametrize("role", ["doctor", "editor", "contributor", "analyst"])
@pytest.mark.parametrize("address", [PAGE, f"{PAGE}processor/?key=server"])
def test_only_the_owner_gets_in(role: str, address: str) -> None:
    client = log_in(role)

    assert client.get(address).status_code == 403
    assert client.post(address, days(client_hashes=5)).status_code == 403
    assert retention().client_hashes == 30


@pytest.mark.usefixtures("_logins")
def test_the_owner_sets_the_days_within_bounds() -> None:
    client = log_in("owner")

    assert client.post(PAGE, days(client_hashes=10)).status_code == 302
    refused = client.post(PAGE, days(client_hashes=5, pending_sign_ups=8))

    assert refused.status_code == 400
    assert "less than or equal to 7" in refused.content.decode()
    assert RetentionSettings.objects.get().client_hashes == 10


@pytest.mark.usefixtures("_logins")
@pytest.mark.parametrize("value", ["", "many", "-1", "0", "1e9", "99999999999999999999"])
def test_days_that_are_none_change_nothing(value: str) -> None:
    response = log_in("owner").post(PAGE, days(former_readers=value))

    assert response.status_code == 400
    assert not RetentionSettings.objects.exists()


@pytest.mark.usefixtures("_logins")
def test_what_the_owner_adds_to_a_processor_stands_on_the_privacy_page(home: HomePage) -> None:
    policy = StandardPage(title="Privacy", slug="privacy")
    home.add_child(instance=policy)
    PublicationSettings.objects.update(privacy_page=policy)
    client = log_in("owner")

    saved = client.post(f"{PAGE}processor/?key=server", {"name": "Quiet Hosting GmbH", "country": "Germany"})
    page = Client().get(policy.url).content.decode()

    assert saved.status_code == 302
    assert ProcessorDetail.objects.get().key == "server"
    assert "Quiet Hosting GmbH, Germany" in page
    assert "A sign-up that was not confirmed" in page


def test_other_pages_say_nothing_of_it(home: HomePage) -> None:
    about = StandardPage(title="About", slug="about")
    home.add_child(instance=about)

    assert "Who handles it for us" not in Client().get(about.url).content.decode()


@pytest.mark.usefixtures("_logins")
def test_a_processor_that_is_configured_no_more_is_not_found() -> None:
    assert log_in("owner").get(f"{PAGE}processor/?key=mail%20gone.example").status_code == 404


def test_the_register_follows_the_configuration(newsletter: Newsletter, settings: Settings) -> None:
    settings.BASE_URL = "https://rounds.example"
    settings.REDIS_URL = "redis://:secret@queue.example.net:6379/0"
    settings.NEWSLETTER_BACKENDS = {
        "default": {"BACKEND": "newsletter.backends.smtp.SmtpBackend", "OPTIONS": {"host": "mail.example.net"}},
        "unused": {"BACKEND": "newsletter.backends.smtp.SmtpBackend", "OPTIONS": {"host": "other.example.net"}},
    }
    HookEndpoint.objects.create(
        url="https://crm.example.net/hook?key=secret", events=["subscribed"], sealed_secret=b"x"
    )

    register = {entry.key: entry.host for entry in processors()}

    assert register == {
        "server": "rounds.example",
        "mail mail.example.net": "mail.example.net",
        "queue queue.example.net": "queue.example.net",
        "webhook crm.example.net": "crm.example.net",
    }
    assert "secret" not in str(processors())


@pytest.mark.parametrize(
    "host", ["", "localhost", "127.0.0.1", "10.1.2.3", "::1", "[fd00::1]", "db", "mail.internal", "box.local"]
)
def test_our_own_machines_are_no_processors(host: str) -> None:
    assert is_ours(host)


@pytest.mark.parametrize("host", ["mail.example.net", "93.184.215.14", "2606:2800:21f:cb07::1"])
def test_other_peoples_machines_are(host: str) -> None:
    assert not is_ours(host)


@pytest.mark.usefixtures("_logins")
def test_a_key_that_is_lost_is_said_loudly(settings: Settings) -> None:
    suppress("ada@example.com", reason=SuppressionReason.ERASED, now=NOW)
    former = settings.SECRET_KEY
    settings.SECRET_KEY = "a second key for tests only, as long as a real one would be"
    suppress("eve@example.com", reason=SuppressionReason.ERASED, now=NOW)

    lost = [(key.is_known, key.is_newest, key.suppressions) for key in keys_in_use()]
    settings.SECRET_KEY_FALLBACKS = [former]
    both = [(key.is_known, key.is_newest, key.suppressions) for key in keys_in_use()]

    assert lost == [(True, True, 1), (False, False, 1)]
    assert both == [(True, True, 1), (True, False, 1)]


@pytest.mark.usefixtures("_logins")
def test_the_page_warns_of_a_lost_key() -> None:
    client = log_in("owner")
    assert "SECRET_KEY_FALLBACKS." not in client.get(PAGE).content.decode()

    Suppression.objects.create(key_id="00000000", digest="0" * 64, reason="erased")

    assert "it can’t be recognised" in client.get(reverse("newsletter_privacy:index")).content.decode()
