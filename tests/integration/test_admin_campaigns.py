"""The pages of a campaign: counts, times, controls, ledger; the panel at the start."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from django.utils import timezone

from newsletter.admin.words import CAMPAIGN_LABELS, CAMPAIGN_MEANINGS, DELIVERY_WORDS
from newsletter.engine.machine import CampaignState, DeliveryState
from newsletter.models import Campaign, ClockLease, Delivery, Subscriber
from tests.integration.admin_scene import Scene, log_in

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


def page(client: Client, address: str) -> str:
    return " ".join(client.get(address).content.decode().split())


def in_state(scene: Scene, state: str, **counted: int) -> None:
    """The campaign as it would be after some sending; only the store writes this outside of tests."""
    Campaign.objects.filter(pk=scene.campaign.pk).update(state=state, started_at=timezone.now(), recipients=9)
    for delivery_state, count in counted.items():
        for number in range(count):
            subscriber = Subscriber.objects.create(email=f"{delivery_state}{number}@example.com")
            Delivery.objects.create(
                campaign=scene.campaign, subscriber=subscriber, address=subscriber.email, state=delivery_state
            )


class TestReport:
    def test_it_counts_deliveries_by_state_in_words(self, scene: Scene) -> None:
        in_state(scene, "sending", accepted=6, pending=3)
        shown = page(log_in("Analyst"), scene.address("newsletter_campaigns:show", "campaign"))
        assert re.search(
            r'Delivered <span class="w-help-text">[^<]+</span></th> <td class="newsletter-number">6<', shown
        )
        assert "66.7" in shown
        assert 'All</th><td class="newsletter-number">9' in shown

    def test_uncertain_ones_are_explained(self, scene: Scene) -> None:
        in_state(scene, "sent", accepted=1, uncertain=2)
        shown = page(log_in("Analyst"), scene.address("newsletter_campaigns:show", "campaign"))
        assert "For 2 readers the answer was lost" in shown

    def test_an_analyst_sees_numbers_and_no_address(self, scene: Scene) -> None:
        in_state(scene, "sent", accepted=2)
        shown = page(log_in("Analyst"), scene.address("newsletter_campaigns:show", "campaign"))
        assert "accepted0@example.com" not in shown
        assert reverse("newsletter_campaigns:ledger", args=[scene.campaign.pk]) not in shown

    def test_the_reason_of_a_wait_is_shown_as_text(self, scene: Scene) -> None:
        in_state(scene, "waiting", pending=1)
        Campaign.objects.update(reason="<b>server down</b>")
        shown = page(log_in("Analyst"), scene.address("newsletter_campaigns:show", "campaign"))
        assert "&lt;b&gt;server down&lt;/b&gt;" in shown

    def test_every_state_of_the_machines_has_words(self) -> None:
        assert set(CAMPAIGN_LABELS) == set(CAMPAIGN_MEANINGS) == set(CampaignState)
        assert set(DELIVERY_WORDS) == set(DeliveryState)

    def test_the_list_loads_no_compiled_message(self, scene: Scene) -> None:
        from newsletter.admin.campaigns.access import without_content

        campaign = without_content().get(pk=scene.campaign.pk)
        assert campaign.get_deferred_fields() == {"compiled", "web_html", "web_text"}

    def test_searching_the_list_finds_by_subject(self, scene: Scene) -> None:
        address = reverse("newsletter_campaigns:index")
        assert scene.campaign.subject in page(log_in("Analyst"), f"{address}?q={scene.campaign.subject[:5]}")
        assert "/1/" not in page(log_in("Analyst"), f"{reverse('newsletter_campaigns:index_results')}?q=nowhere")


class TestControls:
    def control(self, scene: Scene, name: str) -> str:
        return reverse("newsletter_campaigns:control", args=[scene.campaign.pk, name])

    def test_opening_the_page_changes_nothing(self, scene: Scene) -> None:
        assert "What was delivered can" in page(log_in("Editor"), self.control(scene, "cancel"))
        assert Campaign.objects.get().state == "scheduled"

    def test_cancelling(self, scene: Scene) -> None:
        log_in("Editor").post(self.control(scene, "cancel"))
        assert Campaign.objects.get().state == "cancelled"

    def test_pausing_and_resuming(self, scene: Scene) -> None:
        in_state(scene, "sending", pending=1)
        log_in("Editor").post(self.control(scene, "pause"))
        assert Campaign.objects.get().state == "paused"
        log_in("Editor").post(self.control(scene, "resume"))
        assert Campaign.objects.get().state == "sending"

    def test_pause_and_resume_are_buttons_that_do_it_and_cancelling_asks_first(self, scene: Scene) -> None:
        in_state(scene, "sending", pending=1)
        shown = page(log_in("Editor"), scene.address("newsletter_campaigns:show", "campaign"))
        assert f'<form method="post" action="{self.control(scene, "pause")}">' in shown
        assert f'href="{self.control(scene, "cancel")}"' in shown
        assert f'action="{self.control(scene, "cancel")}"' not in shown

    @pytest.mark.parametrize(
        "name", ["pause", "resume", "release", "cancel", "call-back", "send-now", "count-as-sent", "send-once-more"]
    )
    def test_what_comes_too_late_changes_nothing_and_says_so(self, name: str, scene: Scene) -> None:
        in_state(scene, "sent", accepted=1)
        response = log_in("Editor").post(self.control(scene, name), follow=True)
        assert "nothing" in response.content.decode().lower()
        assert Campaign.objects.get().state == "sent"

    def test_settling_the_uncertain(self, scene: Scene) -> None:
        in_state(scene, "sent", uncertain=2)
        log_in("Editor").post(self.control(scene, "count-as-sent"))
        assert set(Delivery.objects.values_list("state", flat=True)) == {"accepted"}

    def test_a_control_that_does_not_exist_is_not_found(self, scene: Scene) -> None:
        assert log_in("Owner").post(self.control(scene, "explode")).status_code == 404

    def test_only_what_is_possible_is_offered(self, scene: Scene) -> None:
        shown = page(log_in("Editor"), scene.address("newsletter_campaigns:show", "campaign"))
        assert self.control(scene, "call-back") in shown
        assert self.control(scene, "pause") not in shown

    def test_one_click_calls_back_what_waits(self, scene: Scene) -> None:
        shown = page(log_in("Editor"), scene.address("newsletter_campaigns:show", "campaign"))
        assert f'<form method="post" action="{self.control(scene, "call-back")}">' in shown
        assert f'href="{self.control(scene, "cancel")}"' not in shown
        response = log_in("Editor").post(self.control(scene, "call-back"), follow=True)
        assert "nothing was sent" in response.content.decode()
        assert Campaign.objects.get().state == "cancelled"

    def test_what_waits_can_go_out_at_once(self, scene: Scene) -> None:
        before = timezone.now()
        log_in("Editor").post(self.control(scene, "send-now"))
        campaign = Campaign.objects.get()
        assert (campaign.state, before <= campaign.scheduled_at <= timezone.now()) == ("scheduled", True)

    @pytest.mark.parametrize("name", ["call-back", "send-now"])
    def test_what_has_begun_is_neither_called_back_nor_begun_again(self, name: str, scene: Scene) -> None:
        in_state(scene, "sending", pending=1, accepted=1)
        shown = page(log_in("Editor"), scene.address("newsletter_campaigns:show", "campaign"))
        assert self.control(scene, name) not in shown


class TestLedger:
    def test_it_lists_every_recipient_and_neutralises_formulas(self, scene: Scene) -> None:
        in_state(scene, "sent", accepted=1)
        Delivery.objects.update(address="=cmd()@example.com")
        response = log_in("Editor").get(scene.address("newsletter_campaigns:ledger", "campaign"))
        text = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]
        header, row = csv.reader(io.StringIO(text))
        assert header == ["address", "state", "attempts", "last_reply", "message_id", "revision", "time"]
        assert row[0] == "'=cmd()@example.com"
        assert "attachment" in response["Content-Disposition"]
        assert "no-store" in response["Cache-Control"]


class TestPanel:
    def start(self, role: str) -> str:
        return page(log_in(role), reverse("wagtailadmin_home"))

    def test_a_worker_that_never_ran_or_stopped_is_reported(self, scene: Scene) -> None:
        assert "No worker has run yet" in self.start("Editor")
        lease = ClockLease.objects.create(name="clock", ticked_at=timezone.now() - timedelta(minutes=10))
        assert "was last seen 10 minutes ago" in self.start("Editor").replace("\xa0", " ")
        lease.ticked_at = timezone.now()
        lease.save()
        assert "The worker is running" in self.start("Editor")

    def test_it_shows_what_waits_for_whom(self, scene: Scene) -> None:
        editor, doctor, analyst = (self.start(role) for role in ["Editor", "Doctor", "Analyst"])
        assert reverse("newsletter_campaigns:show", args=[scene.campaign.pk]) in editor
        assert reverse("newsletter_issues:edit", args=[scene.issue.pk]) in doctor
        assert reverse("newsletter_issues:compose") not in doctor
        assert reverse("newsletter_campaigns:show", args=[scene.campaign.pk]) in analyst
        assert scene.story.title in editor

    def test_a_contributor_sees_no_panel(self, scene: Scene) -> None:
        assert 'id="newsletter"' not in self.start("Contributor")
