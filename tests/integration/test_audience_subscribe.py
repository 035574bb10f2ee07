"""Signing up and confirming, without the web around them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import cache

from newsletter.audience import confirm as confirming
from newsletter.audience.confirm import confirm
from newsletter.audience.end import end
from newsletter.audience.mails import NoSenderError
from newsletter.audience.subscribe import MAIL_WINDOW, MAILS_A_DAY, TooSoonError, subscribe
from newsletter.audience.suppression import SuppressionReason, is_suppressed, suppress
from newsletter.engine.addresses import AddressError
from newsletter.engine.subscriptions import EndReason
from newsletter.engine.tokens import ExpiredTokenError
from newsletter.models import ConsentEvent, Frequency, OutgoingMail, Subscriber, Subscription
from tests.factories import make_newsletter, make_subscription
from tests.integration.signing_up import last_mail, link_in

if TYPE_CHECKING:
    from blog.models import HomePage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _fresh_counters(home: HomePage) -> None:
    cache.clear()


def ask(newsletter: Newsletter, address: str = "ada@example.com", *, now: datetime = NOW, **fields: Any) -> None:
    given = {"source": "/subscribe/", "ip": "192.0.2.7", "base_url": "https://rounds.example", **fields}
    subscribe(newsletter, email=address, now=now, **given)


def mailed_token() -> str:
    return link_in(last_mail(), "confirm").split("/")[2]


def press(token: str, now: datetime = NOW) -> Subscription:
    return confirm(token, source="/confirm/", ip="192.0.2.7", now=now)


@pytest.mark.slow
def test_a_thousand_requests_for_one_address_send_one_mail(newsletter: Newsletter) -> None:
    """Security case 2."""
    for _ in range(1000):
        ask(newsletter)

    assert OutgoingMail.objects.count() == 1
    assert ConsentEvent.objects.count() == 1


def test_no_address_gets_more_than_a_few_mails_a_day(newsletter: Newsletter) -> None:
    """Security case 2, by somebody patient."""
    for number in range(50):
        ask(newsletter, now=NOW + number * (MAIL_WINDOW + timedelta(seconds=1)))

    assert OutgoingMail.objects.count() == MAILS_A_DAY


def test_two_newsletters_share_the_window_of_an_address(newsletter: Newsletter) -> None:
    """Security case 2: many newsletters don't make many mails."""
    ask(newsletter)
    with pytest.raises(TooSoonError) as refused:
        ask(make_newsletter(slug="letters"), now=NOW + timedelta(minutes=5))

    assert refused.value.until == NOW + MAIL_WINDOW
    assert OutgoingMail.objects.count() == 1


def test_a_bad_address_or_name_changes_nothing(newsletter: Newsletter) -> None:
    """Security case 12."""
    with pytest.raises(AddressError):
        ask(newsletter, "ada@example.com\r\nBcc: x@example.com")
    with pytest.raises(AddressError):
        ask(newsletter, name="Ada\nBcc: x@example.com")

    assert not Subscriber.objects.exists()


def test_without_a_sender_nothing_is_kept_and_the_error_says_where_to_set_one(newsletter: Newsletter) -> None:
    from core.models import PublicationSettings

    PublicationSettings.objects.update(sender_email="")
    newsletter.sender_email = ""
    newsletter.save()

    with pytest.raises(NoSenderError, match="publication's settings"):
        ask(newsletter)

    assert not Subscriber.objects.exists()


def test_confirming_twice_leaves_one_event(newsletter: Newsletter) -> None:
    """Security case 7."""
    ask(newsletter)
    token = mailed_token()

    first, second = press(token), press(token, NOW + timedelta(minutes=1))

    assert (first.state, second.state, second.confirmed_at) == ("confirmed", "confirmed", NOW)
    assert ConsentEvent.objects.filter(kind="confirmed").count() == 1


def test_the_second_of_two_at_once_finds_nothing_pending(
    newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Security case 8: another request confirms between this one's reading and its writing."""
    ask(newsletter)
    token = mailed_token()
    asked_for = confirming.asked_for
    raced: list[bool] = []

    def overtaken(token: str, *, now: datetime) -> Subscription:
        found = asked_for(token, now=now)
        if not raced:
            raced.append(True)
            press(token)
        return found

    monkeypatch.setattr(confirming, "asked_for", overtaken)
    press(token)

    assert ConsentEvent.objects.filter(kind="confirmed").count() == 1


def test_a_link_works_for_seven_days(newsletter: Newsletter) -> None:
    """Security case 9."""
    ask(newsletter)
    token = mailed_token()

    with pytest.raises(ExpiredTokenError):
        press(token, NOW + timedelta(days=7))
    assert press(token, NOW + timedelta(days=7, seconds=-1)).state == "confirmed"


def test_a_suppressed_address_comes_back_by_its_own_button_only(newsletter: Newsletter) -> None:
    """Security case 15."""
    suppress("ada@example.com", reason=SuppressionReason.ERASED, now=NOW)

    ask(newsletter)
    assert is_suppressed("ada@example.com")
    assert Subscription.objects.get().state == "pending"

    press(mailed_token())
    assert not is_suppressed("ada@example.com")
    assert Subscription.objects.get().state == "confirmed"


def test_a_link_mailed_before_a_suppression_confirms_nothing(newsletter: Newsletter) -> None:
    """Security case 15: only an opt-in after it counts."""
    ask(newsletter)
    token = mailed_token()
    suppress("ada@example.com", reason=SuppressionReason.COMPLAINED, now=NOW)

    with pytest.raises(ExpiredTokenError):
        press(token)
    assert Subscription.objects.get().state == "ended"


def test_a_link_mailed_before_leaving_confirms_nothing(newsletter: Newsletter) -> None:
    ask(newsletter)
    token = mailed_token()
    press(token)
    end(Subscription.objects.get(), reason=EndReason.UNSUBSCRIBED, source="/unsubscribe/", now=NOW)

    with pytest.raises(ExpiredTokenError):
        press(token)
    assert Subscription.objects.get().state == "ended"


def test_a_stranger_renames_no_reader_by_way_of_another_newsletter(newsletter: Newsletter) -> None:
    subscription = make_subscription(newsletter, "ada@example.com")
    Subscriber.objects.update(name="Ada")

    ask(make_newsletter(slug="letters"), name="Mallory")

    subscription.subscriber.refresh_from_db()
    assert subscription.subscriber.name == "Ada"


def test_a_reader_who_left_keeps_the_new_choice_after_confirming(newsletter: Newsletter) -> None:
    subscription = make_subscription(newsletter, "ada@example.com")
    end(subscription, reason=EndReason.ONE_CLICK, source="/unsubscribe/", now=NOW)

    ask(newsletter, frequency=Frequency.MONTHLY)
    confirmed = press(mailed_token())

    assert (confirmed.state, confirmed.frequency) == ("confirmed", "monthly")
    assert (confirmed.ended_reason, confirmed.ended_at) == ("", None)
