"""What rows say about a reader: topics that are wanted, values that are compared."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Lower, StrIndex
from django.db.models.lookups import Exact, GreaterThan, LessThan

from newsletter.audience.segment_names import compared_with
from newsletter.engine.segment_rules import Statement, Test
from newsletter.models import AttributeKind, Subscription

_THROUGH: type[Any] = Subscription.topics.through


def wants(topic_id: int) -> Q:
    """Ticked, or nothing ticked, which means everything: all but those who ticked others only."""
    ticked = _THROUGH.objects.filter(subscription_id=OuterRef("subscription_id"), topic_id=topic_id)
    return Q(~Exists(_THROUGH.objects.filter(subscription_id=OuterRef("pk")).filter(~Exists(ticked))))


def compares(rule: Statement, kind: str) -> Q:
    """What a value's row says. Capitals of ASCII letters don't matter."""
    value = compared_with(rule, kind)
    if kind == AttributeKind.NUMBER:
        lookup = {Test.GREATER: "gt", Test.LESS: "lt"}.get(rule.test, "exact")
        return Q(number__isnull=False) & Q(**{f"number__{lookup}": value})
    text, given = Lower("text"), Lower(Value(value))
    match rule.test:
        case Test.CONTAINS:
            return Q(GreaterThan(StrIndex(text, given), 0))
        case Test.STARTS_WITH:
            return Q(Exact(StrIndex(text, given), 1))
        case Test.BEFORE:
            return Q(LessThan(text, given))
        case Test.AFTER:
            return Q(GreaterThan(text, given))
        case _:
            return Q(Exact(text, given))
