"""Limits of single mail providers, read from what an editor writes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.engine.limits import MOST_LINES, DomainLimit, LimitsError, parse, read


def limit(per_hour: int, *domains: str) -> DomainLimit:
    return DomainLimit(domains=domains, per_hour=per_hour)


def test_a_line_is_a_domain_and_a_number() -> None:
    assert parse("gmail.com 20000\n\n  outlook.com\t10000  \r\n# the small one\nExample.ORG 1") == [
        limit(20_000, "gmail.com"),
        limit(10_000, "outlook.com"),
        limit(1, "example.org"),
    ]
    assert parse("") == []


def test_domains_of_one_provider_share_a_limit() -> None:
    assert parse("outlook.com, hotmail.com, @live.com 10000") == [
        limit(10_000, "outlook.com", "hotmail.com", "live.com")
    ]


@pytest.mark.parametrize("line", ["gmail.com: 20,000", "gmail.com=20.000", "gmail.com 20’000", "@GMAIL.com 20_000"])
def test_people_write_limits_in_their_own_way(line: str) -> None:
    assert parse(line) == [limit(20_000, "gmail.com")]


def test_a_domain_is_compared_as_addresses_are() -> None:
    assert parse("bücher.example 5") == [limit(5, "xn--bcher-kva.example")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("gmail.com", "Line 1 (“gmail.com”): write a domain, a space"),
        ("20000", "Line 1 (“20000”): write a domain"),
        (":", "Line 1 (“:”): write a domain"),
        ("gmail.com many", "Line 1 (“gmail.com many”): write a domain"),
        ("gmail.com 20k", "write a domain"),
        ("gmail.com -5", "write a domain"),
        ("gmail.com 0", "the number is 0 or too large"),
        ("gmail.com 99999999999999999999999999", "the number is 0 or too large"),
        ("\ngmail 5", "Line 2: “gmail” is not a domain. Write what stands after the @"),
        ("gmail.com 5\nGmail.com 6", "Line 2: gmail.com has a limit already"),
        ("gmail.com gmail.com 6", "gmail.com has a limit already"),
        ("x" * 500, "x…”): write"),
        ("a.example 1\n" * (MOST_LINES + 1), "There are 101 lines; 100 are the most"),
    ],
)
def test_a_mistake_names_its_line_and_says_what_to_write(text: str, words: str) -> None:
    with pytest.raises(LimitsError) as caught:
        parse(text)
    assert words in str(caught.value)
    assert len(str(caught.value.problems[0])) < 250


def test_every_mistake_is_named_and_the_other_lines_are_read() -> None:
    limits, problems = read("one\ngmail.com 5\ntwo")
    assert limits == [limit(5, "gmail.com")]
    assert [str(problem)[:6] for problem in problems] == ["Line 1", "Line 3"]


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    limits, problems = read(text)
    assert all(each.per_hour > 0 and each.domains for each in limits)
    assert all(str(problem) for problem in problems)
