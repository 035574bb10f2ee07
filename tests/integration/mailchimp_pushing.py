"""A newsletter at Mailchimp, as the fake has it, whose readers are brought over turn by turn."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from newsletter.audience.end import end
from newsletter.audience.mailchimp import push
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.errors import MailchimpError
from newsletter.engine.subscriptions import EndReason
from newsletter.models import (
    MailchimpAudience,
    MailchimpMember,
    Newsletter,
    RemoteTask,
    RemoteTaskKind,
    Subscription,
)
from tests.factories import make_newsletter, make_subscription
from tests.fakes.mailchimp import FakeMailchimp

if TYPE_CHECKING:
    from collections.abc import Iterator

#: When all of it begins; the fake's clock stands there, too.
NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


@dataclass
class Pushing:
    """One audience, its task, and a clock for both sides."""

    fake: FakeMailchimp
    audience: MailchimpAudience
    task: RemoteTask
    api: Mailchimp
    now: datetime

    @property
    def newsletter(self) -> Newsletter:
        return self.audience.newsletter

    @property
    def list_id(self) -> str:
        return self.audience.list_id

    def reader(self, name: str, **fields: object) -> Subscription:
        """Confirmed an hour ago unless told otherwise."""
        given = {"confirmed_at": self.now - timedelta(hours=1), **fields}
        return make_subscription(self.newsletter, f"{name}@example.com", **given)

    def readers(self, *names: str) -> list[Subscription]:
        return [self.reader(name) for name in names]

    def leave(self, subscription: Subscription) -> None:
        assert end(subscription, reason=EndReason.UNSUBSCRIBED, source="/unsubscribe/", now=self.now)

    def pass_(self, *, seconds: float = 0, minutes: float = 0, days: float = 0) -> None:
        more = timedelta(seconds=seconds, minutes=minutes, days=days)
        self.now += more
        self.fake.advance(seconds=more.total_seconds())

    def turn(self, *, seconds: float = 30) -> datetime | None:
        """One turn, some time after the last one."""
        self.pass_(seconds=seconds)
        self.audience.refresh_from_db()
        again_at = push.push(self.task, self.api, self.now)
        self.audience.refresh_from_db()
        return again_at

    def turns(self, number: int, *, seconds: float = 30) -> None:
        for _ in range(number):
            self.turn(seconds=seconds)

    def failing_turn(self, *, seconds: float = 30) -> None:
        """One that raises what the runner retries, or not."""
        with suppress(MailchimpError):
            self.turn(seconds=seconds)

    def member(self, subscription: Subscription) -> MailchimpMember:
        return MailchimpMember.objects.get(audience=self.audience, subscriber=subscription.subscriber_id)

    def there(self) -> dict[str, str]:
        """Statuses at Mailchimp by what stands before the @."""
        return {address.partition("@")[0]: status for address, status in self.fake.statuses(self.list_id).items()}

    def asked(self, method: str = "", part: str = "") -> list[tuple[str, str]]:
        """Calls since the last `forget_calls`."""
        return [call for call in self.fake.calls if call[0].startswith(method) and part in call[1]]

    def forget_calls(self) -> None:
        with self.fake.state.lock:
            self.fake.state.calls.clear()

    @property
    def is_in_step(self) -> bool:
        return self.audience.in_step_at == self.now


def make_pushing(fake: FakeMailchimp, **fields: object) -> Pushing:
    """On a list of its own, whose members are known: it has none."""
    fake.heal()
    fake.stop_clock(NOW)
    with fake.state.lock:
        fake.state.calls.clear()
    newsletter = make_newsletter(backend="mailchimp")
    given: dict[str, object] = {"new_there": "subscribed", "polled_until": NOW, "switched_on_at": NOW, **fields}
    audience = MailchimpAudience.objects.create(newsletter=newsletter, list_id=fake.add_list("Readers"), **given)
    task = RemoteTask.objects.create(
        kind=RemoteTaskKind.PUSH, name=f"push:{audience.pk}", about={"audience": audience.pk}
    )
    api = Mailchimp(api_key=fake.key, api_url=fake.url, deadline=5)
    return Pushing(fake=fake, audience=audience, task=task, api=api, now=NOW)


def running_fake() -> Iterator[FakeMailchimp]:
    """For a fixture of a module: started once."""
    with FakeMailchimp().running() as fake:
        yield fake
