"""Signing up in the admin: floods, the form for other sites, the welcome, each for every role."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from blog.models import Topic
from newsletter.admin.sign_ups.embed import snippet
from newsletter.audience.sign_ups import request_sign_up, take_sign_ups
from newsletter.models import OutgoingMail, SignUpFlood, SignUpRequest
from tests.integration.admin_scene import log_in

if TYPE_CHECKING:
    from pytest_django import Settings

    from blog.models import HomePage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db
ROLES = ["Owner", "Doctor", "Editor", "Contributor", "Analyst"]


@pytest.fixture(autouse=True)
def _logins(home: HomePage, logins: None) -> None:
    cache.clear()


@pytest.fixture
def flood(newsletter: Newsletter, settings: Settings) -> SignUpFlood:
    """Three were mailed, four wait."""
    settings.NEWSLETTER_SIGN_UPS_PER_HOUR = 3
    now = timezone.now()
    for number in range(7):
        request_sign_up(newsletter, email=f"a{number}@flood.example", source="/", ip=f"192.0.2.{number % 2}", now=now)
    take_sign_ups(now)
    take_sign_ups(now)
    return SignUpFlood.objects.get()


def decide(flood: SignUpFlood, decision: str) -> str:
    return reverse("newsletter_floods:decide", args=[flood.pk, decision])


@pytest.mark.parametrize("role", ROLES)
def test_only_the_owner_decides_on_floods(role: str, flood: SignUpFlood) -> None:
    """Security cases 30 and 31."""
    client = log_in(role)
    expected = 200 if role == "Owner" else 403
    index = reverse("newsletter_floods:index")

    for address in (index, decide(flood, "let-through"), decide(flood, "throw-away")):
        assert client.get(address).status_code == expected, address
        if role != "Owner":
            assert client.post(address).status_code == 403
    assert SignUpRequest.objects.filter(flood=flood).count() == 4
    assert ("held back" in client.get("/admin/").content.decode()) == (role == "Owner")


def test_a_stranger_is_asked_to_log_in(flood: SignUpFlood) -> None:
    assert Client().post(decide(flood, "let-through")).status_code == 302
    assert SignUpRequest.objects.filter(flood=flood).count() == 4


def test_the_owner_sees_what_came_without_seeing_who(flood: SignUpFlood) -> None:
    html = log_in("Owner").get(reverse("newsletter_floods:index")).content.decode()

    assert "flood.example (4)" in html
    assert "@flood.example" not in html


@pytest.mark.parametrize(("decision", "mailed"), [("let-through", 7), ("throw-away", 3)])
def test_the_owner_s_decision_is_carried_out(flood: SignUpFlood, decision: str, mailed: int) -> None:
    response = log_in("Owner").post(decide(flood, decision))
    while take_sign_ups(timezone.now() + timedelta(seconds=1)):
        pass

    assert response.status_code == 302
    assert OutgoingMail.objects.filter(kind="confirmation").count() == mailed
    assert not SignUpRequest.objects.exists()


def test_an_unknown_decision_is_not_found(flood: SignUpFlood) -> None:
    assert log_in("Owner").post(decide(flood, "maybe")).status_code == 404


@pytest.mark.parametrize("page", ["embed", "welcome"])
@pytest.mark.parametrize("role", ROLES)
def test_who_may_see_a_newsletter_sees_its_form_and_its_welcome(role: str, page: str, newsletter: Newsletter) -> None:
    response = log_in(role).get(reverse(f"newsletter_newsletters:{page}", args=[newsletter.pk]))

    assert response.status_code == (200 if role in {"Owner", "Editor"} else 403)


def test_the_newsletter_s_own_page_leads_to_both(newsletter: Newsletter) -> None:
    client = log_in("Owner")
    for name in ("edit", "inspect"):
        html = client.get(reverse(f"newsletter_newsletters:{name}", args=[newsletter.pk])).content.decode()
        for page in ("embed", "welcome"):
            assert reverse(f"newsletter_newsletters:{page}", args=[newsletter.pk]) in html


def test_the_form_for_other_sites_is_plain_html_that_our_page_takes(newsletter: Newsletter) -> None:
    topic = Topic.objects.create(name="Sleep & <dreams>", slug="sleep")
    shown = log_in("Owner").get(reverse("newsletter_newsletters:embed", args=[newsletter.pk])).content.decode()
    code = snippet(newsletter)

    assert "&lt;form action=&quot;https://testserver/subscribe/&quot;" in shown
    assert "Sleep &amp; &lt;dreams&gt;" in code
    assert not re.search(r"<script|style=|\bon\w+=|\ssrc=", code)
    labelled = set(re.findall(r'<label for="([^"]+)"', code))
    assert labelled == set(re.findall(r'\bid="([^"]+)"', code))
    names = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', unescape(code)))
    assert names["topics"] == str(topic.pk)
    page = Client().post("/subscribe/", {"newsletter": names["newsletter"], "email": "ada@example.com"})
    assert "Yes, send me the mail" in page.content.decode()


def test_the_form_for_other_sites_asks_for_the_language_where_there_are_several(
    newsletter: Newsletter, settings: Settings
) -> None:
    assert "<select" not in snippet(newsletter)
    settings.LANGUAGES = [("en", "English"), ("de", "German")]

    code = snippet(newsletter)

    assert '<option value="en" selected>English</option>' in code
    assert '<label for="rounds-language">' in code
    given = {"newsletter": "rounds", "email": "ada@example.com", "language": "de"}
    page = Client().post("/subscribe/", given).content.decode()
    assert "Language of our mails to you: <strong>German</strong>" in page


def test_the_welcome_is_edited_where_the_newsletter_is(newsletter: Newsletter) -> None:
    html = log_in("Owner").get(reverse("newsletter_newsletters:edit", args=[newsletter.pk])).content.decode()

    for field in ("asks_topics", "welcomes", "welcome_subject", "welcome_text", "welcome_stories"):
        assert f'name="{field}"' in html


def test_the_preview_of_the_welcome_runs_nothing(newsletter: Newsletter) -> None:
    """Security case 28."""
    type(newsletter).objects.update(welcome_text="<p>Hello<script>alert(1)</script></p>", welcomes=False)

    html = log_in("Owner").get(reverse("newsletter_newsletters:welcome", args=[newsletter.pk])).content.decode()

    assert 'sandbox title="The mail" srcdoc="&lt;!doctype html&gt;' in html
    assert "alert(1)" not in html
    assert "switched off" in html
