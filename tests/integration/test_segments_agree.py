"""Segments, rule by rule and put together at random, compared with the same rules in plain Python; each one query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.audience.pause import pause
from newsletter.audience.segment_names import find, words
from newsletter.audience.segments import count, members, narrowed
from newsletter.engine.segment_rules import SegmentRulesError, Subject, dump, parse, statements
from newsletter.models import Newsletter, Subscription
from tests.integration.segment_crowd import NOW, TAGS, TOPICS, Reader, everybody, holds, make_crowd
from tests.stages import stage

if TYPE_CHECKING:
    from collections.abc import Iterable

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@stage
def crowd() -> None:
    make_crowd()


def asks(rule: str, tests: str, *values: object, of: str = "") -> list[dict[str, Any]]:
    """The statement with each comparison and each value."""
    named = {"rule": rule, "of": of} if of else {"rule": rule}
    return [{**named, "test": test, "value": value} for test in tests.split() for value in values]


DAYS, DATES = (1, 20, 90, 400), ("2026-06-01", "2026-01-01", "2030-01-01")
#: Every subject with every comparison, and values that some readers have and some don't.
EVERY = [
    *asks("newsletter", "confirmed pending ended", "rounds", "briefe"),
    *asks("frequency", "is is_not", "weekly"),
    *asks("topic", "wants", *TOPICS),
    *asks("language", "is is_not", "en", "de"),
    *asks("joined", "within_days not_within_days", *DAYS),
    *asks("joined", "before after", *DATES),
    *asks("last_sent", "within_days not_within_days", *DAYS),
    {"rule": "last_sent", "test": "never"},
    *asks("tag", "has has_not", *TAGS),
    *asks("attribute", "is is_not contains starts_with", "BOSTON", "100% sure_", "b", "%", of="city"),
    *asks("attribute", "is is_not greater less", 2, of="copies"),
    *asks("attribute", "is is_not before after", "2015-05-01", of="since"),
    *asks("attribute", "is is_not", "true", of="press"),
    *(
        {"rule": "attribute", "of": key, "test": test}
        for key in ("city", "copies")
        for test in ("is_set", "is_not_set")
    ),
]
RULES = st.recursive(
    st.sampled_from(EVERY),
    lambda inner: st.one_of(
        st.builds(lambda rules: {"all": rules}, st.lists(inner, min_size=1, max_size=4)),
        st.builds(lambda rules: {"any": rules}, st.lists(inner, min_size=1, max_size=4)),
        st.builds(lambda rule: {"not": rule}, inner),
    ),
    max_leaves=8,
)


def found(rules: dict[str, Any]) -> set[int]:
    with CaptureQueriesContext(connection) as asked:
        rule = parse(rules)
        named = len([subject for subject in {one.subject for one in statements(rule)} if subject in NAMED])
        pks = list(members(rule, now=NOW).values_list("pk", flat=True))
    assert len(asked) == named + 1, "one query, beside one for each kind of thing that is named"
    assert len(pks) == len(set(pks)), "nobody twice"
    assert count(rules, now=NOW) == len(pks)
    return set(pks)


NAMED = {Subject.NEWSLETTER, Subject.TOPIC, Subject.TAG, Subject.ATTRIBUTE}


def expected(rules: dict[str, Any], readers: Iterable[Reader]) -> set[int]:
    return {reader.pk for reader in readers if holds(parse(rules), reader)}


@pytest.mark.parametrize("rules", EVERY, ids=lambda rules: "-".join(str(part) for part in rules.values()))
def test_each_statement_finds_whom_it_says(rules: dict[str, Any], crowd: None) -> None:
    wanted = expected(rules, everybody())
    assert found(rules) == wanted
    assert found({"not": rules}) == expected({"not": rules}, everybody())


def test_the_crowd_tells_the_statements_apart(crowd: None) -> None:
    """A statement that is true of everybody, or of nobody, would show nothing."""
    readers = everybody()
    told = [rules for rules in EVERY if 0 < len(expected(rules, readers)) < len(readers)]
    assert len(told) > len(EVERY) * 0.8


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rules=RULES)
def test_rules_put_together_at_random_find_whom_they_say(rules: dict[str, Any], crowd: None) -> None:
    try:
        parse(rules)
    except SegmentRulesError as error:
        assert "deep" in str(error)  # noqa: PT017 - the only thing that can be wrong with them
        return
    assert found(rules) == expected(rules, everybody())
    assert parse(dump(parse(rules))) == parse(rules)
    assert words(parse(rules))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rules=RULES)
def test_an_issue_narrowed_by_rules_reaches_readers_of_its_newsletter_only(rules: dict[str, Any], crowd: None) -> None:
    newsletter = Newsletter.objects.get(slug="rounds")
    try:
        rule = parse(rules)
    except SegmentRulesError:
        return
    got = list(narrowed(newsletter, rules, now=NOW).values_list("subscriber", flat=True))
    assert sorted(got) == sorted(
        reader.pk
        for reader in everybody()
        if any((sub.newsletter, sub.state) == ("rounds", "confirmed") for sub in reader.subs)
        and holds(rule, reader, ("rounds", "confirmed"))
    )


def test_who_pauses_is_in_the_segment_and_is_not_mailed(crowd: None) -> None:
    newsletter = Newsletter.objects.get(slug="rounds")
    rules = {"rule": "newsletter", "value": "rounds"}
    before = count(rules, now=NOW)
    one = Subscription.objects.filter(newsletter=newsletter, state="confirmed").earliest("pk")
    pause(one, weeks=2, source="test", now=NOW)

    assert count(rules, now=NOW) == before
    assert narrowed(newsletter, rules, now=NOW).count() == before - 1


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"rule": "tag", "value": "gone"}, "The tag “gone” does not exist any more."),
        ({"rule": "newsletter", "value": "gone"}, "The newsletter “gone” does not exist any more."),
        ({"rule": "topic", "value": "gone"}, "The topic “gone” does not exist any more."),
        ({"rule": "attribute", "of": "gone", "value": "x"}, "The attribute “gone” does not exist any more."),
        ({"rule": "attribute", "of": "copies", "value": "many"}, "“many” is no number"),
        ({"rule": "attribute", "of": "since", "value": "May"}, "“May” is no day"),
        ({"rule": "attribute", "of": "press", "value": "perhaps"}, "“perhaps” is neither yes nor no"),
        ({"rule": "attribute", "of": "city", "test": "greater", "value": "x"}, "can't be asked this"),
    ],
)
def test_what_does_not_hold_any_more_is_said_and_nobody_is_found(rules: dict[str, Any], said: str, crowd: None) -> None:
    for wrapped in (rules, {"not": rules}, {"any": [{"rule": "last_sent", "test": "never"}, rules]}):
        with pytest.raises(SegmentRulesError, match=said):
            count(wrapped, now=NOW)
    assert words(parse(rules))
    assert find(statements(parse(rules))) is not None
