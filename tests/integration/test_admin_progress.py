"""A campaign while it is watched: live counts, rates, answers of servers, speed, uncertain deliveries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from newsletter.admin.campaigns.numbers import BAR_WIDTH, about, bar, rate, until
from newsletter.delivery import progress as progress_module
from newsletter.delivery.progress import Sample, progress, quick_counts, rate_of, time_left
from newsletter.delivery.report import counts
from newsletter.delivery.watched import watch
from newsletter.engine.machine import CampaignState, DeliveryState
from newsletter.models import Campaign, Chunk, ClockLease, Delivery
from tests.integration.admin_scene import Scene, log_in
from tests.integration.watching import fragment, in_state, show

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
EXPIRED = "expired: deferred for more than 48 hours; last answer: "


class TestLive:
    def test_the_fragment_has_the_counts_and_no_page_around_it(self, scene: Scene) -> None:
        in_state(scene, "sending", accepted=6, pending=3, uncertain=1)
        shown = fragment(log_in("Analyst"), scene)
        assert "<html" not in shown
        assert 'aria-valuenow="70"' in shown
        assert 'aria-valuetext="7 of 10"' in shown
        assert "@example.com" not in shown

    @pytest.mark.parametrize(
        ("state", "seconds"),
        [("preparing", 2), ("sending", 2), ("waiting", 2), ("paused", 10), ("held", 10), ("sent", 0), ("cancelled", 0)],
    )
    def test_it_says_how_soon_to_ask_again(self, state: str, seconds: int, scene: Scene) -> None:
        in_state(scene, state, pending=1)
        assert f'data-seconds="{seconds}"' in fragment(log_in("Analyst"), scene)
        assert ('data-controller="newsletter-live"' in show(log_in("Analyst"), scene)) is bool(seconds)

    def test_one_that_is_about_to_go_is_watched_more_closely(self, scene: Scene) -> None:
        assert 'data-seconds="10"' in fragment(log_in("Analyst"), scene)
        Campaign.objects.update(scheduled_at=timezone.now() + timedelta(seconds=30))
        assert 'data-seconds="2"' in fragment(log_in("Analyst"), scene)

    def test_the_page_without_a_script_has_a_link_that_loads_it_again(self, scene: Scene) -> None:
        in_state(scene, "sending", pending=1)
        shown = show(log_in("Analyst"), scene)
        assert f'href="{reverse("newsletter_campaigns:show", args=[scene.campaign.pk])}">Refresh</a>' in shown
        main = shown[shown.index('id="campaign"') :]
        assert "onclick" not in main
        assert " style=" not in main

    def test_a_wait_says_when_the_server_is_tried_again(self, scene: Scene) -> None:
        in_state(scene, "waiting", pending=1)
        Campaign.objects.update(reason="<b>down</b>", retries=1, retry_at=timezone.now() + timedelta(seconds=40))
        shown = fragment(log_in("Analyst"), scene)
        assert "&lt;b&gt;down&lt;/b&gt;" in shown
        assert "is tried again in 4" in shown or "is tried again in 3" in shown

    def test_one_that_has_sent_its_share_of_the_day_blames_no_server(self, scene: Scene) -> None:
        in_state(scene, "waiting", pending=1)
        Campaign.objects.update(reason="The warm-up.", retry_at=timezone.now() + timedelta(hours=5, minutes=1))
        shown = fragment(log_in("Analyst"), scene)
        assert "It goes on in about 5 hours." in shown
        assert "be reached" not in shown

    def test_when_only_deferred_ones_are_left_it_says_so_and_when_the_next_is_tried(self, scene: Scene) -> None:
        in_state(scene, "sending", accepted=2, deferred=1)
        Delivery.objects.filter(state="deferred").update(next_attempt_at=timezone.now() + timedelta(minutes=5))
        shown = fragment(log_in("Analyst"), scene)
        assert "Only mailboxes that asked for patience are left" in shown
        assert "tried again in about 5 minutes" in shown

    def test_it_says_when_no_worker_is_there_to_send_it(self, scene: Scene) -> None:
        in_state(scene, "sending", pending=1)
        assert "No worker has run yet" in fragment(log_in("Analyst"), scene)
        lease = ClockLease.objects.create(name="clock", ticked_at=timezone.now() - timedelta(minutes=10))
        assert "last seen 10 minutes ago" in fragment(log_in("Analyst"), scene).replace("\xa0", " ")
        lease.ticked_at = timezone.now()
        lease.save()
        assert "worker" not in fragment(log_in("Analyst"), scene)

    def test_a_hundred_percent_means_that_everything_is_settled(self, scene: Scene) -> None:
        in_state(scene, "sending", accepted=999, pending=1)
        assert 'aria-valuenow="99"' in fragment(log_in("Analyst"), scene)

    def test_the_small_one_asks_for_no_answers_of_servers(self, scene: Scene) -> None:
        in_state(scene, "sending", accepted=1, refused=1, pending=2)
        shown = fragment(log_in("Analyst"), scene, "small_live")
        assert 'aria-valuenow="50"' in shown
        assert "answers" not in shown

    def test_the_list_shows_progress_of_those_that_are_not_over(self, scene: Scene) -> None:
        in_state(scene, "sending", accepted=1, pending=1)
        address = reverse("newsletter_campaigns:index")
        assert 'data-controller="newsletter-live"' in log_in("Analyst").get(address).content.decode()
        Campaign.objects.update(state="sent")
        assert 'data-controller="newsletter-live"' not in log_in("Analyst").get(address).content.decode()

    def test_an_answer_is_kept_by_no_cache(self, scene: Scene) -> None:
        response = log_in("Analyst").get(reverse("newsletter_campaigns:live", args=[scene.campaign.pk]))
        assert {"private", "no-store"} <= set(response["Cache-Control"].split(", "))


class TestCounting:
    def test_many_viewers_count_once(self, scene: Scene) -> None:
        campaign, now = in_state(scene, "sending", accepted=2, pending=1), timezone.now()
        progress(campaign, now=now)
        with CaptureQueriesContext(connection) as queries:
            for _ in range(20):
                progress(campaign, now=now + timedelta(seconds=1))
        assert len(queries) == 0

    def test_counts_are_a_moment_old_at_most_and_say_when_they_were_made(self, scene: Scene) -> None:
        campaign, now = in_state(scene, "sending", pending=2), timezone.now()
        assert progress(campaign, now=now).done == 0
        Delivery.objects.update(state="accepted")
        kept = progress(campaign, now=now + timedelta(seconds=1))
        assert (kept.done, kept.at) == (0, now)
        assert progress(campaign, now=now + timedelta(seconds=2)).done == 2

    def test_a_step_of_the_campaign_is_shown_with_counts_made_after_it(self, scene: Scene) -> None:
        campaign, now = in_state(scene, "sending", pending=2), timezone.now()
        progress(campaign, now=now)
        Delivery.objects.update(state="skipped")
        campaign.state = CampaignState.CANCELLED
        assert progress(campaign, now=now).counts["skipped"] == 2

    def test_what_took_long_is_kept_longer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        cache.clear()
        times = iter([0.0, 0.5, 1.0, 1.5])
        monkeypatch.setattr("newsletter.delivery.watched.time.monotonic", lambda: next(times))
        found: list[int] = []

        def find(old: int | None) -> int:
            found.append(1)
            return len(found)

        for seconds in (0, 2, 4.9, 5.1):
            watch("test", find, keep=timedelta(seconds=1), now=NOW + timedelta(seconds=seconds))
        assert len(found) == 2

    def test_while_somebody_counts_others_see_what_was_counted_before(self) -> None:
        cache.clear()
        watch("test", lambda _old: "old", keep=timedelta(seconds=1), now=NOW)
        cache.add("test.turn", 1)
        later = NOW + timedelta(seconds=5)
        assert watch("test", lambda _old: "new", keep=timedelta(seconds=1), now=later).value == "old"
        cache.delete("test.turn")
        assert watch("test", lambda _old: "new", keep=timedelta(seconds=1), now=later).value == "new"

    def test_a_clock_that_was_set_back_stops_nothing(self) -> None:
        cache.clear()
        watch("test", lambda _old: "old", keep=timedelta(seconds=1), now=NOW)
        earlier = NOW - timedelta(hours=1)
        assert watch("test", lambda _old: "new", keep=timedelta(seconds=1), now=earlier).value == "new"

    def test_the_quick_way_of_counting_counts_the_same(self, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(progress_module, "FEW", 0)
        states = {state.value: number + 1 for number, state in enumerate(DeliveryState) if state != "pending"}
        campaign = in_state(scene, "sending", **states, pending=13)
        pending = Delivery.objects.filter(state="pending").values_list("pk", flat=True).order_by("pk")
        Chunk.objects.filter(last_id__lt=pending[0]).update(fence=1, closed_at=timezone.now())
        Chunk.objects.filter(first_id__lte=pending[0], last_id__gte=pending[0]).update(fence=2, owner="w")
        assert quick_counts(campaign) == counts(campaign)
        assert counts(campaign)["pending"] == 13

    def test_with_gaps_between_its_rows_all_are_counted(self, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(progress_module, "FEW", 0)
        campaign = in_state(scene, "sending", pending=9)
        Delivery.objects.filter(pk=Delivery.objects.order_by("pk")[4].pk).delete()
        Campaign.objects.update(recipients=8)
        campaign.refresh_from_db()
        assert quick_counts(campaign)["pending"] == 8


class TestRates:
    def test_a_rate_needs_two_looks_that_are_a_second_apart(self) -> None:
        first = Sample(at=NOW, tried=100)
        assert rate_of((first,)) is None
        assert rate_of((first, Sample(at=NOW + timedelta(seconds=0.5), tried=200))) is None
        assert rate_of((first, Sample(at=NOW + timedelta(seconds=6), tried=200))) == 1000

    def test_retries_that_become_pending_again_make_no_negative_rate(self) -> None:
        assert rate_of((Sample(at=NOW, tried=100), Sample(at=NOW + timedelta(seconds=6), tried=90))) == 0

    def test_the_time_left_is_what_waits_at_this_rate(self) -> None:
        assert time_left(600, 60) == timedelta(minutes=10)
        assert time_left(600, 0) is None
        assert time_left(600, None) is None
        assert time_left(0, 60) is None

    def test_watching_gives_a_rate_and_a_time_left(self, scene: Scene) -> None:
        campaign, now = in_state(scene, "sending", accepted=2, pending=8), timezone.now()
        progress(campaign, now=now)
        ids = Delivery.objects.filter(state="pending").values_list("pk", flat=True)[:4]
        Delivery.objects.filter(pk__in=list(ids)).update(state="accepted")
        seen = progress(campaign, now=now + timedelta(seconds=2))
        assert seen.rate == pytest.approx(120)
        assert seen.time_left == timedelta(seconds=2)
        assert seen.average == pytest.approx(6, rel=0.1)

    @pytest.mark.parametrize(
        ("left", "said"),
        [
            (timedelta(seconds=20), "less than a minute"),
            (timedelta(minutes=1.2), "about 1 minute"),
            (timedelta(minutes=12.4), "about 12 minutes"),
            (timedelta(minutes=150), "about 2 hours"),
            (timedelta(days=5), "about 5 days"),
        ],
    )
    def test_times_are_said_in_one_unit(self, left: timedelta, said: str) -> None:
        assert about(left) == said

    def test_what_is_due_is_said_as_now(self) -> None:
        assert until(NOW, now=NOW) == "now"
        assert until(NOW + timedelta(seconds=40), now=NOW) == "in 40 seconds"

    def test_small_rates_keep_a_decimal(self) -> None:
        assert (rate(0.51), rate(1240.4), rate(0)) == ("0.5", "1,240", "0")

    def test_the_bar_is_never_wider_than_itself_and_hides_nothing(self) -> None:
        parts = bar({state.value: 1 for state in DeliveryState} | {"accepted": 1_000_000})
        assert parts[-1].start + parts[-1].width <= BAR_WIDTH
        assert {part.state for part in parts} == set(DeliveryState) - {"pending"}
        assert all(part.width >= 1 for part in parts)
        assert bar({"pending": 5}) == []
