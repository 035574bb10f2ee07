"""A campaign, a Mailchimp of our own, a worker and one clock for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from newsletter.audience.mailchimp.account import keep_key
from newsletter.delivery import control, store
from newsletter.delivery.remote import runner
from newsletter.issues.remote_content import new_title
from newsletter.models import Campaign, MailchimpAudience, MailchimpCampaign
from tests.factories import make_subscription
from tests.factories_delivery import make_campaign
from tests.fakes.mailchimp.faults import broken

if TYPE_CHECKING:
    from pytest_django import Settings

    from newsletter.models import Newsletter
    from tests.fakes.mailchimp import FakeMailchimp
    from tests.fakes.mailchimp.faults import Fault

NOW = datetime(2026, 3, 2, 12, 20, tzinfo=UTC)
#: On the grid, ahead.
AT = datetime(2026, 3, 2, 12, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
#: Sent by our clock.
OFF_GRID = AT + 7 * MINUTE
READERS = ("ada@example.com", "bo@example.com", "cy@example.com")


@dataclass
class There:
    """`run` lets the time pass for the worker and for Mailchimp."""

    fake: FakeMailchimp
    audience: MailchimpAudience
    settings: Settings
    now: datetime = NOW

    def make(self, *, at: datetime = AT, **fields: Any) -> Campaign:
        """A campaign as `schedule` leaves it."""
        given = {"backend": "mailchimp", "scheduled_at": at, "created_at": self.now, **fields}
        campaign = make_campaign(self.audience.newsletter, **given)
        MailchimpCampaign.objects.create(campaign=campaign, title=new_title(campaign.key))
        store.remote.ask(campaign.pk, now=self.now)
        return campaign

    def scheduled(self) -> Campaign:
        """One that is scheduled over there."""
        made = self.make()
        self.run(minutes=1)
        assert self.status(made) == "schedule"
        return made

    def prepared(self) -> Campaign:
        """One that is a draft over there; our clock is to send it."""
        made = self.make(at=OFF_GRID)
        self.run(minutes=1)
        assert self.status(made) == "save"
        return made

    def run(self, *, until: datetime | None = None, minutes: float = 0) -> None:
        """Let the worker do what is due up to then, each thing at its time."""
        end = until or self.now + timedelta(minutes=minutes)
        for _number in range(500):
            first = runner.next_turn()
            if first is None or first > end:
                break
            self.set_clock(max(first, self.now))
            runner.run_due(self.now, owner="worker")
        self.set_clock(end)

    def set_clock(self, now: datetime) -> None:
        self.now = now
        self.fake.stop_clock(now)

    def go_down(self) -> None:
        """Nobody waits long for what fails anyway."""
        self.fail("*", "**", broken(503, done=False), times=100_000)
        self.set_deadline(0.05)

    def come_up(self) -> None:
        self.fake.heal()
        self.set_deadline(5.0)

    def set_deadline(self, seconds: float) -> None:
        backend = "newsletter.backends.mailchimp.backend.MailchimpBackend"
        entry = {"BACKEND": backend, "OPTIONS": {"api_url": self.fake.url, "deadline": seconds}}
        self.settings.NEWSLETTER_BACKENDS = {**self.settings.NEWSLETTER_BACKENDS, "mailchimp": entry}

    def fail(self, method: str, path: str, fault: Fault, **more: int) -> None:
        self.fake.fail(method, path, fault, **more)

    def remote(self, campaign: Campaign) -> MailchimpCampaign:
        return MailchimpCampaign.objects.select_related("campaign").get(campaign=campaign)

    def status(self, campaign: Campaign) -> str:
        return str(self.fake.campaign(self.remote(campaign).remote_id)["status"])

    def called(self, name: str) -> int:
        """How often an action was asked for, such as `send`."""
        return sum(path.endswith(f"/actions/{name}") for _method, path in self.fake.calls)

    def check_mailed_once(self) -> None:
        """One campaign over there, and each of the readers mailed once."""
        assert len(self.fake.campaigns()) == 1
        self.check_all_mailed_once()

    def check_all_mailed_once(self) -> None:
        mailed = self.fake.mailed()
        assert sorted(address for _campaign, address in mailed) == sorted(READERS)
        assert set(mailed.values()) == {1}

    def check_nobody_mailed(self) -> None:
        assert not self.fake.mailed()


def set_up(newsletter: Newsletter, fake: FakeMailchimp, settings: Settings) -> There:
    """A newsletter that is at Mailchimp, three readers there, and nothing scheduled."""
    fake.start_afresh()
    fake.stop_clock(NOW)
    newsletter.backend = "mailchimp"
    newsletter.save(update_fields=["backend"])
    keep_key(fake.key, by=None, now=NOW)
    audience = MailchimpAudience.objects.create(
        newsletter=newsletter,
        list_id=fake.add_list(),
        list_name="Readers",
        acknowledged_at=NOW,
        switched_on_at=NOW,
        polled_until=NOW,
    )
    for address in READERS:
        fake.add_member(audience.list_id, address)
        make_subscription(newsletter, address)
    there = There(fake=fake, audience=audience, settings=settings)
    there.come_up()
    return there


def check_sent(there: There, campaign: Campaign) -> None:
    """It says so here, too, with as many readers."""
    campaign.refresh_from_db()
    assert (campaign.state, campaign.recipients, campaign.reason) == ("sent", 3, "")
    there.check_mailed_once()


def check_held(there: There, campaign: Campaign, words: str) -> None:
    """Nobody was mailed, it is on no schedule, and it says why."""
    campaign.refresh_from_db()
    assert campaign.state == "held"
    assert words in campaign.reason
    assert all(seen["status"] == "save" for seen in there.fake.campaigns())
    there.check_nobody_mailed()


def release(there: There, campaign: Campaign) -> None:
    control.release(campaign.pk, now=there.now)
    there.run(minutes=1)
