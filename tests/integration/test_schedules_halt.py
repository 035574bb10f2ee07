"""Pausing everything: what stops, what goes on, and what becomes of it afterwards."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command
from django.utils import timezone
from wagtail.models import ModelLogEntry

from newsletter.audience.mails import queue_note
from newsletter.backends import memory
from newsletter.delivery import agenda, control, halt, health, mails
from newsletter.delivery.held_after_restore import hold_everything
from newsletter.delivery.sending import send_waiting
from newsletter.delivery.slowed_domains import SlowedDomains
from newsletter.delivery.stopping import Stop
from newsletter.issues.switching import switch_on
from newsletter.models import Campaign, OutgoingMail, RunOutcome, SendingHalt
from tests.factories import make_subscriptions
from tests.factories_delivery import NOON, make_campaign, make_sending_campaign
from tests.factories_schedules import HOUR, MINUTE, MONDAY, TUESDAY, WEEK, make_schedule, publish_at, tick

if TYPE_CHECKING:
    from blog.models import StoryIndexPage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db


def state(campaign: Campaign) -> str:
    return Campaign.objects.values_list("state", flat=True).get(pk=campaign.pk)


def send() -> int:
    return send_waiting("worker", stop=Stop(), clock=lambda: NOON, max_seconds=2, slowed=SlowedDomains())


@pytest.fixture
def sending(newsletter: Newsletter) -> Campaign:
    make_subscriptions(newsletter, 2)
    return make_sending_campaign(newsletter)


def test_nothing_starts_and_what_is_sent_stands_still_until_it_goes_on(
    newsletter: Newsletter, sending: Campaign
) -> None:
    waiting = make_campaign(newsletter, state="waiting", retry_at=NOON)
    due = make_campaign(newsletter)
    memory.outbox.clear()
    halt.halt(reason="The wrong list", now=NOON)
    tick(NOON)
    assert [state(one) for one in (sending, waiting, due)] == ["paused", "paused", "scheduled"]
    assert send() == 0
    assert memory.outbox == []
    assert sorted(SendingHalt.objects.get().paused) == [sending.pk, waiting.pk]
    assert not agenda.has_campaign(now=NOON)
    assert agenda.is_idle(now=NOON), "a worker that runs until idle ends"
    assert health.backlog(now=NOON + HOUR).campaign is None, "it is no fault that a campaign waits"
    assert halt.go_on(now=NOON) == [sending.pk, waiting.pk]
    tick(NOON + MINUTE)
    assert [state(one) for one in (sending, waiting, due)] == ["sending", "sent", "sending"], (
        "the second reaches nobody"
    )
    assert send() > 0
    assert len(memory.outbox) == 4, "the two readers, of the two campaigns whose audience was frozen"


def test_a_campaign_that_had_just_begun_is_paused_by_the_next_round(newsletter: Newsletter, sending: Campaign) -> None:
    halt.halt(now=NOON)
    late = make_sending_campaign(newsletter)
    tick(NOON)
    assert state(late) == "paused"
    assert halt.go_on(now=NOON) == [sending.pk, late.pk]


def test_what_somebody_paused_before_or_cancelled_meanwhile_stays_so(newsletter: Newsletter, sending: Campaign) -> None:
    paused, cancelled = make_sending_campaign(newsletter), make_sending_campaign(newsletter)
    control.pause(paused.pk, now=NOON)
    halt.halt(now=NOON)
    control.cancel(cancelled.pk, now=NOON)
    assert halt.go_on(now=NOON) == [sending.pk]
    assert [state(one) for one in (sending, paused, cancelled)] == ["sending", "paused", "cancelled"]


def test_no_single_campaign_is_set_going_meanwhile(newsletter: Newsletter, sending: Campaign) -> None:
    held = make_campaign(newsletter, state="held")
    lost = make_campaign(newsletter, state="sent")
    lost.deliveries.create(state="uncertain", address="a@example.com")
    halt.halt(now=NOON)
    for act in (
        lambda: control.resume(sending.pk, now=NOON),
        lambda: control.release(held.pk, now=NOON),
        lambda: control.resolve(lost.pk, resolution=control.Resolution.RESEND, now=NOON),
    ):
        with pytest.raises(control.HaltedError, match="Everything is paused"):
            act()
    assert [state(one) for one in (sending, held, lost)] == ["paused", "held", "sent"]
    sending.refresh_from_db()
    assert control.possible(sending) == {"cancel"}
    assert control.possible(held) == {"cancel"}
    assert control.resolve(lost.pk, now=NOON) == 1, "counting them as delivered mails nobody"


def test_single_mails_go_on(newsletter: Newsletter, home: object) -> None:
    halt.halt(now=NOON)
    now = timezone.now()
    queue_note("alert", "owner@example.com", "Look", "Something happened.", now=now)
    OutgoingMail.objects.update(backend="memory")
    mails.send_due(now + timedelta(seconds=1), stop=Stop())
    assert OutgoingMail.objects.get().state == "sent"


def test_a_schedule_waits_and_is_late_afterwards_as_without_a_worker(
    newsletter: Newsletter, stories: StoryIndexPage
) -> None:
    schedule = make_schedule(newsletter)
    publish_at(stories, MONDAY + HOUR)
    halt.halt(now=TUESDAY - HOUR)
    tick(TUESDAY)
    assert not schedule.runs.exists()
    assert agenda.next_due(now=TUESDAY) is None
    halt.go_on(now=TUESDAY + 2 * HOUR)
    tick(TUESDAY + 2 * HOUR)
    assert schedule.runs.get().outcome == RunOutcome.SCHEDULED
    assert Campaign.objects.get().scheduled_at == TUESDAY + 2 * HOUR + 10 * MINUTE
    halt.halt(now=TUESDAY + WEEK - HOUR)
    halt.go_on(now=TUESDAY + WEEK + 7 * HOUR)
    tick(TUESDAY + WEEK + 7 * HOUR)
    assert schedule.runs.order_by("-due_at")[0].outcome == RunOutcome.MISSED


def test_a_campaign_that_is_too_late_afterwards_waits_for_a_person(newsletter: Newsletter) -> None:
    campaign = make_campaign(newsletter)
    halt.halt(now=NOON - HOUR)
    tick(NOON)
    halt.go_on(now=NOON + 7 * HOUR)
    tick(NOON + 7 * HOUR)
    assert state(campaign) == "held"


def test_twice_is_the_same_halt_and_the_log_names_who(newsletter: Newsletter) -> None:
    from tests.factories_schedules import make_editor

    edda = make_editor()
    first = halt.halt(reason="The wrong list", user=edda, now=NOON)
    again = halt.halt(reason="Another", now=NOON + HOUR)
    assert (again.reason, again.since, again.by) == (first.reason, NOON, edda)
    assert halt.go_on(user=edda, now=NOON) == []
    assert halt.go_on(now=NOON) is None
    logged = ModelLogEntry.objects.order_by("pk").values_list("action", "user")
    assert list(logged) == [(halt.HALTED, edda.pk), (halt.WENT_ON, edda.pk)]


def test_a_restored_publication_composes_nothing_by_itself(newsletter: Newsletter, stories: StoryIndexPage) -> None:
    """What was sent after the backup was made is not in its books."""
    schedule = make_schedule(newsletter)
    publish_at(stories, MONDAY + HOUR)
    hold_everything(made_at=MONDAY, now=TUESDAY - HOUR)
    tick(TUESDAY)
    assert not schedule.runs.exists()
    assert switch_on(schedule, now=TUESDAY)
    tick(TUESDAY + WEEK)
    assert schedule.runs.get().outcome == RunOutcome.NOTHING_NEW


class TestCommand:
    def call(self, *words: str) -> str:
        out = StringIO()
        call_command("halt", *words, stdout=out)
        return out.getvalue()

    def test_an_operator_pauses_everything_and_lets_it_go_on(self, sending: Campaign) -> None:
        assert self.call("show") == "Everything goes its way.\n"
        assert json.loads(self.call("start", "--reason", "Relay on fire", "--json")) == {
            "halted": True,
            "since": SendingHalt.objects.get().since.isoformat(timespec="seconds"),
            "reason": "Relay on fire",
            "paused": [sending.pk],
            "went_on": [],
        }
        assert "Everything is paused since" in self.call("show")
        assert self.call("end") == f"Everything goes its way. Campaigns sent further: {sending.pk}.\n"
        assert state(sending) == "sending"
        assert json.loads(self.call("end", "--json"))["went_on"] == []
