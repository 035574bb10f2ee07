"""The ledger of what Mailchimp sent: everybody once, whatever comes twice, and nobody who was forgotten."""

from __future__ import annotations

import csv
import io
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from newsletter.audience.erase import erase, forget_address
from newsletter.audience.suppression import SuppressionReason, is_suppressed, suppress
from newsletter.backends.mailchimp.answers import Page, SentTo
from newsletter.backends.mailchimp.api import PAGE
from newsletter.backends.mailchimp.errors import DownError
from newsletter.backends.mailchimp.ids import member_hash
from newsletter.delivery.ledger import write_ledger
from newsletter.delivery.remote import ledger
from newsletter.delivery.report import counts, show
from newsletter.delivery.store import forget_addresses
from newsletter.models import (
    Campaign,
    Chunk,
    Delivery,
    MailchimpAudience,
    MailchimpCampaign,
    MailchimpMember,
    Subscription,
)
from tests.factories import make_subscription, make_subscriptions
from tests.fakes.mailchimp import FakeMailchimp
from tests.integration.sent_by_mailchimp import BEFORE, connect, reader, send, task_for, turns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db


@pytest.fixture
def fake() -> Iterator[FakeMailchimp]:
    with FakeMailchimp().running() as running:
        yield running


@pytest.fixture
def audience(newsletter: Newsletter, fake: FakeMailchimp) -> MailchimpAudience:
    return connect(newsletter, fake)


def lines(remote: MailchimpCampaign) -> list[dict[str, str]]:
    file = io.StringIO(newline="")
    write_ledger(remote.campaign, file)
    file.seek(0)
    return list(csv.DictReader(file))


def by_address(remote: MailchimpCampaign) -> dict[str, str]:
    return {line["address"]: line["state"] for line in lines(remote)}


class _Pages:
    """Answers `sent_to` with these pages, whatever offset is asked for; an exception stands for a break."""

    def __init__(self, *pages: list[tuple[str, str]] | Exception, total: int) -> None:
        self.pages = list(pages)
        self.total = total

    def sent_to(self, campaign_id: str, *, offset: int = 0) -> Page[SentTo]:
        page = self.pages.pop(0)
        if isinstance(page, Exception):
            raise page
        items = tuple(SentTo(hash=member_hash(email), email=email, status=status) for email, status in page)
        return Page(items=items, total=self.total, seen=len(items))


def fill(remote: MailchimpCampaign, pages: _Pages) -> bool:
    remote.refresh_from_db()
    until = time.monotonic() + 60
    return ledger.fill(remote, task_for(remote), pages, until=until, now=timezone.now())  # type: ignore[arg-type]


def test_everybody_whom_it_was_sent_to_has_a_line(audience: MailchimpAudience, fake: FakeMailchimp) -> None:
    known = reader(audience, fake, "ada@example.com")
    fake.add_member(audience.list_id, "Only.There@example.com")
    fake.set(bounces={"soft@example.com": "soft", "gone@example.com": "hard"})
    reader(audience, fake, "soft@example.com")
    reader(audience, fake, "gone@example.com")
    remote = send(audience, fake)
    turns(remote, fake)
    assert by_address(remote) == {
        "ada@example.com": "accepted",
        "only.there@example.com": "accepted",
        "soft@example.com": "bounced",
        "gone@example.com": "bounced",
    }
    row = Delivery.objects.get(address="ada@example.com")
    assert (row.subscriber_id, row.attempts, row.last_reply) == (known.subscriber_id, 1, "sent by Mailchimp")
    assert row.settled_at == datetime.fromisoformat(fake.campaign(remote.remote_id)["send_time"])
    assert Delivery.objects.get(address="only.there@example.com").subscriber_id is None
    campaign = Campaign.objects.get(pk=remote.campaign_id)
    assert (campaign.state, campaign.recipients, show(campaign)["counts"]["accepted"]) == ("sent", 4, 2)


