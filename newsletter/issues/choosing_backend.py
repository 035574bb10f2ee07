"""Choosing who mails a newsletter: what there is to choose, what stands against a change, and the change itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from wagtail.log_actions import log

from newsletter.audience.mailchimp.account import BACKEND as MAILCHIMP
from newsletter.backends import registry
from newsletter.engine.machine import CampaignState
from newsletter.issues.errors import IssueError
from newsletter.models import Campaign, Frequency, MailchimpAudience, Newsletter, Schedule, Subscription

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from django.contrib.auth.models import AbstractBaseUser
    from django.db.models import QuerySet

BACKEND_CHANGED = "newsletter.backend_changed"
#: Campaigns that still belong to the backend they were scheduled with.
UNFINISHED = (
    CampaignState.SCHEDULED,
    CampaignState.PREPARING,
    CampaignState.SENDING,
    CampaignState.PAUSED,
    CampaignState.WAITING,
    CampaignState.HELD,
)
#: More are counted, not named.
_NAMED = 3


class BackendRefusedError(IssueError):
    """It can't be mailed by that backend now; the text says why and what to do. Nothing was changed."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


class BackendChangedError(IssueError):
    """Another backend was chosen meanwhile; what was looked at does not hold any more."""


def message_backends() -> list[str]:
    """Those of the settings that can be chosen without more ado: they mail our own readers."""
    return [name for name in registry.configured() if not registry.abilities(name).holds_audience]


def in_words(name: str) -> str:
    """What an owner calls it."""
    if name == registry.DEFAULT:
        return _("this site’s mail server (default)")
    if name == MAILCHIMP:
        return "Mailchimp"
    if name in registry.configured():
        return _("“%(name)s”, as this site’s settings call it") % {"name": name}
    return _("“%(name)s”, which this site’s settings don’t have") % {"name": name}


def unfinished(newsletter: Newsletter) -> QuerySet[Campaign]:
    """Its campaigns that something is still to become of, the next one first."""
    found = Campaign.objects.filter(newsletter=newsletter, state__in=UNFINISHED)
    return found.defer("compiled", "web_html", "web_text").order_by("scheduled_at", "pk")


def what_stands_against(newsletter: Newsletter, name: str = MAILCHIMP) -> list[str]:
    """Why it can't be mailed by this backend from now on, each with what to do; empty when it can."""
    if name == newsletter.backend:
        return []
    if name not in registry.configured():
        return [_("There is no backend “%(name)s” in NEWSLETTER_BACKENDS. Choose another one.") % {"name": name[:40]}]
    return [*_campaigns(newsletter), *_schedules(newsletter, name)]


def what_readers_lose(newsletter: Newsletter, *, now: datetime, name: str = MAILCHIMP) -> list[str]:
    """What readers chose here that this backend will not keep to; stops nothing, but an owner has to know it."""
    can = registry.abilities(name)
    readers = Subscription.objects.confirmed().filter(newsletter=newsletter)
    found: list[str] = []
    if not can.narrows:
        found += _of_pauses(readers.filter(paused_until__gt=now).count(), in_words(name))
        found += _of_frequencies(readers.exclude(frequency=Frequency.EACH_STORY).count())
    if not can.fits_reader:
        found += _of_topics(readers.exclude(topics=None).distinct().count())
    return found


def choose_backend(newsletter: Newsletter, name: str, *, user: AbstractBaseUser | None = None) -> bool:
    """Mail it by this backend from now on; False when it was so already.

    The newsletter's row is locked: whatever is scheduled at the same time is either seen here or sees the new one.

    Raises:
        BackendRefusedError: no such backend, a campaign is under way, a schedule would mean something else, or its
            audience over there is not switched on.
    """
    with transaction.atomic():
        kept = Newsletter.objects.select_for_update().get(pk=newsletter.pk)
        if kept.backend == name:
            newsletter.backend = name
            return False
        if reasons := [*what_stands_against(kept, name), *_audience(kept, name)]:
            raise BackendRefusedError(reasons)
        before, kept.backend = kept.backend, name
        kept.save(update_fields=["backend"])
        log(instance=kept, action=BACKEND_CHANGED, user=user, data={"before": before, "after": name})
    newsletter.backend = name
    return True


