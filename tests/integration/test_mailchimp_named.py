"""Where Mailchimp is named while it sends a newsletter: the register, the page, the words of the form."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from blog.models import StandardPage
from core.models import PublicationSettings
from newsletter.audience.mailchimp.choosing import map_fields
from newsletter.audience.processors import processors
from newsletter.audience.wording import CURRENT, THROUGH_MAILCHIMP, words_of
from newsletter.issues.switching_over import switch_off
from newsletter.models import (
    ConsentEvent,
    MailchimpAudience,
    MailchimpMember,
)
from tests.factories import make_subscription
from tests.integration.admin_scene import log_in
from tests.integration.connect_scene import agree, make_ready, on
from tests.integration.signing_up import last_mail, link_in, sign_up

if TYPE_CHECKING:
    from blog.models import HomePage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db


@pytest.fixture
def ready(newsletter: Newsletter) -> MailchimpAudience:
    return make_ready(newsletter)


@pytest.fixture
def owner(home: HomePage, logins: None) -> Client:
    return log_in("owner")


def test_the_register_names_it_while_it_sends(newsletter: Newsletter, ready: MailchimpAudience) -> None:
    assert "mailchimp" not in {entry.key for entry in processors()}
    on(newsletter)

    entry = next(entry for entry in processors() if entry.key == "mailchimp")

    assert "Intuit Inc., United States" in str(entry.role)
    assert "Rounds" in str(entry.role)
    assert "name of each reader" not in str(entry.receives)


def test_the_page_of_a_newsletter_says_who_mails_it(
    owner: Client, newsletter: Newsletter, ready: MailchimpAudience
) -> None:
    address = reverse("newsletter_newsletters:inspect", args=[newsletter.pk])
    assert "This site’s mail server (default)" in html.unescape(owner.get(address).content.decode())
    on(newsletter)
    page = owner.get(address).content.decode()
    assert re.search(r"<dt>\s*Mailed by\s*</dt>\s*<dd>\s*Mailchimp\s*</dd>", page)


def test_it_names_the_name_where_that_goes_there(newsletter: Newsletter, ready: MailchimpAudience) -> None:
    map_fields(ready, {"FNAME": "name"})
    ready.refresh_from_db()
    agree(ready)
    on(newsletter)

    entry = next(entry for entry in processors() if entry.key == "mailchimp")

    assert "Address, language and name" in str(entry.receives)


def test_afterwards_as_long_as_readers_are_there(newsletter: Newsletter, ready: MailchimpAudience) -> None:
    on(newsletter)
    MailchimpMember.objects.create(audience=ready, member_hash="0" * 32, status="subscribed", pushed_at=timezone.now())
    switch_off(newsletter, by=None, now=timezone.now())
    assert "still keeps addresses" in str(next(one for one in processors() if one.key == "mailchimp").role)

    MailchimpMember.objects.all().delete()

    assert "mailchimp" not in {entry.key for entry in processors()}


def test_the_privacy_page_says_so(home: HomePage, newsletter: Newsletter, ready: MailchimpAudience) -> None:
    policy = StandardPage(title="Privacy", slug="privacy")
    home.add_child(instance=policy)
    PublicationSettings.objects.update_or_create(site=home.get_site(), defaults={"privacy_page": policy})
    on(newsletter)

    assert "Mailchimp (Intuit Inc., United States)" in Client().get(policy.url).content.decode()


@pytest.mark.usefixtures("home")
def test_the_words_of_the_form_stay_true(client: Client, newsletter: Newsletter, ready: MailchimpAudience) -> None:
    assert "never passed on" in client.get("/subscribe/").content.decode()
    on(newsletter)

    form = client.get("/subscribe/").content.decode()
    sign_up(client)
    link = link_in(last_mail(), "confirm")
    button = client.get(link).content.decode()
    client.post(link)

    for page in (form, button):
        assert str(escape(words_of(THROUGH_MAILCHIMP))) in page
        assert "never passed on" not in page
    assert dict(ConsentEvent.objects.values_list("kind", "wording")) == {
        "requested": THROUGH_MAILCHIMP,
        "confirmed": THROUGH_MAILCHIMP,
    }


def test_readers_of_before_keep_the_words_they_were_shown(newsletter: Newsletter) -> None:
    make_subscription(newsletter)

    assert "never passed on" in words_of(CURRENT)
