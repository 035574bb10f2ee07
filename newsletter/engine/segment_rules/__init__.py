"""The rules of a segment: JSON read into frozen records, and back. Pure.

A rule is a group, `{"all": [...]}`, `{"any": [...]}` or `{"not": {...}}`, or one statement about a reader such as
`{"rule": "joined", "test": "within_days", "value": 30}`; an attribute is named by `of`. What a statement says about a
subscription (how often, topics, since when) it says of the newsletter that a neighbour in the same `all` names, and
neighbours in one `all` speak of one and the same subscription.
"""

from newsletter.engine.segment_rules.reading import dump, parse
from newsletter.engine.segment_rules.records import (
    BARE,
    EVERYBODY,
    FREQUENCIES,
    KIND_TESTS,
    MAX_DAYS,
    MAX_DEPTH,
    MAX_RULES,
    MAX_TEXT,
    OF_SUBSCRIPTION,
    TESTS,
    All,
    AnyOf,
    Not,
    Rule,
    SegmentRulesError,
    Statement,
    Subject,
    Test,
    Value,
    common_newsletter,
    statements,
)

__all__ = [
    "BARE",
    "EVERYBODY",
    "FREQUENCIES",
    "KIND_TESTS",
    "MAX_DAYS",
    "MAX_DEPTH",
    "MAX_RULES",
    "MAX_TEXT",
    "OF_SUBSCRIPTION",
    "TESTS",
    "All",
    "AnyOf",
    "Not",
    "Rule",
    "SegmentRulesError",
    "Statement",
    "Subject",
    "Test",
    "Value",
    "common_newsletter",
    "dump",
    "parse",
    "statements",
]
