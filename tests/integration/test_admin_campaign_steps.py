"""What servers answered to a campaign, its speed, and its uncertain deliveries: what editors see and decide."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape
from wagtail.models import ModelLogEntry

from newsletter.delivery import troubles as troubles_module
from newsletter.delivery.control import ControlError
from newsletter.delivery.speed import change_speed
from newsletter.delivery.store import outcomes
from newsletter.delivery.troubles import MOST_HEADS, find_troubles
from newsletter.engine.message_id import message_id
from newsletter.models import Campaign, Chunk, Delivery, Newsletter
from newsletter.models.keys import key_ring
from tests.integration.admin_scene import Scene, log_in
from tests.integration.watching import answered, fragment, in_state

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
EXPIRED = "expired: deferred for more than 48 hours; last answer: "


class TestAnswers:
    def test_they_are_grouped_by_code_with_one_example_and_its_meaning(self, scene: Scene) -> None:
        in_state(scene, "sending", accepted=1)
        answered(scene, "refused", *(f"550 5.1.1 <…>: unknown (queue {number})" for number in range(30)))
        answered(scene, "refused", "550-5.1.1 The account does not exist", "550 5.7.1 blocked")
        answered(scene, "deferred", "450 4.2.0 Greylisted", "450 4.2.0 Greylisted, come back")
        shown = fragment(log_in("Analyst"), scene)
        assert shown.count("<code>550 5.1.1</code>") == 1
        assert '<span class="newsletter-answer-count">31</span>' in shown
        assert "No such mailbox" in shown
        assert "Asked to come back (greylisting)" in shown
        assert "Refused by a rule of the server" in shown

    def test_no_address_that_a_server_quoted_reaches_the_page(self, scene: Scene) -> None:
        in_state(scene, "sending", accepted=1)
        answered(scene, "refused", "550 5.1.1 forwarded to <private@elsewhere.example>: <script>alert(1)</script>")
        shown = fragment(log_in("Owner"), scene)
        assert "private@" not in shown
        assert "<script>alert" not in shown

    def test_an_expired_one_says_why_by_its_last_answer(self, scene: Scene) -> None:
        in_state(scene, "sending", accepted=1)
        answered(scene, "refused", EXPIRED + "452 4.2.2 full", EXPIRED + "421 4.7.28 slow down")
        found = find_troubles(scene.campaign.pk).found
        assert troubles_module._EXPIRED == outcomes.EXPIRED
        assert {(trouble.expired, trouble.code) for trouble in found} == {(True, 452), (True, 421)}
        shown = fragment(log_in("Analyst"), scene)
        assert "Given up after 48 hours" in shown
        assert "Its last answer: The mailbox is full for now." in shown

    def test_old_servers_without_enhanced_codes_are_grouped_by_what_they_mean(self, scene: Scene) -> None:
        in_state(scene, "sending", accepted=1)
        answered(scene, "refused", "550 No such user", "550 User unknown", "550 Looks like spam")
        assert sorted(trouble.count for trouble in find_troubles(scene.campaign.pk).found) == [1, 2]

    def test_it_takes_few_queries_however_many_answers_there_are(self, scene: Scene) -> None:
        answered(scene, "refused", *(f"5{number % 60:02d} {number} words" for number in range(300)))
        with CaptureQueriesContext(connection) as queries:
            find_troubles(scene.campaign.pk)
        assert len(queries) <= 3

    def test_what_follows_the_codes_makes_no_new_kind(self, scene: Scene) -> None:
        answered(scene, "refused", *(f"550 5.1.1 {number} is the queue's id" for number in range(1000, 1400)))
        found = find_troubles(scene.campaign.pk)
        assert [trouble.count for trouble in found.found] == [400]
        assert not found.partial

    def test_more_kinds_than_are_looked_at_are_said_to_be_there(self, scene: Scene) -> None:
        answered(scene, "refused", *(f"550 {number} no such user" for number in range(1000, 1000 + MOST_HEADS + 9)))
        assert find_troubles(scene.campaign.pk).partial

    def test_rarer_answers_are_counted_and_left_to_the_ledger(self, scene: Scene) -> None:
        in_state(scene, "sending", accepted=1)
        answered(scene, "refused", *(f"550 5.{number}.9 no" for number in range(20)))
        assert "8 rarer kinds of answers are only in the ledger" in fragment(log_in("Analyst"), scene)


class TestSpeed:
    def address(self, scene: Scene) -> str:
        return reverse("newsletter_campaigns:speed", args=[scene.campaign.pk])

    def test_choosing_one_is_kept_logged_and_shown(self, scene: Scene) -> None:
        in_state(scene, "sending", pending=300)
        response = log_in("Editor").post(self.address(scene), {"messages_per_hour": "100"}, follow=True)
        assert Campaign.objects.get().messages_per_hour == 100
        shown = response.content.decode()
        assert "At most 100 mails an hour, chosen for this campaign." in shown
        assert "The 300 that wait take about 3 hours." in shown
        entry = ModelLogEntry.objects.for_instance(scene.campaign).get()
        assert entry.data["messages_per_hour"] == {"from": None, "to": 100}
        assert entry.user is not None

    def test_empty_gives_it_back_to_the_newsletter(self, scene: Scene) -> None:
        in_state(scene, "paused", pending=3)
        Campaign.objects.update(messages_per_hour=5)
        Newsletter.objects.update(messages_per_hour=7000)
        response = log_in("Editor").post(self.address(scene), {"messages_per_hour": ""}, follow=True)
        assert Campaign.objects.get().messages_per_hour is None
        assert "At most 7,000 mails an hour, as" in response.content.decode()

    @pytest.mark.parametrize("wrong", ["0", "-5", "1.5", "many", "99999999999999999999", "1e3"])
    def test_what_is_no_speed_is_a_form_error_and_changes_nothing(self, wrong: str, scene: Scene) -> None:
        in_state(scene, "sending", pending=3)
        response = log_in("Editor").post(self.address(scene), {"messages_per_hour": wrong})
        assert response.status_code == 200
        assert Campaign.objects.get().messages_per_hour is None

    @pytest.mark.parametrize("state", ["sent", "cancelled", "failed"])
    def test_one_that_is_over_has_no_speed(self, state: str, scene: Scene) -> None:
        in_state(scene, state, accepted=3)
        response = log_in("Editor").post(self.address(scene), {"messages_per_hour": "100"}, follow=True)
        assert "can&#x27;t be changed" in response.content.decode()
        assert Campaign.objects.get().messages_per_hour is None

    def test_nonsense_from_a_program_is_refused_too(self, scene: Scene) -> None:
        with pytest.raises(ControlError, match="from 1 to"):
            change_speed(scene.campaign.pk, 0, now=NOW)
        with pytest.raises(ControlError, match="no campaign"):
            change_speed(10**9, 5, now=NOW)


class TestUncertain:
    def address(self, scene: Scene) -> str:
        return reverse("newsletter_campaigns:uncertain", args=[scene.campaign.pk])

    def page(self, role: str, scene: Scene, query: str = "") -> str:
        return " ".join(log_in(role).get(self.address(scene) + query).content.decode().split())

    def test_it_shows_who_when_in_which_chunk_and_both_choices(self, scene: Scene) -> None:
        in_state(scene, "sent", accepted=5, uncertain=2)
        Delivery.objects.filter(state="uncertain").update(last_reply="the worker ended before the answer came")
        shown = self.page("Editor", scene)
        assert "uncertain0@example.com" in shown
        assert f"<td>{Chunk.objects.order_by('-pk')[0].pk}</td>" in shown
        assert "Our worker ended before the answer came" in shown
        assert "leaves such mails to a person" in shown
        lost = Delivery.objects.filter(state="uncertain")[0]
        assert escape(message_id(scene.campaign.pk, lost.pk, domain="", ring=key_ring())) in shown
        for name in ("count-as-sent", "send-once-more"):
            assert reverse("newsletter_campaigns:control", args=[scene.campaign.pk, name]) in shown

    def test_an_analyst_sees_that_but_no_address_and_no_choice(self, scene: Scene) -> None:
        in_state(scene, "sent", uncertain=2)
        Delivery.objects.update(last_reply="lost after 250 for <private@elsewhere.example>")
        shown = self.page("Analyst", scene)
        assert "2 mails were handed over" in shown
        assert "@example.com" not in shown
        assert "private@" not in shown
        assert "count-as-sent" not in shown

    def test_another_policy_is_said(self, scene: Scene) -> None:
        Newsletter.objects.update(uncertain_policy="resend_once")
        in_state(scene, "sent", uncertain=1)
        assert "sends such a mail once more by itself" in self.page("Editor", scene)

    def test_many_are_shown_page_by_page_with_few_queries(self, scene: Scene) -> None:
        in_state(scene, "sent", uncertain=120)
        client = log_in("Editor")
        with CaptureQueriesContext(connection) as queries:
            shown = client.get(self.address(scene) + "?p=3").content.decode()
        assert shown.count("@example.com</th>") == 20
        assert len(queries) < 40
        assert "Page 1 of 3" in self.page("Editor", scene, "?p=nonsense")

    def test_without_any_it_says_so(self, scene: Scene) -> None:
        in_state(scene, "sent", accepted=1)
        assert "Nothing is uncertain" in self.page("Editor", scene)

    def test_settling_them_asks_first_and_then_does_it(self, scene: Scene) -> None:
        in_state(scene, "sent", uncertain=2)
        address = reverse("newsletter_campaigns:control", args=[scene.campaign.pk, "count-as-sent"])
        assert "Nobody is mailed again" in log_in("Editor").get(address).content.decode()
        assert Delivery.objects.filter(state="uncertain").count() == 2
        shown = log_in("Editor").post(address, follow=True).content.decode()
        assert "Counted as delivered." in shown
        assert not Delivery.objects.filter(state="uncertain").exists()
