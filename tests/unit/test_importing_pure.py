"""What an import decides without a database: which system, which columns, which instants, the same addresses."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsletter.audience.importing.addresses import Normaliser
from newsletter.audience.importing.errors import ImportFileError
from newsletter.audience.importing.mapping import left_out, propose
from newsletter.audience.importing.moments import MomentError, parse_moment
from newsletter.audience.importing.origins import label, recognise
from newsletter.audience.importing.problems import LEFT_THERE, REFUSING, WORDS, Problem, Standing, of_address, words
from newsletter.audience.importing.rows import RowReader, StagedRow
from newsletter.audience.importing.sniffing import EncodingCounter, sniff
from newsletter.audience.importing.values import ValueFormError, attribute_text
from newsletter.engine import addresses
from newsletter.engine.addresses import hasher
from tests.integration.importing import GHOST_ROWS, LISTMONK_ROWS, MAILCHIMP, NOW, SUBSTACK_ROWS

UNSUBSCRIBED = f"{MAILCHIMP},UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_CAMPAIGN_ID,UNSUB_REASON,UNSUB_REASON_OTHER"
CLEANED = f"{MAILCHIMP},CLEAN_TIME,CLEAN_CAMPAIGN_TITLE,CLEAN_CAMPAIGN_ID"
OURS = (
    "email,name,status,ended_reason,frequency,language,time_zone,topics,tags,asked_at,confirmed_at,ended_at,opted_in_at"
)

LOCAL_PARTS = st.one_of(
    st.text("abzAZ019._+-", min_size=1, max_size=70),
    st.text(min_size=1, max_size=8),
    st.sampled_from(["a", '"a"', "a b"]),
)
DOMAINS = st.one_of(
    st.sampled_from(
        [
            "example.org",
            "Example.ORG",
            "bücher.example",
            " example.org",
            "example.org ",
            "example.org\u00a0",
            "a@b.example",
        ]
    ),
    st.text("ab.-@É \t", max_size=12),
    st.text(max_size=8),
)


def normal_form(normalise: object, address: str) -> str:
    assert callable(normalise)
    try:
        return str(normalise(address))
    except addresses.AddressError as error:
        return error.problem.name


@given(st.lists(st.builds("{}@{}".format, LOCAL_PARTS, DOMAINS) | st.text(max_size=30), max_size=20))
@example(["a@" + "x" * 60 + "." + "y" * 60 + ".example", "b" * 64 + "@" + "x" * 60 + "." + "y" * 60 + ".example"])
@example(["a@example.org", "a@example.org ", " a@example.org", "a@example.org\u3000", "b@example.org\u3000"])
def test_remembered_domains_change_no_address(some: list[str]) -> None:
    quick = Normaliser()
    for address in [*some, *some]:
        assert normal_form(quick, address) == normal_form(addresses.normalise, address)


@given(st.text(), st.binary(min_size=1, max_size=100))
def test_hashes_in_numbers_are_those_of_one_at_a_time(text: str, key: bytes) -> None:
    text = text.encode("utf-8", "replace").decode()
    assert (
        hasher(key)(text) == addresses.keyed_hash(text, key) == hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    )


@given(st.text(max_size=110))
@example("Zoe\u0301")
@example(" x ")
@example("a\u200db")
def test_a_name_is_cleaned_as_everywhere(name: str) -> None:
    reader = row_reader(["email", "name"], {"0": "email", "1": "name"})
    row = StagedRow(*reader.read(1, ["a@example.org", name]))
    try:
        expected, problem = addresses.clean_name(name.strip()), ""
    except addresses.AddressError as error:
        expected, problem = "", of_address(error)
    assert (row.name, row.problem) == (expected, problem)


def row_reader(header: list[str], mapping: dict[str, str]) -> RowReader:
    return RowReader(
        header=header, mapping=mapping, kinds={}, hash_ip=lambda ip: f"hash of {ip}", instant=lambda at: at, now=NOW
    )


@pytest.mark.parametrize(
    ("header", "origin"),
    [
        (MAILCHIMP, "mailchimp"),
        (UNSUBSCRIBED, "mailchimp"),
        (CLEANED, "mailchimp"),
        (SUBSTACK_ROWS[0], "substack"),
        ("Email,Name,Type,Stripe plan,Cancel date,Start date,Emails opened (6mo),Country", "substack"),
        (GHOST_ROWS[0], "ghost"),
        (LISTMONK_ROWS[0], "listmonk"),
        (OURS, "rounds"),
        ("email,name,status", ""),
        ("Email Address,First Name,Last Name,Address", ""),
    ],
)
def test_a_system_is_told_by_the_header_of_its_exports(header: str, origin: str) -> None:
    assert recognise(header.split(",")).name == origin
    assert bool(label(origin)) == bool(origin)


def mapped(header: str) -> dict[str, str]:
    names = header.split(",")
    proposed = propose(names, recognise(names), attributes={"city"})
    return {names[int(index)]: field for index, field in proposed.items() if field != "ignore"}


def test_columns_of_each_system_become_our_fields() -> None:
    assert mapped(UNSUBSCRIBED) == {
        "Email Address": "email",
        "First Name": "first_name",
        "Last Name": "last_name",
        "OPTIN_TIME": "opted_in_at",
        "OPTIN_IP": "opt_in_ip",
        "CONFIRM_TIME": "confirmed_at",
        "TAGS": "tags",
        "UNSUB_TIME": "unsubscribed_at",
    }
    assert mapped(CLEANED)["CLEAN_TIME"] == "unsubscribed_at"
    assert mapped(SUBSTACK_ROWS[0]) == {"email": "email", "email_disabled": "status", "created_at": "opted_in_at"}
    assert mapped(GHOST_ROWS[0]) == {
        "email": "email",
        "name": "name",
        "subscribed_to_emails": "status",
        "created_at": "opted_in_at",
        "deleted_at": "unsubscribed_at",
        "labels": "tags",
    }
    assert mapped(LISTMONK_ROWS[0]) == {
        "email": "email",
        "name": "name",
        "status": "status",
        "created_at": "opted_in_at",
    }
    assert mapped("E-mail,City,Diagnosis,Created at") == {"E-mail": "email", "City": "attribute:city"}


def test_a_column_that_is_left_out_is_told_with_the_reason() -> None:
    names = [*MAILCHIMP.split(","), "Medication", "Shoe size"]
    reasons = left_out(names, propose(names, recognise(names), attributes=()))
    assert "where somebody is" in reasons["LATITUDE"]
    assert "where somebody is" in reasons["TIMEZONE"]
    assert "rated" in reasons["MEMBER_RATING"]
    assert "noted" in reasons["NOTES"]
    assert "health" in reasons["Medication"]
    assert "Shoe size" in reasons
    assert not {"Email Address", "OPTIN_TIME", "TAGS"} & reasons.keys()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020-02-03 04:05:06", datetime(2020, 2, 3, 4, 5, 6, tzinfo=UTC)),
        ("2020-02-03T04:05:06", datetime(2020, 2, 3, 4, 5, 6, tzinfo=UTC)),
        ("2020-02-03 04:05", datetime(2020, 2, 3, 4, 5, tzinfo=UTC)),
        ("2020-02-03", datetime(2020, 2, 3, tzinfo=UTC)),
        ("2022-03-16T08:03:11.123Z", datetime(2022, 3, 16, 8, 3, 11, 123000, tzinfo=UTC)),
        ("2022-03-16 09:03:11.123456789 +0100 CET", datetime(2022, 3, 16, 8, 3, 11, 123456, tzinfo=UTC)),
        ("2022-03-16 08:03:11 +0000 UTC", datetime(2022, 3, 16, 8, 3, 11, tzinfo=UTC)),
        ("2022-03-16 08:03:11 UTC", datetime(2022, 3, 16, 8, 3, 11, tzinfo=UTC)),
        ("2020-12-31T20:00:00-05:00", datetime(2021, 1, 1, 1, 0, tzinfo=UTC)),
        (" 2026-11-24 12:04:00 ", datetime(2026, 11, 24, 12, 4, tzinfo=UTC)),
    ],
)
def test_instants_are_read_as_each_system_writes_them(text: str, expected: datetime) -> None:
    assert parse_moment(text, now=NOW) == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        *((text, Problem.TIME) for text in ("", "2/3/2020", "03.02.2020", "20200203", "2020-W05-1", "1580702706")),
        *(
            (text, Problem.TIME)
            for text in ("2020-13-01", "2020-02-30 10:00:00", "2020-02-03 24:01:00", "２０２０-02-03")
        ),
        *((text, Problem.TIME) for text in ("2020-02-03 04:05:06 EST", "0000-00-00 00:00:00", "2020-02-03 10:00.12x")),
        ("1989-12-31 23:59:59", Problem.TIME_TOO_OLD),
        ("2026-11-24 12:06:00", Problem.TIME_AHEAD),
        ("9999-12-31T23:59:59-14:00", Problem.TIME),
    ],
)
def test_an_instant_that_may_mean_two_things_is_none(text: str, problem: Problem) -> None:
    with pytest.raises(MomentError) as caught:
        parse_moment(text, now=NOW)
    assert caught.value.problem == problem


@pytest.mark.parametrize(
    ("kind", "text", "kept"),
    [
        ("text", " Graz ", "Graz"),
        ("number", "-12.5e3", "-12.5e3"),
        ("date", "2020-02-03T10:00:00Z", "2020-02-03"),
        ("boolean", "Yes", "true"),
        ("boolean", "0", "false"),
        ("number", "", ""),
    ],
)
def test_values_of_attributes_have_the_form_of_their_kind(kind: str, text: str, kept: str) -> None:
    assert attribute_text(kind, text) == kept


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("text", "x" * 201),
        ("text", "a\x00b"),
        ("number", "1e999"),
        ("number", "1,5"),
        ("date", "2020-02-30"),
        ("boolean", "?"),
    ],
)
def test_a_value_of_another_form_is_refused(kind: str, text: str) -> None:
    with pytest.raises(ValueFormError):
        attribute_text(kind, text)


@pytest.mark.parametrize(
    ("word", "problem"),
    [
        ("Subscribed", ""),
        ("enabled", ""),
        ("unsubscribed", "unsubscribed"),
        ("False", "unsubscribed"),
        ("cleaned", "bounced"),
        ("spam", "complained"),
        ("blocklisted", "disabled"),
        ("maybe", "status"),
    ],
)
def test_a_status_that_nobody_knows_confirms_nobody(word: str, problem: str) -> None:
    reader = row_reader(["email", "status", "at"], {"0": "email", "1": "status", "2": "opted_in_at"})
    row = StagedRow(*reader.read(7, ["a@example.org", word, "2020-01-01"]))
    assert row.problem == problem
    assert (row.claimed_at is None) == bool(problem)


def test_every_problem_has_words_that_say_what_to_do() -> None:
    for code in [*Problem, *(of_address(addresses.AddressError(problem)) for problem in addresses.Problem)]:
        assert len(words(code)) > 20
        assert words(code) != code
    assert {str(code) for code in LEFT_THERE | REFUSING} <= WORDS.keys()
    assert Standing.STILL_HERE in WORDS


@given(
    st.text(max_size=300) | st.lists(st.sampled_from(["a", "a (2)", " a", ",", "\n", '"']), max_size=30).map("".join)
)
@example("a,a,a (2),a")
def test_any_text_is_taken_apart_or_refused_in_words(text: str) -> None:
    try:
        dialect = sniff(text.encode("utf-8", "replace").decode())
    except ImportFileError:
        return
    assert all(dialect.header)
    assert len(set(dialect.header)) == len(dialect.header)


@given(st.text(min_size=1), st.integers(1, 7))
def test_utf_8_is_known_wherever_the_pieces_are_cut(text: str, size: int) -> None:
    content = text.encode("utf-8", "replace")
    counter = EncodingCounter()
    for start in range(0, len(content), size):
        counter.feed(content[start : start + size])
    counter.feed(b"", last=True)
    assert (counter.encoding, counter.broken) == ("utf-8", False)
