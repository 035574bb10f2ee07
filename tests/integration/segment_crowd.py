"""Sixty readers in many combinations, and the rules of segments in plain Python, to compare the answers with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from blog.models import Topic
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
)
from newsletter.models import (
    AttributeKind,
    AttributeValue,
    Newsletter,
    Subscriber,
    SubscriberAttribute,
    SubscriberTag,
    SubscriberTagging,
    Subscription,
)

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
TOPICS, TAGS = ("sleep", "mood", "talking"), ("colleague", "founder")
CITIES = ("Boston", "boston", "Berlin", "New York", "100% Sure_Town")


@dataclass(slots=True)
class Sub:
    newsletter: str
    language: str
    state: str
    frequency: str
    topics: set[str]
    created: datetime
    confirmed: datetime | None
    sent: datetime | None


@dataclass(slots=True)
class Reader:
    pk: int
    language: str
    tags: set[str] = field(default_factory=set)
    values: dict[str, str] = field(default_factory=dict)
    subs: list[Sub] = field(default_factory=list)


def make_crowd() -> None:
    """Sixty readers of two newsletters, who have everything that rules can ask for in many combinations."""
    newsletters = [
        Newsletter.objects.create(name=slug.title(), slug=slug, language=language, time_zone="UTC")
        for slug, language in (("rounds", "en"), ("briefe", "de"))
    ]
    topics = {slug: Topic.objects.create(name=slug.title(), slug=slug) for slug in TOPICS}
    tags = [SubscriberTag.objects.create(name=slug.title(), slug=slug) for slug in TAGS]
    attributes = {
        key: SubscriberAttribute.objects.create(key=key, label=key.title(), kind=kind)
        for key, kind in (
            ("city", AttributeKind.TEXT),
            ("copies", AttributeKind.NUMBER),
            ("since", AttributeKind.DATE),
            ("press", AttributeKind.BOOLEAN),
        )
    }
    for number in range(60):
        reader = Subscriber.objects.create(email=f"r{number}@example.com", language=("", "", "en", "de")[number % 4])
        for place, tag in enumerate(tags):
            if number % (place + 2) == 0:
                SubscriberTagging.objects.create(tag=tag, subscriber=reader)
        values = {
            "city": CITIES[number % 5] if number % 7 else "",
            "copies": str(number % 4) if number % 3 else "",
            "since": f"20{10 + number % 15}-05-01" if number % 5 else "",
            "press": ("true", "false", "")[number % 3],
        }
        for key, text in values.items():
            if text:
                as_number = float(text) if key == "copies" else None
                AttributeValue.objects.create(attribute=attributes[key], subscriber=reader, text=text, number=as_number)
        for place, newsletter in enumerate(newsletters):
            if (number + place) % 3:
                subscribe(reader, newsletter, number + 5 * place, topics)


def subscribe(reader: Subscriber, newsletter: Newsletter, number: int, topics: dict[str, Topic]) -> None:
    state = ("confirmed", "confirmed", "confirmed", "pending", "ended")[number % 5]
    asked = NOW - timedelta(days=3 * number, hours=number)
    confirmed = None if state == "pending" else asked + timedelta(hours=2)
    subscription = Subscription.objects.create(
        subscriber=reader,
        newsletter=newsletter,
        state=state,
        frequency=("each_story", "weekly", "monthly")[number % 3],
        confirmed_at=confirmed,
        ended_at=NOW if state == "ended" else None,
        ended_reason="unsubscribed" if state == "ended" else "",
        last_sent_at=NOW - timedelta(days=number) if number % 4 else None,
    )
    Subscription.objects.filter(pk=subscription.pk).update(created_at=asked)
    subscription.topics.set([topic for place, topic in enumerate(topics.values()) if (number >> place) & 1])


def everybody() -> list[Reader]:
    """The database's readers as plain records."""
    readers = {pk: Reader(pk=pk, language=text) for pk, text in Subscriber.objects.values_list("pk", "language")}
    for pk, slug in SubscriberTagging.objects.values_list("subscriber", "tag__slug"):
        readers[pk].tags.add(slug)
    for pk, key, text in AttributeValue.objects.values_list("subscriber", "attribute__key", "text"):
        readers[pk].values[key] = text
    for one in Subscription.objects.select_related("newsletter").prefetch_related("topics"):
        readers[one.subscriber_id].subs.append(
            Sub(
                newsletter=one.newsletter.slug,
                language=one.newsletter.language,
                state=one.state,
                frequency=one.frequency,
                topics={topic.slug for topic in one.topics.all()},
                created=one.created_at,
                confirmed=one.confirmed_at,
                sent=one.last_sent_at,
            )
        )
    return list(readers.values())


