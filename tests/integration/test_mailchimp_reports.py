"""The numbers of what Mailchimp sent: totals, hours and links, who left, and how often they are asked for."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from newsletter.audience.end import end
from newsletter.audience.mailchimp.tasks import ask_for
from newsletter.audience.suppression import is_suppressed
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.errors import DownError
from newsletter.delivery.remote import reports, runner
from newsletter.engine.subscriptions import EndReason
from newsletter.models import (
    Campaign,
    ConsentEvent,
    Delivery,
    MailchimpAudience,
    MailchimpCampaign,
    RemoteTask,
    RemoteTaskKind,
    Subscription,
)
from tests.factories import make_newsletter
from tests.fakes.mailchimp import FakeMailchimp
from tests.fakes.mailchimp.faults import broken, example, page_of_html
from tests.integration.sent_by_mailchimp import BEFORE, connect, reader, send, task_for, turns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pytest_django import Settings

    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db


@pytest.fixture
def fake() -> Iterator[FakeMailchimp]:
    with FakeMailchimp().running() as running:
        yield running


@pytest.fixture
def audience(newsletter: Newsletter, fake: FakeMailchimp) -> MailchimpAudience:
    return connect(newsletter, fake)


@pytest.fixture
def ada(audience: MailchimpAudience, fake: FakeMailchimp) -> Subscription:
    return reader(audience, fake, "ada@example.com")


@pytest.fixture
def remote(audience: MailchimpAudience, fake: FakeMailchimp, ada: Subscription) -> MailchimpCampaign:
    """Sent to Ada, and fetched once."""
    sent = send(audience, fake)
    turns(sent, fake)
    sent.refresh_from_db()
    return sent


def fresh(remote: MailchimpCampaign) -> MailchimpCampaign:
    return MailchimpCampaign.objects.get(pk=remote.pk)


def test_totals_hours_and_links_are_kept_and_no_person(remote: MailchimpCampaign, fake: FakeMailchimp) -> None:
    fake.count(remote.remote_id, links={"https://rounds.example/one": 2, "https://rounds.example/two": 5})
    turns(remote, fake)
    seen = fresh(remote)
    assert (seen.report["emails_sent"], seen.report["clicks"], seen.report["opens"]) == (1, 7, 0)
    assert [link["clicks"] for link in seen.links] == [5, 2]
    assert seen.report["hours"][0] | {"at": ""} == {"at": "", "sent": 1, "opens": 0, "clicks": 7}
    assert seen.reported_at is not None
    assert "ada@" not in json.dumps([seen.report, seen.links])


def test_the_campaign_is_sent_once_its_ledger_is_full(remote: MailchimpCampaign) -> None:
    campaign = Campaign.objects.get(pk=remote.campaign_id)
    assert (campaign.state, campaign.recipients, remote.ledger_filled_at is not None) == ("sent", 1, True)
    assert task_for(remote).done == 0  # the row is the runner's to save


def test_who_left_through_it_has_left_here(remote: MailchimpCampaign, fake: FakeMailchimp, ada: Subscription) -> None:
    fake.leave_through(remote.remote_id, "ada@example.com", reason="I told you about my illness")
    turns(remote, fake)
    ada.refresh_from_db()
    assert (ada.state, ada.ended_reason) == ("ended", "unsubscribed")
    event = ConsentEvent.objects.get(subscription=ada, kind="ended")
    assert (event.source, event.detail) == ("mailchimp", "")  # whatever they wrote there stays there


def test_who_confirmed_here_after_leaving_there_stays(
    remote: MailchimpCampaign, fake: FakeMailchimp, ada: Subscription
) -> None:
    fake.leave_through(remote.remote_id, "ada@example.com")
    Subscription.objects.filter(pk=ada.pk).update(confirmed_at=timezone.now() + timedelta(minutes=1))
    turns(remote, fake)
    ada.refresh_from_db()
    assert ada.state == "confirmed"


def test_a_report_as_spam_is_in_the_ledger(remote: MailchimpCampaign, fake: FakeMailchimp, ada: Subscription) -> None:
    fake.count(remote.remote_id, abuse=1)
    fake.leave_through(remote.remote_id, "ada@example.com", reason="Reported for abuse")
    turns(remote, fake)
    ada.refresh_from_db()
    assert ada.ended_reason == "complained"
    assert Delivery.objects.get().state == "complained"


def complain_after_a_poll_saw_them_leave(remote: MailchimpCampaign, fake: FakeMailchimp, ada: Subscription) -> None:
    """A list of members tells only that they have left, and the report later why."""
    end(ada, reason=EndReason.UNSUBSCRIBED, source="mailchimp", now=timezone.now())
    fake.count(remote.remote_id, abuse=1)
    fake.leave_through(remote.remote_id, "ada@example.com", reason="Reported for abuse")


def also_reads(reader: Subscription, *, since: datetime) -> Subscription:
    """Another newsletter of ours."""
    other = make_newsletter(slug="other")
    return Subscription.objects.create(
        subscriber=reader.subscriber, newsletter=other, state="confirmed", confirmed_at=since
    )


def test_a_report_as_spam_holds_for_every_newsletter_though_the_reader_was_seen_to_leave_before(
    remote: MailchimpCampaign, fake: FakeMailchimp, ada: Subscription
) -> None:
    other = also_reads(ada, since=timezone.now() - BEFORE)
    complain_after_a_poll_saw_them_leave(remote, fake, ada)
    turns(remote, fake)
    other.refresh_from_db()
    assert is_suppressed("ada@example.com")
    assert (other.state, other.ended_reason) == ("ended", "complained")


def test_who_confirmed_anything_after_reporting_spam_is_left_alone(
    remote: MailchimpCampaign, fake: FakeMailchimp, ada: Subscription
) -> None:
    complain_after_a_poll_saw_them_leave(remote, fake, ada)
    also_reads(ada, since=timezone.now() + timedelta(minutes=1))
    turns(remote, fake)
    assert not is_suppressed("ada@example.com")


def test_a_bounce_that_comes_late_is_booked_and_ends_the_subscription(
    remote: MailchimpCampaign, fake: FakeMailchimp, ada: Subscription
) -> None:
    fake.set(bounces={"ada@example.com": "hard"})
    turns(remote, fake)
    row = Delivery.objects.get()
    ada.refresh_from_db()
    assert (row.state, ada.state, ada.ended_reason) == ("bounced", "ended", "bounced")
    assert "hard bounce" in row.last_reply


def test_the_ledger_is_read_again_only_when_the_numbers_say_so(remote: MailchimpCampaign, fake: FakeMailchimp) -> None:
    def asked() -> int:
        return sum(path.endswith("/sent-to") for _method, path in fake.calls)

    before = asked()
    turns(remote, fake)
    assert asked() == before
    fake.set(bounces={"ada@example.com": "soft"})
    turns(remote, fake)
    assert asked() == before + 1


def test_it_is_asked_for_less_and_less_often_for_a_month() -> None:
    sent = at = timezone.now()
    looks: list[datetime] = []
    while (again := reports.next_look(sent, at)) is not None:
        assert timedelta(minutes=5) <= again - at <= timedelta(days=1)
        looks.append(again)
        at = again
    assert looks[0] - sent == timedelta(minutes=5)
    assert timedelta(days=30) < looks[-1] - sent <= timedelta(days=31)
    assert len(looks) < 60


def test_an_empty_report_is_not_believed_at_once(audience: MailchimpAudience, fake: FakeMailchimp) -> None:
    fake.add_member(audience.list_id, "ada@example.com")
    fake.set(sending_for=3600)  # the numbers lag behind
    remote = send(audience, fake)
    now = timezone.now()
    assert turns(remote, fake, now=now) == now + reports.LOOKS_AGAIN
    assert Campaign.objects.get(pk=remote.campaign_id).state == "sending"
    fake.advance(minutes=61)
    turns(remote, fake, now=now)
    campaign = Campaign.objects.get(pk=remote.campaign_id)
    assert (campaign.state, campaign.recipients) == ("sent", 1)


NOBODY = {"sent_to": [], "total_items": 0}


def test_a_list_of_recipients_that_lags_behind_the_numbers_is_not_the_ledger(
    audience: MailchimpAudience, fake: FakeMailchimp, ada: Subscription
) -> None:
    remote = send(audience, fake)
    fake.fail("GET", "/reports/*/sent-to", example(NOBODY))
    now = timezone.now()
    assert turns(remote, fake, now=now) == now + reports.LOOKS_AGAIN
    assert fresh(remote).ledger_filled_at is None
    turns(remote, fake, now=now + reports.LOOKS_AGAIN)
    campaign = Campaign.objects.get(pk=remote.campaign_id)
    assert (campaign.state, campaign.recipients, Delivery.objects.count()) == ("sent", 1, 1)


def test_a_list_that_lags_for_long_does_not_keep_the_campaign_open_and_is_read_again(
    audience: MailchimpAudience, fake: FakeMailchimp, ada: Subscription
) -> None:
    remote = send(audience, fake)
    fake.fail("GET", "/reports/*/sent-to", example(NOBODY))
    later = timezone.now() + reports.UNBELIEVED + timedelta(seconds=1)
    again = turns(remote, fake, now=later)
    assert again is not None
    assert Campaign.objects.get(pk=remote.campaign_id).state == "sent"
    assert not Delivery.objects.exists()
    turns(remote, fake, now=again)
    assert Campaign.objects.get(pk=remote.campaign_id).recipients == Delivery.objects.count() == 1


def test_a_report_that_is_gone_does_not_keep_the_campaign_open(
    audience: MailchimpAudience, fake: FakeMailchimp, ada: Subscription
) -> None:
    remote = send(audience, fake)
    fake.delete_campaign(remote.remote_id)
    now = timezone.now()
    assert turns(remote, fake, now=now) is not None
    assert Campaign.objects.get(pk=remote.campaign_id).state == "sending"
    turns(remote, fake, now=now + timedelta(hours=1))
    assert Campaign.objects.get(pk=remote.campaign_id).state == "sent"


def test_a_page_of_html_for_numbers_is_no_reason_to_give_them_up(
    audience: MailchimpAudience, fake: FakeMailchimp, ada: Subscription
) -> None:
    remote = send(audience, fake)
    fake.fail("GET", "/reports/*", page_of_html())
    now = timezone.now()
    assert turns(remote, fake, now=now) == now + reports.SOON
    turns(remote, fake, now=now + reports.SOON)
    assert Campaign.objects.get(pk=remote.campaign_id).state == "sent"
    assert fresh(remote).ledger_filled_at is not None


def test_a_break_leaves_the_rest_for_the_next_turn(
    audience: MailchimpAudience, fake: FakeMailchimp, ada: Subscription
) -> None:
    remote = send(audience, fake)
    fake.fail("GET", "/reports/*/sent-to", broken(503, done=False), times=100)
    with pytest.raises(DownError):
        reports.turn(task_for(remote), short_way_to(fake), timezone.now())
    assert Campaign.objects.get(pk=remote.campaign_id).state == "sending"
    fake.heal()
    turns(remote, fake)
    assert Campaign.objects.get(pk=remote.campaign_id).state == "sent"
    assert Delivery.objects.count() == 1


def short_way_to(fake: FakeMailchimp) -> Mailchimp:
    return Mailchimp(api_key=fake.key, api_url=fake.url, deadline=0.5)


def test_the_worker_does_it_all_by_itself(
    audience: MailchimpAudience, fake: FakeMailchimp, ada: Subscription, settings: Settings
) -> None:
    backends = settings.NEWSLETTER_BACKENDS
    options = {**backends["mailchimp"]["OPTIONS"], "api_url": fake.url}
    settings.NEWSLETTER_BACKENDS = {**backends, "mailchimp": {**backends["mailchimp"], "OPTIONS": options}}
    remote = send(audience, fake)
    now = timezone.now()
    ask_for(RemoteTaskKind.REPORT, name=f"report:{remote.campaign_id}", now=now)
    assert runner.run_due(now, owner="test") == 1
    task = RemoteTask.objects.get()
    assert (task.state, task.done, task.total) == ("pending", 1, 1)
    assert task.next_attempt_at > now
    assert "1 recipient" in task.said
    assert Campaign.objects.get(pk=remote.campaign_id).state == "sent"
