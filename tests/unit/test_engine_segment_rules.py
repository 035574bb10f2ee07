"""The rules of a segment: read, written back, said in words; what is none is refused by its place."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.audience.segment_words import describe
from newsletter.engine.segment_rules import (
    EVERYBODY,
    MAX_DEPTH,
    MAX_RULES,
    Rule,
    SegmentRulesError,
    Statement,
    Subject,
    Test,
    dump,
    parse,
    statements,
)

TAG = {"rule": "tag", "value": "speakers"}


def nested(levels: int) -> dict[str, object]:
    rules: dict[str, object] = dict(TAG)
    for _ in range(levels):
        rules = {"all": [rules]}
    return rules


def test_a_statement_is_read_with_the_comparison_that_is_meant_most_often() -> None:
    assert parse(TAG) == Statement(subject=Subject.TAG, test=Test.HAS, value="speakers")
    assert parse({"rule": "joined", "test": "before", "value": "2026-05-31"}) == Statement(
        subject=Subject.JOINED, test=Test.BEFORE, value=date(2026, 5, 31)
    )


def test_nothing_means_everybody() -> None:
    assert parse({}) == EVERYBODY
    assert dump(EVERYBODY) == {}
    assert describe(EVERYBODY) == "reads anything"


@pytest.mark.parametrize(
    ("rules", "place", "said"),
    [
        ([], "", "A rule is an object"),
        ("tag", "", "A rule is an object"),
        ({"all": []}, "all", "This group is empty"),
        ({"all": {}}, "all", "This group is empty"),
        ({"all": [TAG, {"any": [7]}]}, "all 2, any 1", "A rule is an object"),
        ({"all": [TAG], "any": [TAG]}, "", "A group is only one of"),
        ({"not": [TAG]}, "not", "A rule is an object"),
        ({"rule": "diagnosis", "value": "x"}, "", "“diagnosis” is no rule here"),
        ({"rule": ["tag"]}, "", "This is no rule here"),
        ({**TAG, "test": "contains"}, "", "“contains” is no test here"),
        ({**TAG, "sql": "1=1"}, "", "“sql” says nothing"),
        ({**TAG, "of": "city"}, "tag", "Only attributes"),
        ({"rule": "attribute", "value": "x"}, "attribute", "Name the attribute by its key"),
        ({"rule": "attribute", "of": "a'b", "value": "x"}, "attribute", "Name the attribute by its key"),
        ({"rule": "tag", "value": "' OR 1=1 --"}, "tag", "by its short name"),
        ({"rule": "tag"}, "tag", "Say what it is compared with"),
        ({"rule": "joined", "value": True}, "joined", "Give a number of days"),
        ({"rule": "joined", "value": 0}, "joined", "Give a number of days"),
        ({"rule": "joined", "value": 10**9}, "joined", "Give a number of days"),
        ({"rule": "joined", "value": "30"}, "joined", "Give a number of days"),
        ({"rule": "joined", "test": "after", "value": "May"}, "joined", "Give a day"),
        ({"rule": "last_sent", "test": "never", "value": 3}, "last_sent", "compares with nothing"),
        ({"rule": "frequency", "value": "hourly"}, "frequency", "How often is one of"),
        ({"rule": "attribute", "of": "city", "value": float("nan")}, "attribute", "This is no number"),
        ({"rule": "attribute", "of": "city", "value": "x" * 201}, "attribute", "Give up to 200 letters"),
        ({"rule": "attribute", "of": "city", "value": "a\x00b"}, "attribute", "on one line"),
    ],
)
def test_what_is_no_rule_is_refused_by_its_place_with_what_to_do(rules: object, place: str, said: str) -> None:
    with pytest.raises(SegmentRulesError, match=said) as refused:
        parse(rules)
    assert refused.value.place == place


def test_rules_are_neither_too_deep_nor_too_many() -> None:
    assert parse(nested(MAX_DEPTH))
    with pytest.raises(SegmentRulesError, match="4 deep"):
        parse(nested(MAX_DEPTH + 1))
    with pytest.raises(SegmentRulesError, match="50 rules are the most"):
        parse({"all": [TAG] * (MAX_RULES + 1)})
    half = {"any": [TAG] * (MAX_RULES // 2 + 1)}
    with pytest.raises(SegmentRulesError, match="There are 52 rules"):
        parse({"all": [half, half]})


def test_endless_nesting_is_refused_before_the_stack_ends() -> None:
    with pytest.raises(SegmentRulesError, match="deep"):
        parse(nested(900))


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ({"any": [TAG, {"rule": "tag", "test": "has_not", "value": "x"}]}, "has the tag Speakers, or lacks the tag x"),
        ({"not": TAG}, "not (has the tag Speakers)"),
        (
            {"all": [TAG, {"any": [TAG, {"rule": "last_sent", "test": "never"}]}]},
            "has the tag Speakers, and (has the tag Speakers, or was never sent an issue)",
        ),
        (
            {
                "all": [
                    {"rule": "newsletter", "value": "rounds"},
                    {"rule": "frequency", "test": "is_not", "value": "weekly"},
                ]
            },
            "reads rounds not weekly",
        ),
        ({"rule": "joined", "value": 1}, "joined in the last day"),
        ({"rule": "joined", "test": "not_within_days", "value": 1}, "joined more than a day ago"),
        ({"rule": "joined", "test": "not_within_days", "value": 9}, "joined more than 9 days ago"),
        ({"rule": "joined", "test": "before", "value": "2026-05-01"}, "joined before 1 May 2026"),
    ],
)
def test_rules_are_said_in_words(rules: dict[str, object], words: str) -> None:
    assert describe(parse(rules), names={(Subject.TAG, "speakers"): "Speakers"}) == words


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from([*Subject, *Test]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["all", "any", "not", "rule", "test", "value", "of"]) | st.text(max_size=4),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(data=JSON)
def test_whatever_comes_is_read_or_refused_and_what_is_read_can_be_kept(data: object) -> None:
    try:
        rule: Rule = parse(data)
    except SegmentRulesError:
        return
    kept = json.loads(json.dumps(dump(rule), allow_nan=False))
    assert parse(kept) == rule
    assert len(list(statements(rule))) <= MAX_RULES
    assert describe(rule)
