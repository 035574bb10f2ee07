"""What a reader gets who asks for their data: all of it, in words, and none of our keys."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command

from blog.models import Topic
from newsletter.audience.consent import record
from newsletter.audience.export_reader import reader_record
from newsletter.audience.pause import pause
from newsletter.audience.preferences import change
from newsletter.audience.wording import CONSENT_TEXT
from newsletter.models import (
    AttributeValue,
    ConsentKind,
    Delivery,
    Frequency,
    Subscriber,
    SubscriberAttribute,
    SubscriberNote,
    SubscriberTag,
    Subscription,
)
from tests.factories import make_subscription
from tests.factories_delivery import make_sending_campaign
from tests.integration.reader_everywhere import ADDRESS, put_everywhere

if TYPE_CHECKING:
    from blog.models import HomePage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.fixture
def subscription(home: HomePage, newsletter: Newsletter) -> Subscription:
    cache.clear()
    return make_subscription(newsletter, ADDRESS)


def test_choices_evidence_mails_and_notes_are_all_in_it(subscription: Subscription, newsletter: Newsletter) -> None:
    reader = subscription.subscriber
    campaign = make_sending_campaign(newsletter, subject="The first issue")
    sleep = Topic.objects.create(name="Sleep", slug="sleep")
    record(subscription, ConsentKind.CONFIRMED, source="/confirm/", now=NOW, ip="192.0.2.7")
    change(subscription, name="Ada", frequency=Frequency.WEEKLY, topics=[sleep], source="/preferences/", now=NOW)
    pause(subscription, weeks=2, source="/preferences/", now=NOW + timedelta(minutes=1))
    Delivery.objects.update(state="accepted", settled_at=NOW)
    SubscriberTag.objects.create(name="Colleague", slug="colleague").subscribers.add(reader)
    city = SubscriberAttribute.objects.create(key="city", label="City")
    AttributeValue.objects.create(attribute=city, subscriber=reader, text="Lisbon")
    SubscriberNote.objects.create(subscriber=reader, text="Asked for larger print.", at=NOW)

    reader.refresh_from_db()
    found = reader_record(reader)

    assert (found["address"], found["name"], found["tags"]) == (ADDRESS, "Ada", ["Colleague"])
    assert found["attributes"] == {"City": "Lisbon"}
    assert found["notes"] == [{"at": "2026-11-23T10:00:00+00:00", "text": "Asked for larger print."}]
    (mailed,) = found["issues_mailed"]
    assert (mailed["subject"], mailed["state"], mailed["to"]) == (campaign.subject, "accepted", ADDRESS)
    (one,) = found["subscriptions"]
    assert (one["newsletter"], one["state"], one["frequency"], one["topics"]) == (
        "Rounds",
        "confirmed",
        "weekly",
        ["Sleep"],
    )
    confirmed, changed, paused = one["consent"]
    assert confirmed["words_shown"] == str(CONSENT_TEXT)
    assert confirmed["hash_of_network_address_kept"] is True
    assert changed["detail"] == "name; frequency: weekly; topics: sleep"
    assert paused["detail"] == "paused: 2 weeks"


def test_it_is_plain_json_and_names_none_of_our_keys(subscription: Subscription) -> None:
    put_everywhere(subscription)

    found = json.loads(json.dumps(reader_record(subscription.subscriber)))

    assert found["waiting_sign_ups"]
    assert found["told_other_programs"]
    assert not {"id", "pk", "subscriber", "subscriber_id"} & set(keys(found))


def keys(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(key for inner in value.values() for key in keys(inner))]
    return [key for inner in value for key in keys(inner)] if isinstance(value, list) else []


def test_it_holds_nothing_of_another_reader(subscription: Subscription, newsletter: Newsletter) -> None:
    eve = make_subscription(newsletter, "eve@example.com")
    make_sending_campaign(newsletter)
    SubscriberNote.objects.create(subscriber=eve.subscriber, text="Something about Eve.")

    assert "eve" not in json.dumps(reader_record(subscription.subscriber)).lower()


def test_the_command_prints_it_and_tells_when_there_is_nobody(subscription: Subscription) -> None:
    out = io.StringIO()

    call_command("export_subscriber", ADDRESS.upper(), stdout=out)

    assert json.loads(out.getvalue()) == json.loads(json.dumps(reader_record(Subscriber.objects.get())))
    for unknown in ("nobody@example.com", "not an address"):
        with pytest.raises(CommandError) as refused:
            call_command("export_subscriber", unknown)
        assert refused.value.returncode == 1
