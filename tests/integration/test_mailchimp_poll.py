"""Looking what changed there, against a Mailchimp that remembers: nothing is skipped, and no webhook is needed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from newsletter.audience.mailchimp import hooks, poll
from newsletter.backends.mailchimp import members as calls
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.errors import DownError, UnsureError
from newsletter.models import MailchimpAudience, MailchimpMember, Newsletter, Subscription
from tests.fakes.mailchimp import FakeMailchimp, faults
from tests.integration.mailchimp_audience import LIST, NOW, state_of
from tests.integration.polling import api, audience, fake, look, task

__all__ = ["api", "audience", "fake"]

pytestmark = pytest.mark.django_db
ADA, EVE = "ada@example.com", "eve@example.com"


def test_the_first_look_brings_everybody_page_by_page(
    audience: MailchimpAudience, fake: FakeMailchimp, api: Mailchimp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "PAGE", 4)
    for number in range(10):
        fake.add_member(LIST, f"reader{number}@example.com", last_changed=f"2026-11-2{number // 4}T09:00:00+00:00")
    first = task(audience)

    assert poll.poll(first, api, NOW) == NOW
    assert (first.done, first.total) == (4, 10)
    assert MailchimpAudience.objects.get().polled_until is None
    assert look(audience, api) > 1

    assert Subscription.objects.confirmed().count() == MailchimpMember.objects.count() == 10
    audience = MailchimpAudience.objects.get()
    assert (audience.polled_until, audience.poll_offset) == (datetime(2026, 11, 22, 9, tzinfo=UTC), 0)


def test_who_changes_while_the_pages_are_read_is_not_skipped_and_pushes_nobody_out(
    audience: MailchimpAudience, fake: FakeMailchimp, api: Mailchimp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A contact that changes leaves its place: the others move up, over the edge of a page that was read."""
    monkeypatch.setattr(calls, "PAGE", 4)
    for number in range(12):
        fake.add_member(LIST, f"reader{number}@example.com", last_changed=f"2026-11-20T09:00:{number:02}+00:00")
    poll.poll(task(audience), api, NOW)
    for number in (0, 1):
        fake.unsubscribe(LIST, f"reader{number}@example.com")

    look(audience, api)

    assert Subscription.objects.confirmed().count() == 10
    assert state_of("reader1@example.com") == ("ended", "unsubscribed")


