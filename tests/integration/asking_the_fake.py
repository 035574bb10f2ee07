"""The fake Mailchimp asked by hand or by the adapter, and what is there to be asked for."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime

import pytest

from newsletter.backends.mailchimp.answers import CampaignWrite, Content
from newsletter.backends.mailchimp.api import Mailchimp
from tests.fakes.mailchimp import FakeMailchimp

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ADA, BEN, CYD = "ada@example.com", "ben@example.com", "cyd@example.com"


@pytest.fixture
def fake(running_mailchimp: FakeMailchimp) -> FakeMailchimp:
    running_mailchimp.start_afresh()
    running_mailchimp.stop_clock(NOON)
    return running_mailchimp


@pytest.fixture
def api(fake: FakeMailchimp) -> Mailchimp:
    return Mailchimp(api_key=fake.key, api_url=fake.url, deadline=5)


@pytest.fixture
def readers(fake: FakeMailchimp) -> str:
    list_id = fake.add_list()
    for address in (ADA, BEN):
        fake.add_member(list_id, address)
    return list_id


def ask(
    fake: FakeMailchimp, method: str, path: str, body: Mapping[str, object] | None = None, *, key: str = ""
) -> tuple[int, bytes]:
    """One call by hand, as no adapter of ours would make it."""
    with closing(http.client.HTTPConnection("127.0.0.1", int(fake.url.rpartition(":")[2]), timeout=5)) as line:
        credentials = base64.b64encode(f"any:{key or fake.key}".encode()).decode()
        text = None if body is None else json.dumps(body)
        line.request(method, path, body=text, headers={"Authorization": f"Basic {credentials}"})
        answer = line.getresponse()
        return answer.status, answer.read()


def a_campaign(api: Mailchimp, list_id: str, *, segment_id: int | None = None, title: str = "Round 1") -> str:
    """Ready to be sent."""
    made = api.create_campaign(
        CampaignWrite(
            title=title,
            list_id=list_id,
            segment_id=segment_id,
            subject="Round",
            preview_text="",
            from_name="Praxis",
            reply_to="praxis@example.com",
        )
    )
    api.put_content(made.id, Content(html="<p>Hello  \n *|UNSUB|*</p>\n", plain_text="Hello *|UNSUB|*"))
    return made.id
