"""What Mailchimp counted, on the page of a campaign that it sent: numbers, hours, links, and nobody by name."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from wagtail.users.models import UserProfile

from newsletter.admin.campaigns.hours import HOUR_WIDTH
from newsletter.admin.campaigns.remote_numbers import hour_bars
from newsletter.models import MailchimpCampaign
from tests.integration.admin_scene import Scene, log_in
from tests.integration.campaign_page_there import REPORT, change, remote, sent, shown

__all__ = ["remote"]

pytestmark = pytest.mark.django_db


def test_the_report_has_totals_hours_and_links(scene: Scene, remote: MailchimpCampaign) -> None:
    sent(remote)
    page = shown(scene)
    assert "What Mailchimp counted" in page
    assert 'class="newsletter-number">1,200<' in page
    assert 'class="newsletter-share">0.2&nbsp;%' in page
    assert page.count('<rect class="newsletter-hours__all"') == 2
    assert "1,000 mails in the busiest hour" in page
    assert "https://rounds.example/&lt;one&gt;" in page
    assert "https://rounds.example/none" not in page
    assert page.count("newsletter-there__done") == 7


def test_hours_that_have_the_same_name_have_a_place_each(scene: Scene, remote: MailchimpCampaign) -> None:
    """In New York, 1 o'clock came twice on that night."""
    hours = [{"at": f"2026-11-01T0{hour}:00:00+00:00", "sent": 7 - hour, "clicks": 0} for hour in (4, 5, 6, 7)]
    sent(remote, hours=hours)
    remote.refresh_from_db()
    with timezone.override("America/New_York"):
        assert [(bar.raw, bar.x // HOUR_WIDTH) for bar in hour_bars(remote)] == [(3, 0), (2, 1), (1, 2)]
    UserProfile.objects.create(user=User.objects.get(username="editor"), current_time_zone="America/New_York")
    page = shown(scene)
    assert [f"Sun 1 Nov, {hour}" in page for hour in ("00:00", "01:00")] == [True, True]
    assert page.count("Sun 1 Nov, 01:00") == 2


def test_that_nobody_is_tracked_is_said(scene: Scene, remote: MailchimpCampaign) -> None:
    sent(remote)
    change(remote, links=[])
    assert "tracking is off" in shown(scene)
    sent_clicks = {**REPORT, "clicks": 3}
    change(remote, report=sent_clicks)
    page = shown(scene)
    assert "Somebody turned tracking on at Mailchimp." in page
    assert "tracking is off" not in page


def test_an_analyst_sees_numbers_and_no_address(scene: Scene, remote: MailchimpCampaign) -> None:
    sent(remote)
    ledger = reverse("newsletter_campaigns:ledger", args=[scene.campaign.pk])
    page = shown(scene, "Analyst")
    assert "What Mailchimp counted" in page
    assert "ada@example.com" not in page
    assert ledger not in page
    client = log_in("Editor")
    assert ledger in shown(scene, "Editor")
    rows = b"".join(client.get(ledger).streaming_content).decode()  # type: ignore[attr-defined]
    assert "ada@example.com,accepted,1" in rows
