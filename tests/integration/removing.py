"""A contact that somebody of the practice removed at Mailchimp: what it posts of that, and the tasks that ask."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
import time_machine

from newsletter.audience.mailchimp import poll
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.ids import member_hash
from newsletter.models import MailchimpAudience, Newsletter, RemoteTask, RemoteTaskState
from tests.fakes.mailchimp import FakeMailchimp
from tests.integration.mailchimp_audience import (
    DAY,
    HOOK,
    HOOK_SECRET,
    LIST,
    NOW,
    make_audience,
    make_member,
    make_reader,
)

if TYPE_CHECKING:
    from datetime import datetime

    from django.test import Client

ADA, BEN = "ada@example.com", "ben@example.com"


@pytest.fixture
def fake(running_mailchimp: FakeMailchimp) -> FakeMailchimp:
    """Both are there."""
    running_mailchimp.start_afresh()
    running_mailchimp.stop_clock(NOW)
    running_mailchimp.add_list(list_id=LIST)
    for email in (ADA, BEN):
        running_mailchimp.add_member(LIST, email)
    return running_mailchimp


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def audience(newsletter: Newsletter, fake: FakeMailchimp) -> MailchimpAudience:
    """Both are known here."""
    audience = make_audience(newsletter)
    for email in (ADA, BEN):
        make_reader(newsletter, email)
        make_member(audience, email, pushed_at=NOW - 9 * DAY)
    return audience


def told(client: Client, email: str = ADA, *, at: datetime = NOW, signed: bool = True) -> None:
    """What Mailchimp posts when somebody of the practice removes a contact, one way or the other."""
    fields = {"type": "unsubscribe", "fired_at": f"{at:%Y-%m-%d %H:%M:%S}", "data[list_id]": LIST}
    more = {"data[id]": member_hash(email)[:10], "data[email]": email, "data[action]": "delete"}
    body = urlencode({**fields, **more, "data[reason]": "manual"}).encode()
    stamp = str(int(NOW.timestamp()))
    digest = hmac.digest(HOOK_SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hex()
    headers = {"X-Mailchimp-Signature": f"t={stamp},v1={digest}"} if signed else {}
    response = client.post(HOOK, body, content_type="application/x-www-form-urlencoded", headers=headers)
    assert response.status_code == 200


def asked() -> list[RemoteTask]:
    return list(RemoteTask.objects.filter(name__startswith="deleted:", state=RemoteTaskState.PENDING))


def look(fake: FakeMailchimp, now: datetime = NOW) -> list[datetime | None]:
    """A turn of each task that asks for somebody who was removed."""
    api = Mailchimp(api_key=fake.key, api_url=fake.url, deadline=2)
    return [poll.poll(task, api, now) for task in asked()]
