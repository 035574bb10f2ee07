"""Here but not there, there but not here: each with its reason, for a page and as a file."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from core.spreadsheets import csv_pieces
from newsletter.audience.mailchimp.difference_words import WORDS, Reason, Side
from newsletter.audience.mailchimp.differences import counts, export, rows
from newsletter.audience.mailchimp.receive import SUPPRESSED_HERE
from newsletter.backends.mailchimp.ids import member_hash
from newsletter.models import MailchimpAudience, Newsletter, SubscriberExport
from tests.factories import make_newsletter
from tests.integration.mailchimp_audience import DAY, NOW, make_audience, make_member, make_reader

pytestmark = pytest.mark.django_db

#: What is known of a confirmed reader's contact -> why Mailchimp does not mail them.
HERE: list[tuple[dict[str, Any] | None, Reason]] = [
    (None, Reason.WAITS),
    ({"status": ""}, Reason.WAITS),
    ({"status": "pending"}, Reason.PENDING_THERE),
    ({"status": "unsubscribed"}, Reason.LEFT_THERE),
    ({"status": "cleaned"}, Reason.CLEANED),
    ({"status": "archived"}, Reason.ARCHIVED),
    ({"status": "transactional"}, Reason.TRANSACTIONAL),
    ({"status": "unsubscribed", "problem": "compliance"}, Reason.COMPLIANCE),
    ({"status": "", "problem": "forgotten"}, Reason.FORGOTTEN),
    ({"status": "", "problem": "field", "problem_text": "MMERGE3"}, Reason.FIELD),
    ({"status": "", "problem": "address", "problem_text": "looks fake"}, Reason.ADDRESS),
    ({"status": "", "problem": "other", "problem_text": "too many"}, Reason.REFUSED),
]
#: Subscription here, and what is known of the contact -> why nobody is mailed from here.
THERE: list[tuple[dict[str, Any] | None, dict[str, Any], Reason]] = [
    ({"paused_until": NOW + DAY}, {}, Reason.PAUSED),
    ({"state": "ended", "ended_reason": "one_click", "ended_at": NOW}, {}, Reason.ENDED_HERE),
    ({"state": "ended", "ended_at": NOW}, {"status": "pending"}, Reason.ENDED_HERE),
    ({"state": "pending", "confirmed_at": None}, {}, Reason.PENDING_HERE),
    (None, {"problem": "other", "problem_text": SUPPRESSED_HERE}, Reason.SUPPRESSED),
    (None, {"erasing": True, "status": ""}, Reason.ERASED),
    (None, {}, Reason.UNKNOWN),
]


def all_cases(newsletter: Newsletter) -> MailchimpAudience:
    audience = make_audience(newsletter)
    for number, (contact, _) in enumerate(HERE):
        email = f"here{number}@example.com"
        make_reader(newsletter, email)
        if contact is not None:
            make_member(audience, email, **contact)
    for number, (subscription, known, _) in enumerate(THERE):
        email = f"there{number}@example.com"
        if subscription is not None:
            make_reader(newsletter, email, **subscription)
        make_member(audience, email, **known)
    make_reader(newsletter, "both@example.com")
    make_member(audience, "both@example.com")
    make_reader(newsletter, "gone@example.com", state="ended", ended_at=NOW)
    make_member(audience, "gone@example.com", "unsubscribed")
    return audience


def test_every_case_has_its_row_with_why_and_what_to_do(newsletter: Newsletter) -> None:
    found = list(rows(all_cases(newsletter), now=NOW))

    expected = [reason for _, reason in HERE] + [reason for *_, reason in THERE]
    assert [str(WORDS[reason].why) for reason in expected] == [row.why.partition(" (")[0] for row in found[:12]] + [
        row.why for row in found[12:]
    ]
    assert all(row.remedy for row in found)
    assert found[0].address == "here0@example.com"
    assert (found[0].here, found[0].there) == ("reads", "not there")
    assert found[9].why.endswith("(MMERGE3)")
    assert (found[13].address, found[13].here) == ("there1@example.com", "left")


def test_an_address_that_only_mailchimp_has_is_named_by_its_contact(newsletter: Newsletter) -> None:
    row = list(rows(all_cases(newsletter), now=NOW))[-1]

    assert (row.address, row.contact, row.here) == ("", member_hash("there6@example.com"), "not known")


def test_the_counts_say_the_same_as_the_rows(newsletter: Newsletter) -> None:
    audience = all_cases(newsletter)

    counted = {(one.side, one.reason): one.number for one in counts(audience, now=NOW)}

    assert counted[Side.HERE, Reason.WAITS] == 2
    assert counted[Side.THERE, Reason.ENDED_HERE] == 2
    assert sum(counted.values()) == len(HERE) + len(THERE) == len(list(rows(audience, now=NOW)))
    assert all(one.why and one.remedy and one.side_words for one in counts(audience, now=NOW))


def test_where_both_sides_agree_nothing_differs(newsletter: Newsletter) -> None:
    audience = make_audience(newsletter)
    other = make_audience(make_newsletter(name="Letters", slug="letters"), list_id="b")
    make_reader(newsletter, "both@example.com", paused_until=NOW - DAY)
    make_member(audience, "both@example.com")
    make_member(other, "both@example.com", "unsubscribed")

    assert counts(audience, now=NOW) == []
    assert list(rows(audience, now=NOW)) == []


def test_outside_of_a_chosen_part_is_said_as_far_as_it_is_known(newsletter: Newsletter) -> None:
    audience = make_audience(newsletter, segment_id=7)
    make_member(audience, "eve@example.com")

    (one,) = counts(audience, now=NOW)

    assert (one.side, one.reason) == (Side.THERE, Reason.OUTSIDE)


def test_every_reason_has_its_words(newsletter: Newsletter) -> None:
    assert set(WORDS) == set(Reason)


def test_the_file_is_logged_and_safe_in_a_spreadsheet(newsletter: Newsletter) -> None:
    audience = make_audience(newsletter)
    make_reader(newsletter, "ada@example.com")
    make_member(audience, "ada@example.com", "", problem="other", problem_text="=HYPERLINK()")
    owner = get_user_model().objects.create_user(username="owner")

    file = b"".join(csv_pieces(export(audience, by=owner, now=NOW)))  # type: ignore[arg-type]

    header, row = csv.reader(io.StringIO(file.decode("utf-8-sig")))
    assert header == ["address", "contact", "here", "there", "why", "what to do"]
    assert row[0] == "ada@example.com"
    log = SubscriberExport.objects.get()
    assert (log.by, log.rows, log.what) == (owner, 1, "Rounds: what differs from Mailchimp")
