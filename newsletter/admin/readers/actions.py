"""What can be done to one reader or to many: what is said beforehand, what is asked, what is done."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from django.db.models import Count, Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from newsletter.admin.readers.action_forms import ActionForm, EndForm, EraseForm, ResendForm, TagForm, UntagForm
from newsletter.audience.in_bulk import ask_again, end_all, erase_all, open_subscriptions
from newsletter.audience.tags import tag, untag
from newsletter.engine.subscriptions import SubscriptionState
from newsletter.models import Subscription

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import AbstractUser
    from django.db.models import QuerySet
    from django.utils.functional import Promise

    from newsletter.models import Subscriber

#: What the evidence names as the place of an act in the admin.
SOURCE = "admin"


class Act(Protocol):
    """Does it; returns how many readers or subscriptions it changed."""

    def __call__(
        self, readers: QuerySet[Subscriber], chosen: dict[str, Any], *, by: AbstractUser, now: datetime
    ) -> int: ...


class Look(Protocol):
    """Says beforehand what will change and whom it will not touch, a sentence each."""

    def __call__(self, readers: QuerySet[Subscriber], count: int) -> list[str]: ...


class Done(Protocol):
    def __call__(self, count: int) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """`most` is how many readers one press may be for: beyond that the request would take too long.

    `about` is the section of a reader's page that offers it: `subscriptions`, `tags` or `person`.
    """

    name: str
    about: str
    label: str | Promise
    explanation: str | Promise
    permission: str
    form: type[ActionForm]
    look: Look
    act: Act
    done: Done
    most: int
    serious: bool = False


def look_at_tags(readers: QuerySet[Subscriber], count: int) -> list[str]:
    tagged = readers.filter(tags__isnull=False).distinct().count()
    return [
        ngettext(
            "It is for %(count)s reader, of whom %(tagged)s has tags now.",
            "It is for %(count)s readers, of whom %(tagged)s have tags now.",
            count,
        )
        % {"count": count, "tagged": tagged},
        _("Who has the tag already, or never had the one to be taken away, stays as they are."),
    ]


def add_tag(readers: QuerySet[Subscriber], chosen: dict[str, Any], *, by: AbstractUser, now: datetime) -> int:
    return tag(readers, chosen["tag"])


def remove_tag(readers: QuerySet[Subscriber], chosen: dict[str, Any], *, by: AbstractUser, now: datetime) -> int:
    return untag(readers, chosen["tag"])


def look_at_ending(readers: QuerySet[Subscriber], count: int) -> list[str]:
    open_ones = open_subscriptions(readers)
    of_each = open_ones.values_list("newsletter__name").annotate(number=Count("pk")).order_by("newsletter__name")
    lines = [
        ngettext("%(name)s: %(number)s subscription ends.", "%(name)s: %(number)s subscriptions end.", number)
        % {"name": name, "number": number}
        for name, number in of_each
    ]
    return [*lines, *_left_alone(readers.exclude(Exists(open_ones.filter(subscriber=OuterRef("pk")))).count())]


def _left_alone(count: int) -> list[str]:
    if not count:
        return []
    return [
        ngettext(
            "%(count)s reader has no open subscription: nothing changes for them.",
            "%(count)s readers have no open subscription: nothing changes for them.",
            count,
        )
        % {"count": count}
    ]


def end_subscriptions(readers: QuerySet[Subscriber], chosen: dict[str, Any], *, by: AbstractUser, now: datetime) -> int:
    wanted = open_subscriptions(readers, chosen["newsletter"])
    return end_all(wanted, detail=chosen["reason"], source=SOURCE, by=by, now=now)


def waiting(readers: QuerySet[Subscriber]) -> QuerySet[Subscription]:
    return Subscription.objects.pending().filter(subscriber__in=readers.order_by())


def look_at_resending(readers: QuerySet[Subscriber], count: int) -> list[str]:
    pending = waiting(readers)
    number = pending.count()
    others = count - pending.values("subscriber").distinct().count()
    return [
        ngettext(
            "%(number)s subscription waits for its reader to confirm: they get one mail.",
            "%(number)s subscriptions wait for their readers to confirm: each of them gets one mail.",
            number,
        )
        % {"number": number},
        ngettext(
            "%(others)s reader has confirmed or left, and gets nothing.",
            "%(others)s readers have confirmed or left, and get nothing.",
            others,
        )
        % {"others": others},
        _("Whoever was mailed less than 15 minutes ago, or four times today, gets it later: never one more."),
    ]


def resend(readers: QuerySet[Subscriber], chosen: dict[str, Any], *, by: AbstractUser, now: datetime) -> int:
    return ask_again(readers, source=SOURCE, by=by, now=now)


def look_at_erasing(readers: QuerySet[Subscriber], count: int) -> list[str]:
    confirmed = readers.filter(
        Exists(Subscription.objects.filter(subscriber=OuterRef("pk"), state=SubscriptionState.CONFIRMED))
    ).count()
    return [
        ngettext("%(count)s reader is erased.", "%(count)s readers are erased.", count) % {"count": count},
        ngettext(
            "%(count)s of them gets mail now and will get no more.",
            "%(count)s of them get mail now and will get no more.",
            confirmed,
        )
        % {"count": confirmed},
        _(
            "Name, address, tags, notes and everything else that names them goes. The counts of sent campaigns stay, "
            "and a keyed hash of each address, so that no import brings it back. It can't be undone."
        ),
    ]


def erase_readers(readers: QuerySet[Subscriber], chosen: dict[str, Any], *, by: AbstractUser, now: datetime) -> int:
    return erase_all(readers, now=now)


ACTIONS = MappingProxyType(
    {
        action.name: action
        for action in (
            Action(
                name="tag",
                about="tags",
                label=gettext_lazy("Add a tag"),
                explanation=gettext_lazy("A tag is a word of yours. Readers may see it when they ask what we keep."),
                permission="newsletter.change_subscriber",
                form=TagForm,
                look=look_at_tags,
                act=add_tag,
                done=lambda count: (
                    ngettext("%(count)s reader was tagged.", "%(count)s readers were tagged.", count) % {"count": count}
                ),
                most=100_000,
            ),
            Action(
                name="untag",
                about="tags",
                label=gettext_lazy("Remove a tag"),
                explanation=gettext_lazy("The tag itself stays, for other readers."),
                permission="newsletter.change_subscriber",
                form=UntagForm,
                look=look_at_tags,
                act=remove_tag,
                done=lambda count: (
                    ngettext("%(count)s reader lost the tag.", "%(count)s readers lost the tag.", count)
                    % {"count": count}
                ),
                most=100_000,
            ),
            Action(
                name="end",
                about="subscriptions",
                label=gettext_lazy("End subscriptions"),
                explanation=gettext_lazy(
                    "For readers who asked you in some other way, such as in person or by mail. Only a fresh opt-in of "
                    "their own starts it again."
                ),
                permission="newsletter.change_subscriber",
                form=EndForm,
                look=look_at_ending,
                act=end_subscriptions,
                done=lambda count: (
                    ngettext("%(count)s subscription ended.", "%(count)s subscriptions ended.", count)
                    % {"count": count}
                ),
                most=20_000,
                serious=True,
            ),
            Action(
                name="resend",
                about="subscriptions",
                label=gettext_lazy("Ask again to confirm"),
                explanation=gettext_lazy(
                    "For readers who say that the mail never came. Without their own confirmation nothing else is "
                    "mailed to them, and a sign-up that is not confirmed within a week is forgotten."
                ),
                permission="newsletter.change_subscriber",
                form=ResendForm,
                look=look_at_resending,
                act=resend,
                done=lambda count: (
                    ngettext("%(count)s reader is asked again.", "%(count)s readers are asked again.", count)
                    % {"count": count}
                ),
                most=200,
            ),
            Action(
                name="erase",
                about="person",
                label=gettext_lazy("Erase"),
                explanation=gettext_lazy("For readers who asked to be forgotten (GDPR article 17)."),
                permission="newsletter.erase_subscriber",
                form=EraseForm,
                look=look_at_erasing,
                act=erase_readers,
                done=lambda count: (
                    ngettext("%(count)s reader was erased.", "%(count)s readers were erased.", count) % {"count": count}
                ),
                most=500,
                serious=True,
            ),
        )
    }
)