Scope = tuple[str | None, str]


def holds(rule: Rule, reader: Reader, scope: Scope = (None, "confirmed")) -> bool:
    """The rules' meaning, as the documentation says it, without a database."""
    match rule:
        case Not(rule=inner):
            return not holds(inner, reader, scope)
        case AnyOf(rules=rules):
            return any(holds(one, reader, scope) for one in rules)
        case All(rules=rules):
            return holds_all(rules, reader, scope)
        case Statement():
            return holds_all((rule,), reader, scope)


def holds_all(rules: tuple[Rule, ...], reader: Reader, scope: Scope) -> bool:
    """Neighbours speak of one and the same subscription, of the newsletter that one of them names."""
    common = common_newsletter(rules)
    scope = (str(common.value), common.test.value) if common else scope
    own = [one for one in rules if isinstance(one, Statement) and one.subject in OF_SUBSCRIPTION]
    shared = [one for one in own if one.subject is not Subject.NEWSLETTER]
    named = [one for one in own if one.subject is Subject.NEWSLETTER]
    others = [one for one in rules if one not in own]
    subs = [sub for sub in reader.subs if sub.state == scope[1] and scope[0] in (None, sub.newsletter)]
    if (shared or common) and not any(all(of_sub(one, sub, reader) for one in shared) for sub in subs):
        return False
    if not all(any((sub.newsletter, sub.state) == (one.value, one.test) for sub in reader.subs) for one in named):
        return False
    return all(of_reader(one, reader) if isinstance(one, Statement) else holds(one, reader, scope) for one in others)


def of_sub(rule: Statement, sub: Sub, reader: Reader) -> bool:
    match rule.subject:
        case Subject.FREQUENCY:
            return (sub.frequency == rule.value) == (rule.test is Test.IS)
        case Subject.TOPIC:
            return not sub.topics or rule.value in sub.topics
        case Subject.LANGUAGE:
            return ((reader.language or sub.language) == rule.value) == (rule.test is Test.IS)
        case Subject.JOINED:
            return since(sub.created if sub.state == "pending" else sub.confirmed, rule)
        case _:
            if rule.test is Test.NEVER:
                return sub.sent is None
            return since(sub.sent, rule) or (rule.test is Test.NOT_WITHIN_DAYS and sub.sent is None)


def since(instant: datetime | None, rule: Statement) -> bool:
    if instant is None:
        return False
    if isinstance(rule.value, date):
        day = datetime.combine(rule.value, time.min, UTC)
        return instant < day if rule.test is Test.BEFORE else instant >= day + timedelta(days=1)
    assert isinstance(rule.value, int)
    lately = instant >= NOW - timedelta(days=rule.value)
    return lately == (rule.test is Test.WITHIN_DAYS)


def of_reader(rule: Statement, reader: Reader) -> bool:
    if rule.subject is Subject.TAG:
        return (rule.value in reader.tags) == (rule.test is Test.HAS)
    text = reader.values.get(rule.of)
    if rule.test in (Test.IS_SET, Test.IS_NOT_SET):
        return (text is not None) == (rule.test is Test.IS_SET)
    if text is None:
        return rule.test is Test.IS_NOT
    if rule.of == "copies":
        kept, wanted = float(text), float(str(rule.value))
        return {
            Test.IS: kept == wanted,
            Test.IS_NOT: kept != wanted,
            Test.GREATER: kept > wanted,
            Test.LESS: kept < wanted,
        }[rule.test]
    said, given_text = text.lower(), str(rule.value).lower()
    return {
        Test.IS: said == given_text,
        Test.IS_NOT: said != given_text,
        Test.CONTAINS: given_text in said,
        Test.STARTS_WITH: said.startswith(given_text),
        Test.BEFORE: said < given_text,
        Test.AFTER: said > given_text,
    }[rule.test]
