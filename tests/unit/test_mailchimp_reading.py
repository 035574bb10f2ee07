"""From Mailchimp's JSON to records, and lists that come in pages."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.backends.mailchimp import reading, reading_campaigns
from newsletter.backends.mailchimp.answers import Page, SentTo
from newsletter.backends.mailchimp.errors import UnexpectedAnswerError
from newsletter.backends.mailchimp.ids import member_hash
from newsletter.backends.mailchimp.paging import MOST_PAGES, PAGE, every
from newsletter.backends.mailchimp.wire import Json
from newsletter.backends.mailchimp.writing import on_the_quarter, written

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_NAMES = st.sampled_from([
    "id", "tag", "email_address", "status", "stats", "settings", "recipients", "merge_fields", "items", "timeseries",
    "send_time", "last_changed", "web_id", "emails_sent", "bounces", "opens", "url", "total_clicks", "reason",
    "tracking", "google_analytics", "salesforce", "notes",
])  # fmt: skip
READERS: list[Callable[[Json], object]] = [
    reading.account, reading.audience, reading.segment, reading.merge_field, reading.member, reading.listed_member,
    reading.batch, reading.webhook, reading_campaigns.campaign, reading_campaigns.content, reading_campaigns.checklist,
    reading_campaigns.report, reading_campaigns.link, reading_campaigns.sent_to, reading_campaigns.left_after,
    reading.page("items", reading.audience),
]  # fmt: skip


@given(found=st.dictionaries(_NAMES, _JSON, max_size=6))
def test_whatever_the_json_holds_it_is_read_or_unexpected(found: Json) -> None:
    for read in READERS:
        with contextlib.suppress(UnexpectedAnswerError):
            assert str(read(found)).encode()  # and can be kept


def test_a_member_is_read_with_what_is_used() -> None:
    member = reading.member(
        {
            "id": member_hash("jane@example.com"),
            "email_address": "jane@example.com",
            "status": "unsubscribed",
            "language": "en",
            "timestamp_opt": "2026-03-01T10:30:00+01:00",
            "last_changed": "2026-03-01T09:30:00",
            "ip_opt": "192.0.2.1",
            "merge_fields": {"FNAME": "Ja\x00ne\ud800", "AGE": 3},
            "location": {"latitude": 1},
        }
    )
    assert (member.opted_in_at, member.changed_at) == (AT, AT)
    assert member.merge_fields == {"FNAME": "Jane?", "AGE": 3}
    assert (member.status, member.language, member.opted_in_ip) == ("unsubscribed", "en", "192.0.2.1")


@pytest.mark.parametrize("given_id", ["", "../lists", None, 7])
def test_the_hash_of_a_member_is_one_whatever_is_answered(given_id: object) -> None:
    member = reading.member({"id": given_id, "email_address": "Jane@example.com"})
    assert member.hash == member_hash("jane@example.com")


@pytest.mark.parametrize("time", ["", None, "soon", 7, "0001-01-01T00:00:00+14:00"])
def test_what_is_no_time_is_none(time: object) -> None:
    assert reading.instant({"at": time}, "at") is None


def test_contacts_without_an_address_are_passed_over_and_counted() -> None:
    read = reading.page("members", reading.listed_member)
    page = read({"members": [{"email_address": ""}, {"email_address": "a@example.com"}, None], "total_items": 9})
    assert [member.email for member in page.items] == ["a@example.com"]
    assert (page.seen, page.total) == (3, 9)


def test_a_page_without_its_list_is_unexpected() -> None:
    with pytest.raises(UnexpectedAnswerError):
        reading.page("members", reading.listed_member)({"total_items": 0})


def test_a_static_segment_is_a_tag() -> None:
    assert reading.segment({"id": 3, "name": "Press", "type": "static"}).kind == "tag"
    assert reading.segment({"id": 3, "name": "New", "type": "saved"}).kind == "segment"


@pytest.mark.parametrize("reason", ["SPAM", "Reported as abuse", "This is spam!"])
def test_who_called_it_spam_is_told_from_who_left(reason: str) -> None:
    left = reading_campaigns.left_after({"email_address": "a@example.com", "reason": reason})
    other = reading_campaigns.left_after({"email_address": "a@example.com", "reason": "No longer interested"})
    assert left is not None
    assert other is not None
    assert (left.is_abuse, other.is_abuse) == (True, False)


def test_a_recipient_is_read() -> None:
    found = {"email_id": "no hash", "email_address": "a@example.com", "status": "soft"}
    assert reading_campaigns.sent_to(found) == SentTo(
        hash=member_hash("a@example.com"), email="a@example.com", status="soft"
    )
    assert reading_campaigns.sent_to({}) is None


def test_the_checklist_quotes_no_address() -> None:
    found = {
        "is_ready": False,
        "items": [{"type": "error", "heading": "From", "details": "a@example.com is not verified"}],
    }
    (item,) = reading_campaigns.checklist(found).items
    assert item.details == "(…) is not verified"


@pytest.mark.parametrize(
    ("tracking", "tracked"),
    [
        (None, ()),
        ({}, ()),
        ({"opens": False, "html_clicks": "true", "google_analytics": " ", "clicktale": None, "salesforce": {}}, ()),
        ({"a new one": True}, ()),
        ({"opens": True, "ecomm360": True}, ("opens", "ecomm360")),
        ({"google_analytics": "spring", "clicktale": "x"}, ("google_analytics", "clicktale")),
        ({"salesforce": {"notes": True}, "capsule": {"notes": False}}, ("salesforce",)),
    ],
)
def test_what_is_tracked_is_what_is_said_to_be_on(tracking: object, tracked: tuple[str, ...]) -> None:
    assert reading_campaigns.campaign({"id": "1", "status": "save", "tracking": tracking}).tracked == tracked


def numbered(*pages: tuple[int, ...], total: int = 10**6) -> tuple[Callable[[int], Page[int]], list[int]]:
    asked: list[int] = []
    left = list(pages)

    def ask(offset: int) -> Page[int]:
        asked.append(offset)
        items = left.pop(0)
        return Page(items=items, total=total, seen=len(items))

    return ask, asked


def test_all_pages_are_read_each_item_once() -> None:
    ask, asked = numbered((1, 2), (2, 3), (4,), total=5)
    assert list(every(ask, lambda item: item)) == [1, 2, 3, 4]
    assert asked == [0, 2, 4]


def test_the_same_page_again_is_the_end() -> None:
    ask, asked = numbered((1, 2), (1, 2), (3,))
    assert list(every(ask, lambda item: item)) == [1, 2]
    assert asked == [0, 2]


def test_an_empty_page_is_the_end_whatever_the_total_says() -> None:
    ask, _ = numbered((1, 2), ())
    assert list(every(ask, lambda item: item)) == [1, 2]


def test_a_full_page_is_not_the_end_whatever_the_total_says() -> None:
    ask, _ = numbered(tuple(range(PAGE)), (PAGE,), total=0)
    assert len(list(every(ask, lambda item: item))) == PAGE + 1


def test_a_list_that_never_ends_does() -> None:
    items = every(lambda offset: Page(items=(offset,), total=10**9, seen=1), lambda item: item)
    assert len(list(items)) == MOST_PAGES


def test_instants_are_written_in_utc() -> None:
    assert written(datetime.fromisoformat("2026-03-01T10:30:00.5+01:00")) == "2026-03-01T09:30:00+00:00"
    assert on_the_quarter(datetime.fromisoformat("2026-03-01T15:15:00+05:45")) == "2026-03-01T09:30:00+00:00"


@pytest.mark.parametrize(
    "at",
    ["2026-03-01T09:31:00+00:00", "2026-03-01T09:30:01+00:00", "2026-03-01T09:30:00.1+00:00", "2026-03-01T09:30:00"],
)
def test_a_time_beside_the_quarters_is_none_to_start_at(at: str) -> None:
    with pytest.raises(ValueError, match=r"quarters|time zone"):
        on_the_quarter(datetime.fromisoformat(at))


def test_numbers_that_are_none_are_nought() -> None:
    found = json.loads('{"a": NaN, "b": Infinity, "c": "7", "d": 3.0, "e": true}')
    assert [reading.number(found, name) for name in "abcdef"] == [0, 0, 0, 3, 1, 0]
