"""Looking at Mailchimp for what changed there, turn by turn, until nothing more is to be read at once."""

from __future__ import annotations

import pytest

from newsletter.audience.mailchimp import poll
from newsletter.audience.mailchimp.tasks import ask_for
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.models import MailchimpAudience, Newsletter, RemoteTask, RemoteTaskKind
from tests.fakes.mailchimp import FakeMailchimp
from tests.integration.mailchimp_audience import LIST, NOW, make_audience


@pytest.fixture
def fake(running_mailchimp: FakeMailchimp) -> FakeMailchimp:
    running_mailchimp.start_afresh()
    running_mailchimp.stop_clock(NOW)
    running_mailchimp.add_list(list_id=LIST)
    return running_mailchimp


@pytest.fixture
def api(fake: FakeMailchimp) -> Mailchimp:
    return Mailchimp(api_key=fake.key, api_url=fake.url, deadline=5)


@pytest.fixture
def audience(newsletter: Newsletter) -> MailchimpAudience:
    """Just switched on: nothing was read yet."""
    return make_audience(newsletter, polled_until=None)


def task(audience: MailchimpAudience, kind: RemoteTaskKind = RemoteTaskKind.POLL) -> RemoteTask:
    return ask_for(kind, name=f"{kind.value}:{audience.pk}", about={"audience": audience.pk}, now=NOW)


def look(audience: MailchimpAudience, api: Mailchimp, *, most: int = 30) -> int:
    """Turns until nothing more is to be read at once; how many."""
    for turn in range(1, most + 1):
        if poll.poll(task(audience), api, NOW) != NOW:
            return turn
    raise AssertionError("it does not come to its end")