def test_where_very_many_change_meanwhile_it_goes_back_for_those_who_moved_up(
    audience: MailchimpAudience, fake: FakeMailchimp, api: Mailchimp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody over there tags half of the audience while its pages are read."""
    monkeypatch.setattr(calls, "PAGE", 4)
    monkeypatch.setattr(poll, "PAGE", 4)
    for number in range(16):
        fake.add_member(LIST, f"reader{number:02}@example.com", last_changed=f"2026-11-20T09:00:{number:02}+00:00")
    for _ in range(3):
        poll.poll(task(audience), api, NOW)
    for number in range(6):
        fake.unsubscribe(LIST, f"reader{number:02}@example.com")

    look(audience, api)

    assert Subscription.objects.confirmed().count() == 10
    assert Subscription.objects.count() == 16


def test_an_empty_audience_is_read_and_later_changes_are_seen(
    audience: MailchimpAudience, fake: FakeMailchimp, api: Mailchimp
) -> None:
    look(audience, api)
    assert MailchimpAudience.objects.get().polled_until is not None
    fake.add_member(LIST, ADA)

    look(audience, api)

    assert state_of(ADA)[0] == "confirmed"


def test_only_what_changed_is_asked_for_and_an_unsubscribe_is_honoured_at_the_next_look(
    audience: MailchimpAudience, fake: FakeMailchimp, api: Mailchimp
) -> None:
    for email in (ADA, EVE):
        fake.add_member(LIST, email)
    look(audience, api)
    fake.advance(minutes=30)
    fake.unsubscribe(LIST, ADA)
    asked = len(fake.calls)

    due = poll.poll(task(audience), api, NOW)

    assert due == NOW + timedelta(seconds=30)
    assert state_of(ADA) == ("ended", "unsubscribed")
    assert len(fake.calls) == asked + 1
    query = fake.state.calls[-1]["query"]
    assert datetime.fromisoformat(query["since_last_changed"]) == NOW - timedelta(seconds=10)


def test_a_whole_second_of_changes_is_read_though_it_fills_pages(
    audience: MailchimpAudience, fake: FakeMailchimp, api: Mailchimp, monkeypatch: pytest.MonkeyPatch
) -> None:
    look(audience, api)
    monkeypatch.setattr(calls, "PAGE", 3)
    for number in range(10):
        fake.add_member(LIST, f"reader{number}@example.com")

    look(audience, api)
    look(audience, api)

    assert Subscription.objects.confirmed().count() == 10


@pytest.mark.parametrize("number", [0, 10])
def test_a_total_of_more_than_there_are_is_not_believed(
    audience: MailchimpAudience, fake: FakeMailchimp, api: Mailchimp, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Contacts who only have a telephone may be counted and not listed: else the first look would never end."""
    monkeypatch.setattr(calls, "PAGE", 4)
    monkeypatch.setattr(poll, "PAGE", 4)
    for one in range(number):
        fake.add_member(LIST, f"reader{one}@example.com", last_changed=f"2026-11-20T09:00:{one:02}+00:00")
    real = Mailchimp.members

    def with_more(self: Mailchimp, *given: object, **named: object) -> object:
        page = real(self, *given, **named)  # type: ignore[arg-type]
        return type(page)(items=page.items, total=page.total + 3, seen=page.seen)

    monkeypatch.setattr(Mailchimp, "members", with_more)

    look(audience, api)

    assert Subscription.objects.confirmed().count() == number
    assert MailchimpAudience.objects.get().polled_until is not None


def test_what_many_changed_at_once_is_not_read_again_each_half_minute(
    audience: MailchimpAudience, fake: FakeMailchimp, api: Mailchimp
) -> None:
    """Such as a tag that all of the audience was given: the last change stands among thousands of the same moment."""
    for number in range(30):
        fake.add_member(LIST, f"reader{number}@example.com", last_changed=f"2026-11-23T09:59:5{number % 10}+00:00")
    look(audience, api)
    since = [_since_after(audience, api, fake, seconds) for seconds in (30, 60, 90, 120)]

    last = datetime(2026, 11, 23, 9, 59, 59, tzinfo=UTC)
    assert since == [last - poll.OVERLAP, last - poll.OVERLAP, last - poll.OVERLAP, last]
    fake.advance(minutes=5)
    fake.unsubscribe(LIST, "reader7@example.com")
    assert _since_after(audience, api, fake, 301) == last
    assert state_of("reader7@example.com")[0] == "ended"
    assert _since_after(audience, api, fake, 330) == NOW + timedelta(minutes=5) - poll.OVERLAP


def _since_after(audience: MailchimpAudience, api: Mailchimp, fake: FakeMailchimp, seconds: int) -> datetime:
    """From when on changes were asked for by a look so long after the first one."""
    now = NOW + timedelta(seconds=seconds)
    assert poll.poll(task(audience), api, now) == now + poll.EVERY
    return datetime.fromisoformat(fake.state.calls[-1]["query"]["since_last_changed"])


def test_an_answer_that_is_lost_moves_nothing_and_is_asked_for_again(
    audience: MailchimpAudience, fake: FakeMailchimp, api: Mailchimp
) -> None:
    fake.add_member(LIST, ADA)
    fake.fail("GET", f"/lists/{LIST}/members", faults.broken(503, done=False), times=50)
    with pytest.raises((DownError, UnsureError)):
        poll.poll(task(audience), Mailchimp(api_key=fake.key, api_url=fake.url, deadline=0.3), NOW)
    assert MailchimpAudience.objects.get().polled_until is None
    fake.heal()

    look(audience, api)

    assert state_of(ADA)[0] == "confirmed"


def test_an_audience_that_vanished_is_said_and_looked_for_again(
    audience: MailchimpAudience, fake: FakeMailchimp, api: Mailchimp
) -> None:
    fake.remove_list(LIST)

    assert poll.poll(task(audience), api, NOW) == NOW + poll.AFTER_PROBLEM
    assert "no such audience" in MailchimpAudience.objects.get().problem

    fake.add_list(list_id=LIST)
    look(audience, api)
    assert MailchimpAudience.objects.get().problem == ""


def test_a_problem_of_somebody_elses_is_left_alone(
    audience: MailchimpAudience, fake: FakeMailchimp, api: Mailchimp
) -> None:
    MailchimpAudience.objects.update(problem="Something else.")
    look(audience, api)
    assert MailchimpAudience.objects.get().problem == "Something else."


def test_it_ends_when_mailchimp_does_not_send_the_newsletter_any_more(
    audience: MailchimpAudience, fake: FakeMailchimp, api: Mailchimp
) -> None:
    Newsletter.objects.update(backend="default")

    assert poll.poll(task(audience), api, NOW) is None
    assert fake.calls == []


def test_hooks_and_polls_share_what_they_know_of_being_in_use(audience: MailchimpAudience) -> None:
    assert poll.in_use(task(audience)) == audience
    MailchimpAudience.objects.update(switched_on_at=None)
    assert poll.in_use(task(audience)) is None
    assert hooks.known_by("nobody knows it") is None