def test_mailchimp_alone_knows_the_message_ids(audience: MailchimpAudience, fake: FakeMailchimp) -> None:
    reader(audience, fake, "ada@example.com")
    remote = send(audience, fake)
    turns(remote, fake)
    (line,) = lines(remote)
    assert (line["message_id"], line["attempts"], line["revision"]) == ("", "1", str(remote.campaign.revision))


def test_a_mailbox_that_is_gone_is_not_mailed_again(audience: MailchimpAudience, fake: FakeMailchimp) -> None:
    gone, back = (reader(audience, fake, f"{name}@example.com") for name in ("gone", "back"))
    fake.set(bounces={"gone@example.com": "hard", "back@example.com": "hard"})
    remote = send(audience, fake)
    Subscription.objects.filter(pk=back.pk).update(confirmed_at=timezone.now() + timedelta(hours=1))
    turns(remote, fake)
    gone.refresh_from_db()
    back.refresh_from_db()
    assert (gone.state, gone.ended_reason) == ("ended", "bounced")
    assert (is_suppressed("gone@example.com"), is_suppressed("back@example.com")) == (True, False)
    assert back.state == "confirmed"  # from that mailbox, after the mail


def test_a_page_that_comes_twice_gives_nobody_two_lines(audience: MailchimpAudience, fake: FakeMailchimp) -> None:
    for name in ("ada", "ben", "cyd"):
        reader(audience, fake, f"{name}@example.com")
    suppress("erased@example.com", reason=SuppressionReason.ERASED, now=timezone.now())
    remote = send(audience, fake)
    first = [("ada@example.com", "sent"), ("erased@example.com", "sent"), ("there@example.com", "sent")]
    second = [("there@example.com", "sent"), ("erased@example.com", "sent"), ("ben@example.com", "sent")]
    assert fill(remote, _Pages(first, second, total=6))
    assert sorted(line["address"] for line in lines(remote)) == [
        *("", ""),  # told apart by nothing, until the ledger has more lines than there were mails
        *("ada@example.com", "ben@example.com", "there@example.com"),
    ]
    assert fill(remote, _Pages([*first, ("ben@example.com", "sent")], total=4))
    assert sorted(by_address(remote)) == ["", "ada@example.com", "ben@example.com", "there@example.com"]
    assert Campaign.objects.get(pk=remote.campaign_id).recipients == Delivery.objects.count() == 4


def test_a_break_in_the_middle_repeats_no_reader(audience: MailchimpAudience, fake: FakeMailchimp) -> None:
    remote = send_to_two(audience, fake)
    with pytest.raises(DownError):
        fill(remote, _Pages([("ada@example.com", "sent")], DownError("away"), total=2))
    remote.refresh_from_db()
    assert (remote.ledger_offset, remote.ledger_filled_at) == (1, None)
    assert fill(remote, _Pages([("ben@example.com", "sent")], total=2))
    remote.refresh_from_db()
    assert remote.ledger_filled_at is not None
    assert by_address(remote) == {"ada@example.com": "accepted", "ben@example.com": "accepted"}


def test_a_worker_that_slept_writes_nothing_more(audience: MailchimpAudience, fake: FakeMailchimp) -> None:
    remote = send_to_two(audience, fake)
    slept = MailchimpCampaign.objects.select_related("campaign").get(pk=remote.pk)
    until = time.monotonic()
    one, other = ([(f"{name}@example.com", "sent")] for name in ("ada", "ben"))
    task = task_for(remote)
    now = timezone.now()
    assert not ledger.fill(remote, task, _Pages(one, total=2), until=until, now=now)  # type: ignore[arg-type]
    assert not ledger.fill(slept, task, _Pages(other, total=2), until=until, now=now)  # type: ignore[arg-type]
    assert by_address(remote) == {"ada@example.com": "accepted"}


def send_to_two(audience: MailchimpAudience, fake: FakeMailchimp) -> MailchimpCampaign:
    for name in ("ada", "ben"):
        reader(audience, fake, f"{name}@example.com")
    return send(audience, fake)


