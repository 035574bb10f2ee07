"""Sending a test to oneself: the bytes that readers would get, to nobody else, not too often."""

from __future__ import annotations

import email
import email.policy
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import User
from wagtail.models import ModelLogEntry

from newsletter.engine.message import CompiledMessage
from newsletter.issues.compose import compose
from newsletter.issues.errors import IssueError
from newsletter.issues.sample import sample
from newsletter.issues.schedule import schedule
from newsletter.issues.test_send import PER_HOUR, TestSendError, send_test
from newsletter.models import Issue, Newsletter, OutgoingMail
from tests.factories import make_story, make_subscription
from tests.stages import stage

if TYPE_CHECKING:
    from blog.models import StoryIndexPage

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


@stage
def issue(stories: StoryIndexPage, newsletter: Newsletter) -> Issue:
    make_story(stories, title="Sleep first")
    return compose(newsletter)


@stage
def editor() -> User:
    return User.objects.create_user("editor", email="Editor@Rounds.example")


def test_a_test_goes_to_the_users_own_address(issue: Issue, editor: User) -> None:
    mail = OutgoingMail.objects.get(pk=send_test(issue, by=editor, now=NOW).pk)
    assert (mail.kind, mail.recipient, mail.envelope_from) == ("test", "editor@rounds.example", "editor@rounds.example")
    assert (mail.state, mail.backend, mail.next_attempt_at) == ("pending", "default", NOW)
    parsed = email.message_from_bytes(bytes(mail.content), policy=email.policy.default)
    assert parsed["To"] == "editor@rounds.example"
    assert parsed["Subject"] == "[Test] Sleep first"


def test_its_bytes_are_those_of_the_campaign_but_for_the_subject(issue: Issue, editor: User) -> None:
    test = bytes(send_test(issue, by=editor, now=NOW).content)
    campaign = schedule(issue, at=NOW, time_zone="UTC", approve=True, now=NOW)
    sent = sample(CompiledMessage.load(campaign.compiled), date=NOW, address="editor@rounds.example")

    def comparable(content: bytes) -> bytes:
        return re.sub(rb"Message-ID: .*|=_[0-9a-f]{24}", b"", content.replace(b"[Test] ", b""))

    assert test.startswith(b"X-Rounds-Test: 1\r\n")
    assert comparable(test.removeprefix(b"X-Rounds-Test: 1\r\n")) == comparable(sent)


def test_its_personal_links_do_nothing(issue: Issue, editor: User) -> None:
    parsed = email.message_from_bytes(bytes(send_test(issue, by=editor, now=NOW).content), policy=email.policy.default)
    assert parsed["List-Unsubscribe"] == "<https://testserver/subscribe/>"
    text = parsed.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "Unsubscribe: https://testserver/subscribe/" in text
    assert "/unsubscribe/" not in text


def test_it_shows_the_latest_draft(issue: Issue, editor: User) -> None:
    issue.save_revision().publish()
    draft = issue.get_latest_revision_as_object()
    draft.subject = "A newer draft"
    draft.save_revision()
    content = bytes(send_test(Issue.objects.get(pk=issue.pk), by=editor, now=NOW).content)
    assert b"Subject: [Test] A newer draft" in content


def test_each_test_has_a_message_id_of_its_own(issue: Issue, editor: User) -> None:
    first, second = (bytes(send_test(issue, by=editor, now=NOW).content) for _ in range(2))
    assert email.message_from_bytes(first)["Message-ID"] != email.message_from_bytes(second)["Message-ID"]


@pytest.mark.parametrize("address", ["", "nobody", "a@example.com\r\nBcc: b@example.com"])
def test_a_login_without_an_address_gets_none(issue: Issue, editor: User, address: str) -> None:
    editor.email = address
    with pytest.raises(TestSendError, match="no address"):
        send_test(issue, by=editor, now=NOW)
    assert not OutgoingMail.objects.exists()


def test_tests_are_capped_within_an_hour(issue: Issue, editor: User) -> None:
    for minute in range(PER_HOUR):
        send_test(issue, by=editor, now=NOW + timedelta(minutes=minute))
    with pytest.raises(TestSendError, match="20 tests within an hour"):
        send_test(issue, by=editor, now=NOW + timedelta(minutes=PER_HOUR))
    assert OutgoingMail.objects.count() == PER_HOUR
    send_test(
        issue, by=User.objects.create_user("other", email="other@rounds.example"), now=NOW + timedelta(minutes=30)
    )
    send_test(issue, by=editor, now=NOW + timedelta(minutes=61))


def test_whoever_spreads_tests_over_several_addresses_is_capped_too(issue: Issue, editor: User) -> None:
    Newsletter.objects.update(test_addresses="one@litmus.example\ntwo@litmus.example")
    issue = Issue.objects.get(pk=issue.pk)
    for number in range(PER_HOUR):
        to = ["one@litmus.example", "two@litmus.example"][number % 2]
        send_test(issue, by=editor, to=to, now=NOW + timedelta(minutes=number))
    with pytest.raises(TestSendError, match="You sent 20 tests within an hour"):
        send_test(issue, by=editor, to="one@litmus.example", now=NOW + timedelta(minutes=PER_HOUR))
    colleague = User.objects.create_user("colleague", email="colleague@rounds.example")
    send_test(issue, by=colleague, to="one@litmus.example", now=NOW + timedelta(minutes=PER_HOUR))


def test_the_history_says_who_sent_a_test_and_where(issue: Issue, editor: User) -> None:
    send_test(issue, by=editor, now=NOW)
    entry = ModelLogEntry.objects.get(action="newsletter.test")
    assert (entry.user, entry.object_id, entry.data["address"]) == (editor, str(issue.pk), "editor@rounds.example")


def test_the_tester_is_named_at_the_own_address_and_nobody_elsewhere(issue: Issue, editor: User) -> None:
    Newsletter.objects.update(test_addresses="one@litmus.example")
    editor.first_name, editor.last_name = "Nora", "Winterfeld"
    issue = Issue.objects.get(pk=issue.pk)
    for to, named in [
        ("EDITOR@rounds.example", "Nora Winterfeld <editor@rounds.example>"),
        ("one@litmus.example", "one@litmus.example"),
    ]:
        content = bytes(send_test(issue, by=editor, to=to, now=NOW).content)
        assert email.message_from_bytes(content, policy=email.policy.default)["To"] == named


def test_the_address_of_a_reader_is_no_place_for_tests(issue: Issue, editor: User) -> None:
    reader = make_subscription(issue.newsletter).subscriber
    with pytest.raises(TestSendError, match="your own address"):
        send_test(issue, by=editor, to=reader.email, now=NOW)
    assert not OutgoingMail.objects.exists()


def test_a_draft_that_is_no_message_yet_is_refused(issue: Issue, editor: User) -> None:
    issue.newsletter.sender_email = "nobody"
    issue.newsletter.save()
    with pytest.raises(IssueError, match="sender"):
        send_test(Issue.objects.get(pk=issue.pk), by=editor, now=NOW)
    assert not OutgoingMail.objects.exists()
