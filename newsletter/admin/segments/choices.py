"""What a condition can be about, how it compares and with what: an editor's words, and what there is at present."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from blog.models import Topic
from newsletter.engine.segment_rules import BARE, KIND_TESTS, TESTS, Subject, Test
from newsletter.models import AttributeKind, Frequency, Newsletter, SubscriberAttribute, SubscriberTag

if TYPE_CHECKING:
    from django.utils.functional import Promise

Choices = list[tuple[str, "str | Promise"]]

OF_SUBSCRIPTION = MappingProxyType(
    {
        Subject.NEWSLETTER: _("Newsletter"),
        Subject.FREQUENCY: _("How often"),
        Subject.TOPIC: _("Topics"),
        Subject.LANGUAGE: _("Language"),
        Subject.JOINED: _("Joined"),
        Subject.LAST_SENT: _("Last sent an issue"),
    }
)
#: Before the key of an attribute in the list of what a condition can be about.
ATTRIBUTE = f"{Subject.ATTRIBUTE}:"

_IS, _IS_NOT = _("is"), _("is not")
TEST_WORDS: Mapping[Subject, Mapping[Test, str | Promise]] = MappingProxyType(
    {
        Subject.NEWSLETTER: {
            Test.CONFIRMED: _("they read"),
            Test.PENDING: _("they asked for, and did not confirm yet"),
            Test.ENDED: _("they have left"),
        },
        Subject.FREQUENCY: {Test.IS: _IS, Test.IS_NOT: _IS_NOT},
        Subject.TOPIC: {Test.WANTS: _("they want to read about")},
        Subject.LANGUAGE: {Test.IS: _IS, Test.IS_NOT: _IS_NOT},
        Subject.JOINED: {
            Test.WITHIN_DAYS: _("in the last"),
            Test.NOT_WITHIN_DAYS: _("before the last"),
            Test.BEFORE: _("before"),
            Test.AFTER: _("after"),
        },
        Subject.LAST_SENT: {
            Test.WITHIN_DAYS: _("in the last"),
            Test.NOT_WITHIN_DAYS: _("not in the last"),
            Test.NEVER: _("never"),
        },
        Subject.TAG: {Test.HAS: _IS, Test.HAS_NOT: _IS_NOT},
        Subject.ATTRIBUTE: {
            Test.IS: _IS,
            Test.IS_NOT: _IS_NOT,
            Test.CONTAINS: _("contains"),
            Test.STARTS_WITH: _("starts with"),
            Test.GREATER: _("is greater than"),
            Test.LESS: _("is less than"),
            Test.BEFORE: _("is before"),
            Test.AFTER: _("is after"),
            Test.IS_SET: _("is known"),
            Test.IS_NOT_SET: _("is not known"),
        },
    }
)
_DAYS = frozenset({Test.WITHIN_DAYS, Test.NOT_WITHIN_DAYS})


class Asked(StrEnum):
    """What stands at the end of a condition."""

    NOTHING = "nothing"
    CHOICE = "choice"
    DAYS = "days"
    DAY = "day"
    NUMBER = "number"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Short name -> what people call it, of everything that a condition can name; attributes by their key."""

    named: Mapping[Subject, Mapping[str, str]]
    attributes: Mapping[str, SubscriberAttribute]

    @classmethod
    def of_today(cls) -> Vocabulary:
        """As many queries as there are kinds of things."""
        return cls(
            named={
                Subject.NEWSLETTER: dict(Newsletter.objects.order_by("name").values_list("slug", "name")),
                Subject.FREQUENCY: {value: str(label) for value, label in Frequency.choices},
                Subject.TOPIC: dict(Topic.objects.order_by("name").values_list("slug", "name")),
                Subject.LANGUAGE: {code: str(name) for code, name in settings.LANGUAGES},
                Subject.TAG: dict(SubscriberTag.objects.values_list("slug", "name")),
            },
            attributes={attribute.key: attribute for attribute in SubscriberAttribute.objects.all()},
        )

    def subjects(self, chosen: str) -> list[tuple[str | Promise, Choices]]:
        """In two groups; what nothing can be chosen for is left out, unless it was."""
        of_subscription: Choices = [
            (subject.value, label)
            for subject, label in OF_SUBSCRIPTION.items()
            if self.named.get(subject, True) or subject == chosen
        ]
        kept: Choices = [(f"{ATTRIBUTE}{key}", attribute.label) for key, attribute in self.attributes.items()]
        if self.named[Subject.TAG] or chosen == Subject.TAG:
            kept.insert(0, (Subject.TAG.value, _("Tag")))
        if chosen.startswith(ATTRIBUTE) and chosen.removeprefix(ATTRIBUTE) not in self.attributes:
            kept.append((chosen, gone(chosen.removeprefix(ATTRIBUTE))))
        return [(_("The subscription"), of_subscription), *([(_("What you keep about them"), kept)] if kept else [])]

    def tests(self, about: str) -> Choices:
        """How it can be compared, what is meant most often first."""
        subject = subject_of(about)
        allowed = TESTS[subject]
        if attribute := self.attributes.get(about.removeprefix(ATTRIBUTE)):
            allowed = KIND_TESTS[attribute.kind] if about.startswith(ATTRIBUTE) else allowed
        return [(test.value, TEST_WORDS[subject][test]) for test in allowed]

    def asks(self, about: str, test: str) -> Asked:
        """What it is compared with."""
        if test in BARE:
            return Asked.NOTHING
        if test in _DAYS:
            return Asked.DAYS
        subject = subject_of(about)
        if subject is Subject.JOINED:
            return Asked.DAY
        if subject is not Subject.ATTRIBUTE:
            return Asked.CHOICE
        attribute = self.attributes.get(about.removeprefix(ATTRIBUTE))
        kinds = {
            AttributeKind.NUMBER: Asked.NUMBER,
            AttributeKind.DATE: Asked.DAY,
            AttributeKind.BOOLEAN: Asked.CHOICE,
        }
        return kinds.get(AttributeKind(attribute.kind), Asked.TEXT) if attribute else Asked.TEXT

    def values(self, about: str) -> Choices:
        """What can be chosen, for a condition that asks for a choice."""
        subject = subject_of(about)
        if subject is Subject.ATTRIBUTE:
            return [("true", _("yes")), ("false", _("no"))]
        return list(self.named[subject].items())


def subject_of(about: str) -> Subject:
    return Subject.ATTRIBUTE if about.startswith(ATTRIBUTE) else Subject(about)


def gone(name: str) -> str:
    """What is shown for something that a condition names and that does not exist any more."""
    return str(_("%(name)s (does not exist any more)") % {"name": name})