def test_who_was_erased_meanwhile_is_a_line_without_an_address(
    audience: MailchimpAudience, fake: FakeMailchimp
) -> None:
    erased = reader(audience, fake, "erased@example.com")
    fake.add_member(audience.list_id, "being.erased@example.com")
    MailchimpMember.objects.create(audience=audience, member_hash=member_hash("being.erased@example.com"), erasing=True)
    remote = send(audience, fake)
    erase(erased.subscriber, now=timezone.now())
    turns(remote, fake)
    assert [(line["address"], line["state"], line["last_reply"]) for line in lines(remote)] == [("", "erased", "")] * 2
    assert counts(remote.campaign)["accepted"] == 2


def test_an_address_that_is_nobodys_here_can_be_forgotten(audience: MailchimpAudience, fake: FakeMailchimp) -> None:
    fake.add_member(audience.list_id, "there@example.com")
    fake.add_member(audience.list_id, "later@example.com")
    remote = send(audience, fake)
    turns(remote, fake)
    assert forget_address("there@example.com", now=timezone.now())
    erase(make_subscription(audience.newsletter, "later@example.com").subscriber, now=timezone.now())
    assert by_address(remote) == {"": "erased"}


def test_who_subscribes_here_later_keeps_the_one_line(audience: MailchimpAudience, fake: FakeMailchimp) -> None:
    fake.add_member(audience.list_id, "later@example.com")
    remote = send(audience, fake)
    turns(remote, fake)
    make_subscription(audience.newsletter, "later@example.com")
    assert fill(remote, _Pages([("later@example.com", "hard")], total=1))
    assert by_address(remote) == {"later@example.com": "bounced"}


def test_a_reader_is_known_by_the_former_address_too(audience: MailchimpAudience, fake: FakeMailchimp) -> None:
    moved = reader(audience, fake, "old@example.com")
    moved.subscriber.email = "new@example.com"
    moved.subscriber.save()
    remote = send(audience, fake)
    turns(remote, fake)
    row = Delivery.objects.get()
    assert (row.subscriber_id, row.address) == (moved.subscriber_id, "old@example.com")


def test_a_former_mailbox_that_is_gone_says_nothing_of_the_new_one(
    audience: MailchimpAudience, fake: FakeMailchimp
) -> None:
    moved = reader(audience, fake, "old@example.com")
    moved.subscriber.email = "new@example.com"
    moved.subscriber.save()
    fake.set(bounces={"old@example.com": "hard"})
    turns(send(audience, fake), fake)
    moved.refresh_from_db()
    assert (moved.state, Delivery.objects.get().state) == ("confirmed", "bounced")


def test_its_addresses_are_forgotten_when_their_time_is_over(audience: MailchimpAudience, fake: FakeMailchimp) -> None:
    remote = send_to_two(audience, fake)
    turns(remote, fake)
    later = timezone.now() + timedelta(days=400)
    assert forget_addresses(before=later, now=later) == 1
    assert not Delivery.objects.exclude(address="").exists()
    assert turns(remote, fake, now=later) is None


def test_readers_remember_when_they_were_sent_something(audience: MailchimpAudience, fake: FakeMailchimp) -> None:
    remote = send_to_two(audience, fake)
    turns(remote, fake)
    started = Campaign.objects.get(pk=remote.campaign_id).started_at
    assert set(Subscription.objects.values_list("last_sent_at", flat=True)) == {started}
    assert not Chunk.objects.filter(closed_at=None).exists()


@pytest.mark.slow
def test_ten_thousand_recipients_are_a_few_statements_a_page(audience: MailchimpAudience, fake: FakeMailchimp) -> None:
    make_subscriptions(audience.newsletter, 10_000)
    Subscription.objects.update(confirmed_at=timezone.now() - BEFORE)
    for address in Subscription.objects.values_list("subscriber__email", flat=True):
        fake.add_member(audience.list_id, address)
    remote = send(audience, fake)
    with CaptureQueriesContext(connection) as asked:
        turns(remote, fake, most=20)
    assert len(asked) < 10_000 / PAGE * 60
    assert counts(remote.campaign)["accepted"] == 10_000
    assert Campaign.objects.get(pk=remote.campaign_id).state == "sent"
