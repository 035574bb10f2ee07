"""The notice on the admin's first page: a problem at Mailchimp, for those who can do something about it."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from newsletter.models import MailchimpAccount, MailchimpAudience, Newsletter
from tests.integration.admin_scene import log_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("logins")]

REFUSED = "Mailchimp refused the key. Make a new one."
GONE = "The audience is not there any more. Choose another one."


def first_page(client: Client) -> str:
    return client.get(reverse("wagtailadmin_home")).content.decode()


@pytest.fixture
def audience(newsletter: Newsletter) -> MailchimpAudience:
    MailchimpAccount.objects.create(data_centre="us21", problem=REFUSED)
    return MailchimpAudience.objects.create(
        newsletter=newsletter, list_id="aaaaaaaa01", switched_on_at=timezone.now(), problem=GONE
    )


def test_an_owner_reads_what_is_wrong_and_is_led_there(audience: MailchimpAudience) -> None:
    page = first_page(log_in("owner"))
    assert REFUSED in page
    assert GONE in page
    assert reverse("newsletter_mailchimp:newsletter", args=[audience.newsletter_id]) in page
    assert re.search(rf'<div class="newsletter-home">\s*<p>{REFUSED}', page), "not flush with the panel's border"


def test_who_may_not_connect_reads_nothing_of_it(audience: MailchimpAudience) -> None:
    for role in ("editor", "doctor", "contributor", "analyst"):
        assert REFUSED not in first_page(log_in(role)), role


def test_while_all_is_well_or_nothing_is_sent_by_it_there_is_no_notice(audience: MailchimpAudience) -> None:
    audience.switched_on_at = None
    audience.save()
    assert REFUSED not in first_page(log_in("owner"))
    MailchimpAccount.objects.update(problem="")
    MailchimpAudience.objects.update(switched_on_at=timezone.now(), problem="")
    assert "Mailchimp needs you" not in first_page(log_in("owner"))
