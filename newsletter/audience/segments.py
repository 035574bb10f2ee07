"""Segments: readers that rules describe, found by one query.

On SQLite a list that is looked up (`IN`) is quickest, in groups of `any` too, unless another list has left few readers:
then their subscriptions are looked up one by one. PostgreSQL joins a list well, but looks
up one inside an OR or a NOT well only while it fits into `work_mem`: there an OR becomes one list made of several, and
a NOT an anti-join. Both say the same; `tests/integration/test_segments_agree.py` compares them with plain Python.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from newsletter.audience.segment_conditions import compares, wants
from newsletter.audience.segment_names import Named, look_up
from newsletter.engine.segment_rules import (
    OF_SUBSCRIPTION,
    All,
    AnyOf,
    Not,
    Rule,
    Statement,
    Subject,
    Test,
    common_newsletter,
    parse,
)
from newsletter.engine.subscriptions import SubscriptionState
from newsletter.models import AttributeValue, Newsletter, Subscriber, SubscriberTagging, Subscription

#: As kept in `Segment.rules`, or read already.
Rules = Rule | Mapping[str, Any]

#: An empty condition vanishes from an OR and from a NOT; this one stays.
_TRUE = Q(pk__isnull=False)
#: Compared without any other table.
_OWN_COLUMNS = frozenset({Subject.FREQUENCY, Subject.JOINED, Subject.LAST_SENT})


def members(rules: Rules, *, newsletter: Newsletter | None = None, now: datetime) -> QuerySet[Subscriber]:
    """The readers that the rules describe, whether they are mailed at present or not.

    Args:
        newsletter: what a statement about a subscription speaks of when the rules name none; None: of any that is
            confirmed.

    Raises:
        SegmentRulesError: rules that can't be read, or that name what does not exist any more.
    """
    query = _Query.of(rules, newsletter, now)
    if query.rows is None:
        return Subscriber.objects.filter(query.condition(query.rule, query.scope, _READERS))
    return Subscriber.objects.filter(pk__in=query.subscriptions(query.rows).values("subscriber_id"))


def count(rules: Rules, *, newsletter: Newsletter | None = None, now: datetime) -> int:
    """How many `members` there are. Quicker than counting those: readers themselves are not looked at where their
    subscriptions tell.

    Raises:
        SegmentRulesError: as there.
    """
    query = _Query.of(rules, newsletter, now)
    if query.rows is not None:
        return query.subscriptions(query.rows).count()
    if connection.vendor == "postgresql" and isinstance(query.rule, AnyOf):
        return query.union(query.rule, query.scope, counts_twice=False).count()
    return Subscriber.objects.filter(query.condition(query.rule, query.scope, _READERS)).count()


def narrowed(newsletter: Newsletter, rules: Rules, *, frequency: str = "", now: datetime) -> QuerySet[Subscription]:
    """Who of a newsletter would be mailed now: confirmed, not paused, reading as often as `frequency` says (empty:
    however often), and described by the rules; `{}` narrows nothing.

    Raises:
        SegmentRulesError: as in `members`.
    """
    receiving = Subscription.objects.receiving(now).filter(newsletter=newsletter)
    if frequency:
        receiving = receiving.filter(frequency=frequency)
    if not rules:
        return receiving
    query = _Query.of(rules, newsletter, now)
    scope = _Scope.of(newsletter)
    return receiving.filter(query.condition(query.rule, scope, _Target(reader="subscriber_id", scope=scope)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scope:
    """Which subscriptions a statement speaks of; `newsletter_id` None: of any newsletter."""

    newsletter_id: int | None = None
    state: str = SubscriptionState.CONFIRMED.value
    language: str = ""  #: the newsletter's

    @classmethod
    def of(cls, newsletter: Newsletter | None, *, state: str = SubscriptionState.CONFIRMED.value) -> _Scope:
        if newsletter is None:
            return cls(state=state)
        return cls(newsletter_id=newsletter.pk, state=state, language=newsletter.language)

    @property
    def condition(self) -> Q:
        of_state = Q(state=self.state)
        return of_state if self.newsletter_id is None else Q(newsletter_id=self.newsletter_id) & of_state


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    """The rows that a condition filters: `reader` is their field with the reader's id.

    `scope`: they are subscriptions, all of this scope, one for each reader: what is said of it is said of the row.
    """

    reader: str
    scope: _Scope | None = None


_READERS = _Target(reader="pk")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Query:
    rule: Rule
    scope: _Scope
    names: Named
    now: datetime

    @classmethod
    def of(cls, rules: Rules, newsletter: Newsletter | None, now: datetime) -> _Query:
        rule = parse(rules) if isinstance(rules, Mapping) else rules
        scope = _Scope.of(newsletter)
        return cls(rule=rule, scope=scope, names=look_up(rule), now=now)

    @property
    def rows(self) -> _Scope | None:
        """The subscriptions of which every reader of the segment has one, where the rules themselves say so."""
        return self._rows(self.rule, self.scope)

    def subscriptions(self, scope: _Scope) -> QuerySet[Subscription]:
        """Those of the scope whose reader the rules describe."""
        return self._subscriptions(self.rule, self.scope, scope)

    def union(self, rule: AnyOf, scope: _Scope, *, counts_twice: bool) -> QuerySet[Any, Any]:
        """The ids of the readers that one of the rules describes; `counts_twice`: once for each that does."""
        lists = [self._readers(one, scope) for one in rule.rules]
        if len(lists) == 1:
            return lists[0] if counts_twice else lists[0].distinct()
        return lists[0].union(*lists[1:], all=counts_twice)

    def _rows(self, rule: Rule, scope: _Scope) -> _Scope | None:
        rules = rule.rules if isinstance(rule, All) else (rule,)
        return self._inner(rules, scope) if common_newsletter(rules) else None

    def _subscriptions(self, rule: Rule, around: _Scope, scope: _Scope) -> QuerySet[Subscription]:
        condition = self.condition(rule, around, _Target(reader="subscriber_id", scope=scope))
        return Subscription.objects.filter(scope.condition & condition)

    def _inner(self, rules: tuple[Rule, ...], scope: _Scope) -> _Scope:
        """What the statements of an `all` speak of."""
        named = common_newsletter(rules)
        if named is None:
            return scope
        return _Scope.of(self.names.newsletters[str(named.value)], state=named.test.value)

    def condition(self, rule: Rule, scope: _Scope, target: _Target) -> Q:
        """What filters the target's rows for those whose reader the rule describes."""
        match rule:
            case Statement():
                return self._all((rule,), scope, target)
            case All(rules=rules):
                return self._all(rules, scope, target)
            case AnyOf(rules=rules):
                return self._any(rules, scope, target)
            case Not(rule=inner):
                return self._not(inner, scope, target)

    def _all(self, rules: tuple[Rule, ...], scope: _Scope, target: _Target) -> Q:
        """Statements about a subscription are put together: they speak of the same one."""
        scope, named = self._inner(rules, scope), common_newsletter(rules)
        together, others = Q(), Q()
        speaks, leaves_few = named is not None, False
        for rule in rules:
            if rule is named:
                continue
            if not isinstance(rule, Statement):
                others &= self.condition(rule, scope, target)
            elif rule.subject is Subject.NEWSLETTER:  # one of several: a subscription of its own
                others &= self._subscribed(self._inner((rule,), scope), Q(), target)
            elif rule.subject in OF_SUBSCRIPTION:
                together &= self._of_subscription(rule, scope)
                speaks = True
            else:
                rows, holds = self._records(rule)
                others &= (_in if holds else _not_in)(target.reader, rows, "subscriber_id")
                leaves_few = leaves_few or holds
        return self._subscribed(scope, together, target, leaves_few=leaves_few) & others if speaks else others

    def _subscribed(self, scope: _Scope, condition: Q, target: _Target, *, leaves_few: bool = False) -> Q:
        """The reader has a subscription of this scope of which the condition is true.

        `leaves_few`: beside another condition that few readers fulfil.
        """
        if _is_of(target, scope):
            return condition or _TRUE
        subscriptions = Subscription.objects.filter(scope.condition & condition)
        if leaves_few and connection.vendor == "sqlite":
            return Q(Exists(subscriptions.filter(subscriber_id=OuterRef(target.reader))))
        return _in(target.reader, subscriptions, "subscriber_id")

    def _any(self, rules: tuple[Rule, ...], scope: _Scope, target: _Target) -> Q:
        if connection.vendor == "postgresql" and not all(_is_plain(rule, scope, target) for rule in rules):
            return Q(**{f"{target.reader}__in": self.union(AnyOf(rules=rules), scope, counts_twice=True)})
        either = Q()
        for rule in rules:
            either |= self.condition(rule, scope, target)
        return either

    def _not(self, inner: Rule, scope: _Scope, target: _Target) -> Q:
        if isinstance(inner, AnyOf):  # none of these: each is left out for itself
            none = Q()
            for rule in inner.rules:
                none &= self._not(rule, scope, target)
            return none
        if connection.vendor == "postgresql" and not _is_plain(inner, scope, target):
            readers = Subscriber.objects.filter(self.condition(inner, scope, _READERS))
            return _not_in(target.reader, readers, "pk")
        return ~self.condition(inner, scope, target)

    def _readers(self, rule: Rule, scope: _Scope) -> QuerySet[Any, Any]:
        """The ids of the readers that the rule describes, with as few tables as it takes."""
        if isinstance(rule, Statement):
            if rule.subject not in OF_SUBSCRIPTION:
                rows, holds = self._records(rule)
                if holds:
                    return rows.values("subscriber_id")
            elif rule.subject is not Subject.NEWSLETTER:
                rows = Subscription.objects.filter(scope.condition & self._of_subscription(rule, scope))
                return rows.values("subscriber_id")
        if (own := self._rows(rule, scope)) is not None:
            return self._subscriptions(rule, scope, own).values("subscriber_id")
        return Subscriber.objects.filter(self.condition(rule, scope, _READERS)).values("pk")

    def _records(self, rule: Statement) -> tuple[QuerySet[Any, Any], bool]:
        """Tags or values, and whether the statement says that the reader has one of them, or that none."""
        if rule.subject is Subject.TAG:
            tag = self.names.tags[str(rule.value)]
            return SubscriberTagging.objects.filter(tag_id=tag.pk), rule.test is Test.HAS
        attribute = self.names.attributes[rule.of]
        values = AttributeValue.objects.filter(attribute_id=attribute.pk)
        if rule.test in (Test.IS_SET, Test.IS_NOT_SET):
            return values, rule.test is Test.IS_SET
        return values.filter(compares(rule, attribute.kind)), rule.test is not Test.IS_NOT

    def _of_subscription(self, rule: Statement, scope: _Scope) -> Q:
        match rule.subject:
            case Subject.FREQUENCY:
                same = Q(frequency=rule.value)
                return same if rule.test is Test.IS else ~same
            case Subject.TOPIC:
                return wants(self.names.topics[str(rule.value)].pk)
            case Subject.LANGUAGE:
                same = self._is_written_in(str(rule.value), scope)
                return same if rule.test is Test.IS else ~same
            case Subject.JOINED:
                # Who has not confirmed yet has asked, at least.
                asked = scope.state == SubscriptionState.PENDING
                return self._since("created_at" if asked else "confirmed_at", rule)
            case _:
                never = Q(last_sent_at__isnull=True)
                if rule.test is Test.NEVER:
                    return never
                since = self._since("last_sent_at", rule)
                return since if rule.test is Test.WITHIN_DAYS else never | since

    def _is_written_in(self, language: str, scope: _Scope) -> Q:
        """The language that the reader chose, or else the newsletter's."""
        if scope.newsletter_id is None:
            speakers = Newsletter.objects.filter(language=language)
            return Q(subscriber__language=language) | Q(subscriber__language="", newsletter__in=speakers)
        languages = [language, ""] if scope.language == language else [language]
        return _in("subscriber_id", Subscriber.objects.filter(language__in=languages), "pk")

    def _since(self, field: str, rule: Statement) -> Q:
        """Days begin at midnight UTC: the same rules mean the same readers wherever they are looked at."""
        known = Q(**{f"{field}__isnull": False})
        if isinstance(rule.value, date):
            if rule.test is Test.BEFORE:
                return known & Q(**{f"{field}__lt": datetime.combine(rule.value, time.min, UTC)})
            return known & Q(**{f"{field}__gte": datetime.combine(rule.value, time.min, UTC) + timedelta(days=1)})
        then = self.now - timedelta(days=cast("int", rule.value))
        return known & Q(**{f"{field}__{'gte' if rule.test is Test.WITHIN_DAYS else 'lt'}": then})


def _is_of(target: _Target, scope: _Scope) -> bool:
    return scope.newsletter_id is not None and target.scope == scope


def _is_plain(rule: Rule, scope: _Scope, target: _Target) -> bool:
    """Whether it only compares columns of the target's own rows."""
    return isinstance(rule, Statement) and rule.subject in _OWN_COLUMNS and _is_of(target, scope)


def _in(reader: str, rows: QuerySet[Any, Any], field: str) -> Q:
    return Q(**{f"{reader}__in": rows.values(field)})


def _not_in(reader: str, rows: QuerySet[Any, Any], field: str) -> Q:
    if connection.vendor == "postgresql":
        return Q(~Exists(rows.filter(**{field: OuterRef(reader)})))
    return ~_in(reader, rows, field)
