"""The sign-up form as a visitor meets it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import cache
from django.template import engines
from django.test import Client
from django.utils import timezone

from newsletter.audience.suppression import SuppressionReason, suppress
from newsletter.models import ConsentEvent, OutgoingMail, Subscriber, Subscription
from newsletter.web.subscribe import FROM_ONE_NETWORK, QUICK_COST
from tests.factories import make_newsletter, make_subscription
from tests.integration.signing_up import last_mail, link_in, sign_up

if TYPE_CHECKING:
    from pytest_django import Settings

    from blog.models import HomePage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_counters(home: HomePage) -> None:
    cache.clear()


def nothing_happened() -> bool:
    return not (Subscriber.objects.exists() or ConsentEvent.objects.exists() or OutgoingMail.objects.exists())


def test_the_tag_shows_a_form_that_holds_nothing_of_the_visitor(newsletter: Newsletter) -> None:
    html = engines["django"].from_string('{% load newsletter_tags %}{% subscribe_form source="home" %}').render()

    assert 'action="/subscribe/"' in html
    assert 'autocomplete="email"' in html
    assert "csrf" not in html


def test_the_tag_shows_nothing_where_no_newsletter_takes_sign_ups() -> None:
    make_newsletter(hidden=True)

    html = engines["django"].from_string('{% load newsletter_tags %}{% subscribe_form source="home" %}').render()

    assert not html.strip()


def test_the_page_has_a_visible_label_and_sets_no_cookie(client: Client, newsletter: Newsletter) -> None:
    response = client.get("/subscribe/")

    assert response.status_code == 200
    assert '<label for="subscribe-page-email">Your email address</label>' in response.content.decode()
    assert not response.cookies


def test_a_sign_up_leaves_a_pending_subscription_its_evidence_and_a_mail(
    client: Client, newsletter: Newsletter
) -> None:
    response = sign_up(client, "Ada@Example.com", name="Ada", frequency="weekly", meta={"REMOTE_ADDR": "192.0.2.7"})

    subscription = Subscription.objects.get(subscriber__email="ada@example.com")
    event = ConsentEvent.objects.get()
    assert response.status_code == 302
    assert response["Location"] == "/subscribe/check-your-inbox/"
    assert (subscription.state, subscription.frequency, subscription.subscriber.name) == ("pending", "weekly", "Ada")
    assert (event.kind, event.source, event.subscription) == ("requested", "/", subscription)
    assert event.ip_hash
    assert "192.0.2.7" not in event.ip_hash
    assert OutgoingMail.objects.get().recipient == "ada@example.com"


@pytest.mark.parametrize("known", ["unknown", "pending", "confirmed", "ended", "suppressed"])
def test_every_address_gets_the_same_answer_and_one_mail(client: Client, newsletter: Newsletter, known: str) -> None:
    """Security cases 1 and 15."""
    if known in {"pending", "confirmed", "ended"}:
        make_subscription(newsletter, "ada@example.com", state=known)
    if known == "suppressed":
        make_subscription(newsletter, "ada@example.com")
        suppress("ada@example.com", reason=SuppressionReason.COMPLAINED, now=timezone.now())
    before = Subscription.objects.filter(state="confirmed").count()

    response = sign_up(client)

    assert (response.status_code, response.content, response["Location"]) == (302, b"", "/subscribe/check-your-inbox/")
    assert not response.cookies
    assert OutgoingMail.objects.count() == 1
    assert OutgoingMail.objects.get().recipient == "ada@example.com"
    assert Subscription.objects.filter(state="confirmed").count() == before


def test_a_confirmed_reader_gets_the_way_to_the_preferences_and_keeps_everything(
    client: Client, newsletter: Newsletter
) -> None:
    """Security case 1: a stranger who signs up a reader changes nothing of hers."""
    subscription = make_subscription(newsletter, "ada@example.com", frequency="monthly")

    sign_up(client, name="Mallory", frequency="each_story")

    subscription.refresh_from_db()
    assert (subscription.state, subscription.frequency, subscription.subscriber.name) == ("confirmed", "monthly", "")
    assert client.get(link_in(last_mail(), "preferences")).status_code == 200


def test_many_sign_ups_for_one_victim_send_one_mail(client: Client, newsletter: Newsletter) -> None:
    """Security case 2; from as many networks, so that only the limit of the address holds."""
    answers = {sign_up(client, meta={"REMOTE_ADDR": f"10.0.{number}.9"}).status_code for number in range(50)}

    assert answers == {302}
    assert OutgoingMail.objects.count() == 1


def test_a_forgetful_cache_does_not_bring_a_second_mail(client: Client, newsletter: Newsletter) -> None:
    """Security case 2: the rows are the truth, the cache only spares them work."""
    sign_up(client)
    cache.clear()
    sign_up(client)

    assert OutgoingMail.objects.count() == 1


@pytest.mark.slow
def test_one_network_is_throttled_and_others_are_not(client: Client, newsletter: Newsletter) -> None:
    """Security case 3."""
    for number in range(FROM_ONE_NETWORK.amount):
        response = sign_up(client, f"reader{number}@example.com", meta={"REMOTE_ADDR": f"198.51.100.{number}"})
        assert response.status_code == 302

    refused = sign_up(client, "last@example.com", meta={"REMOTE_ADDR": "198.51.100.250"})
    elsewhere = sign_up(client, "other@example.com", meta={"REMOTE_ADDR": "198.51.101.1"})

    assert refused.status_code == 429
    assert refused["Retry-After"]
    assert not Subscriber.objects.filter(email="last@example.com").exists()
    assert elsewhere.status_code == 302


def test_forms_that_come_back_at_once_use_up_more_of_the_allowance(client: Client, newsletter: Newsletter) -> None:
    for number in range(FROM_ONE_NETWORK.amount // QUICK_COST):
        assert sign_up(client, f"reader{number}@example.com", shown=0).status_code == 302

    assert sign_up(client, "last@example.com", shown=0).status_code == 429


@pytest.mark.slow
def test_a_spoofed_forwarded_address_does_not_evade_the_limit(client: Client, newsletter: Newsletter) -> None:
    """Security case 4."""
    for number in range(FROM_ONE_NETWORK.amount):
        meta = {"HTTP_X_FORWARDED_FOR": f"203.0.{number}.5"}
        sign_up(client, f"reader{number}@example.com", meta=meta)

    refused = sign_up(client, "last@example.com", meta={"HTTP_X_FORWARDED_FOR": "203.0.200.5"})

    assert refused.status_code == 429


@pytest.mark.slow
def test_behind_a_trusted_proxy_each_client_counts_for_itself(
    client: Client, newsletter: Newsletter, settings: Settings
) -> None:
    """Security case 4."""
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    for number in range(FROM_ONE_NETWORK.amount + 1):
        meta = {"HTTP_X_FORWARDED_FOR": f"203.0.{number}.5"}
        assert sign_up(client, f"reader{number}@example.com", meta=meta).status_code == 302


def test_an_evil_host_header_does_not_reach_the_mail(
    client: Client, newsletter: Newsletter, settings: Settings
) -> None:
    """Security case 5."""
    settings.BASE_URL = "https://rounds.example"

    sign_up(client, meta={"HTTP_HOST": "evil.example"})

    content = bytes(OutgoingMail.objects.get().content)
    assert b"evil" not in content
    assert b"https://rounds.example/confirm/" in content.replace(b"=\r\n", b"")


@pytest.mark.parametrize(
    "address",
    [
        "ada@example.com\r\nBcc: all@example.com",
        "ada@example.com\n",
        "ada\x00@example.com",
        "a" * 10_240 + "@example.com",
        "ada@",
        "",
        "   ",
        "ada@exa\u200bmple.com",
    ],
)
def test_a_bad_address_is_named_and_nothing_happens(client: Client, newsletter: Newsletter, address: str) -> None:
    """Security cases 12 and 14."""
    response = sign_up(client, address)

    assert response.status_code == 400
    assert 'class="error-summary"' in response.content.decode()
    assert 'href="#subscribe-page-email"' in response.content.decode()
    assert nothing_happened()


@pytest.mark.parametrize("address", ["ADA@MÜNCHEN.example", "ada@xn--mnchen-3ya.example", " ada@ｍünchen.example"])
def test_spellings_of_one_address_are_one_subscriber(client: Client, newsletter: Newsletter, address: str) -> None:
    """Security case 14."""
    sign_up(client, "ada@münchen.example")
    cache.clear()

    sign_up(client, address)

    assert Subscriber.objects.get().email == "ada@xn--mnchen-3ya.example"


@pytest.mark.parametrize(
    "name",
    [
        "Ada\r\nBcc: all@example.com",
        "Ada\n",
        "Ada\x00",
        "<b>Ada</b>",
        "Win at https://evil.example",
        "www.evil.example",
    ],
)
def test_a_name_with_line_breaks_markup_or_links_is_refused(client: Client, newsletter: Newsletter, name: str) -> None:
    """Security cases 12 and 13."""
    response = sign_up(client, name=name)

    assert response.status_code == 400
    assert "<b>Ada" not in response.content.decode()
    assert nothing_happened()


def test_the_confirmation_holds_nothing_that_the_form_said(client: Client, newsletter: Newsletter) -> None:
    """Security case 13: nobody has us deliver their words to a stranger."""
    sign_up(client, name="Buy pills now")

    assert "pills" not in last_mail().as_string()


@pytest.mark.parametrize("slug", ["secret", "no-such-one"])
def test_a_hidden_newsletter_takes_no_sign_ups(client: Client, newsletter: Newsletter, slug: str) -> None:
    """Security case 16."""
    make_newsletter(name="Secret", slug="secret", hidden=True)

    assert sign_up(client, newsletter=slug).status_code == 404
    assert nothing_happened()


def test_a_cross_site_post_still_needs_a_form_of_ours_and_the_mailbox(newsletter: Newsletter) -> None:
    """Security case 17."""
    client = Client(enforce_csrf_checks=True)
    meta: dict[str, Any] = {"HTTP_ORIGIN": "https://evil.example", "HTTP_REFERER": "https://evil.example/"}

    forged = client.post("/subscribe/", {"email": "ada@example.com"}, **meta)
    assert forged.status_code == 200
    assert "Nothing was sent yet." in forged.content.decode()
    assert nothing_happened()

    copied = sign_up(client, meta=meta)
    assert copied.status_code == 302
    assert Subscription.objects.get().state == "pending"


def test_a_filled_honeypot_is_dropped_silently(client: Client, newsletter: Newsletter) -> None:
    """Security case 18."""
    honest = sign_up(client, "honest@example.com")
    caught = sign_up(client, website="https://spam.example")

    assert (caught.status_code, caught["Location"]) == (honest.status_code, honest["Location"])
    assert OutgoingMail.objects.get().recipient == "honest@example.com"


@pytest.mark.parametrize("stamp", ["", "altered", "x" * 5000])
def test_a_form_without_a_good_stamp_takes_one_more_press(client: Client, newsletter: Newsletter, stamp: str) -> None:
    response = sign_up(client, "ada@example.com", stamp=stamp)

    html = response.content.decode()
    assert response.status_code == 200
    assert "Yes, send me the mail" in html
    assert 'value="ada@example.com"' in html
    assert nothing_happened()

    fresh = re.search(r'name="stamp" value="([^"]+)"', html)
    assert fresh
    assert client.post("/subscribe/", {"email": "ada@example.com", "stamp": fresh[1]}).status_code == 302


def test_a_form_older_than_a_day_takes_one_more_press(client: Client, newsletter: Newsletter) -> None:
    assert "Yes, send me the mail" in sign_up(client, shown=24 * 3600 + 1).content.decode()
    assert nothing_happened()
    assert sign_up(client, shown=24 * 3600 - 60).status_code == 302


def test_with_several_newsletters_the_reader_chooses(client: Client, newsletter: Newsletter) -> None:
    make_newsletter(name="Letters", slug="letters")

    page = client.get("/subscribe/?newsletter=letters").content.decode()
    unchosen = sign_up(client)
    chosen = sign_up(client, newsletter="letters")

    assert re.search(r'value="letters"[^>]* checked', page)
    assert unchosen.status_code == 400
    assert "Choose the newsletter you want." in unchosen.content.decode()
    assert chosen.status_code == 302
    assert Subscription.objects.get().newsletter.slug == "letters"


def test_no_address_stands_in_an_address_of_the_site(
    client: Client, newsletter: Newsletter, caplog: pytest.LogCaptureFixture
) -> None:
    """Security case 24."""
    answers = [sign_up(client), sign_up(client, "ada@", name="<"), client.get("/subscribe/")]
    page = client.get(link_in(last_mail(), "confirm"))

    assert "ada" not in answers[0]["Location"]
    assert "ada@example" not in link_in(last_mail(), "confirm")
    assert "ada@example" not in page.content.decode()
    assert not [record for record in caplog.records if "ada" in record.getMessage()]


def test_the_confirmation_is_a_mail_that_programs_read_without_complaint(
    client: Client, newsletter: Newsletter
) -> None:
    sign_up(client)

    message = last_mail()
    assert not message.defects
    assert message["From"].addresses[0].addr_spec == "editor@rounds.example"
    assert message["To"] == "ada@example.com"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "multipart/alternative"
    html, text = message.get_body(("html",)), message.get_body(("plain",))
    assert html is not None
    assert text is not None
    assert link_in(message, "confirm") in html.get_content()
    assert "1 Quiet Lane" in html.get_content()
    assert "1 Quiet Lane" in text.get_content()