def hold_backend(newsletter: Newsletter) -> None:
    """Keep its backend what it is until the transaction ends: call it inside one, before a campaign is made.

    Readers can subscribe meanwhile: their rows refer to the newsletter's key, which nobody changes.

    Raises:
        BackendChangedError: it is another one by now than when `newsletter` was read.
    """
    if Newsletter.objects.select_for_update(no_key=True).get(pk=newsletter.pk).backend != newsletter.backend:
        raise BackendChangedError(
            _("Who mails %(newsletter)s was changed just now. Look at this page again, then confirm.")
            % {"newsletter": newsletter.name}
        )


def _of_pauses(count: int, service: str) -> Iterator[str]:
    if count:
        yield ngettext(
            "%(count)d reader takes a pause: %(service)s mails them all the same if it has them already, and gets "
            "them when the pause ends if not.",
            "%(count)d readers take a pause: %(service)s mails those all the same whom it has already, and gets the "
            "others when their pause ends.",
            count,
        ) % {"count": count, "service": service}


def _of_frequencies(count: int) -> Iterator[str]:
    if count:
        yield ngettext(
            "%(count)d reader chose once a week or once a month, and would get every issue.",
            "%(count)d readers chose once a week or once a month, and would get every issue.",
            count,
        ) % {"count": count}


def _of_topics(count: int) -> Iterator[str]:
    if count:
        yield ngettext(
            "%(count)d reader chose topics, and would get all stories.",
            "%(count)d readers chose topics, and would get all stories.",
            count,
        ) % {"count": count}


def _campaigns(newsletter: Newsletter) -> Iterator[str]:
    found = list(unfinished(newsletter))
    if not found:
        return
    subjects = [campaign.subject for campaign in found]
    yield ngettext(
        "%(subjects)s is not finished. Wait until it was sent, or cancel it under Campaigns; then change this.",
        "%(subjects)s are not finished. Wait until they were sent, or cancel them under Campaigns; then change this.",
        len(found),
    ) % {"subjects": _named(subjects)}


def _schedules(newsletter: Newsletter, name: str) -> Iterator[str]:
    """Rules mean the readers of one frequency where the backend can narrow, and everybody where it can't."""
    if registry.abilities(name).narrows == newsletter.can.narrows:
        return
    active = Schedule.objects.filter(newsletter=newsletter, active=True)
    labels = [str(schedule.get_frequency_display()) for schedule in active]
    if not labels:
        return
    values = {"schedules": _named(labels)}
    if registry.abilities(name).narrows:
        yield (
            _(
                "What goes out by itself (%(schedules)s) goes to everybody now, and would go to the readers of one "
                "frequency only. Switch it off under Schedules, change this, then switch it on again."
            )
            % values
        )
    else:
        yield (
            _(
                "What goes out by itself (%(schedules)s) goes to the readers of one frequency now, and would go to "
                "everybody. Switch it off under Schedules, change this, then switch on one of them again."
            )
            % values
        )


def _audience(newsletter: Newsletter, name: str) -> Iterator[str]:
    if not registry.abilities(name).holds_audience:
        return
    ready = MailchimpAudience.objects.filter(newsletter=newsletter)
    if not ready.exclude(acknowledged_at=None).exclude(switched_on_at=None).exists():
        yield _("Its audience there is not acknowledged and switched on yet. Connect it under Mailchimp first.")


def _named(names: list[str]) -> str:
    """Such as “A”, “B” and 3 more."""
    shown = ", ".join(f"“{name}”" for name in names[:_NAMED])
    if len(names) <= _NAMED:
        return shown
    return _("%(names)s and %(count)d more") % {"names": shown, "count": len(names) - _NAMED}
