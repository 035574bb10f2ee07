"""Connecting the account and letting go of it: what a person does, and what is known of how it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from newsletter.audience.mailchimp.account import account, keep_key
from newsletter.audience.mailchimp.needing import why_needed
from newsletter.audience.mailchimp.tasks import UNFINISHED, ask_for, last_of
from newsletter.models import (
    MailchimpAccount,
    RemoteTask,
    RemoteTaskKind,
    RemoteTaskState,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

CONNECTED, DISCONNECTED = "newsletter.mailchimp_connected", "newsletter.mailchimp_disconnected"


class StillNeededError(Exception):
    """The account can't be let go of; `reasons` say why and what to do, for people."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


class Standing(StrEnum):
    NONE = "none"  #: nobody has connected anything
    CHECKING = "checking"  #: asked, and not answered yet
    CONNECTED = "connected"
    REFUSED = "refused"  #: the key opens nothing now; `said` tells what to do


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStanding:
    standing: Standing
    said: str = ""
    kept: MailchimpAccount | None = None


def standing() -> AccountStanding:
    """How it stands with the account."""
    kept = account()
    if kept is None:
        return AccountStanding(standing=Standing.NONE)
    if kept.problem:
        return AccountStanding(standing=Standing.REFUSED, said=kept.problem, kept=kept)
    task = last_of(RemoteTaskKind.CHECK_ACCOUNT.value)
    if task is not None and task.state in UNFINISHED:
        return AccountStanding(standing=Standing.CHECKING, said=task.said if task.attempts else "", kept=kept)
    if kept.checked_at is not None:
        return AccountStanding(standing=Standing.CONNECTED, kept=kept)
    return AccountStanding(standing=Standing.REFUSED, said=task.said if task else "", kept=kept)


def is_connected() -> bool:
    """Whether something can be asked for and will be done; a check that goes on at the moment is no hindrance."""
    kept = account()
    return kept is not None and kept.checked_at is not None and not kept.problem


def connect_account(
    key: str, *, by: AbstractBaseUser | None, now: datetime, may_be_another: bool = False
) -> MailchimpAccount:
    """Keep the key (the environment's goes before it) and have it tried.

    `may_be_another`: it may open another account than the one in use, although that is still needed.

    Raises:
        KeyRefusedError: it can't be a key; nothing was changed.
    """
    with transaction.atomic():
        kept = keep_key(key, by=by, now=now, may_be_another=may_be_another)
        ask_for(RemoteTaskKind.CHECK_ACCOUNT, by=by, now=now)
        log(instance=kept, action=CONNECTED, user=by)
    return kept


def check_again(*, by: AbstractBaseUser | None, now: datetime) -> None:
    """Have the key tried and the audiences listed anew. What is known stays until the answer is there."""
    with transaction.atomic():
        MailchimpAccount.objects.update(problem="")
        ask_for(RemoteTaskKind.CHECK_ACCOUNT, by=by, now=now)


def why_not_disconnect() -> list[str]:
    """What the account is still needed for; empty when it can be let go of."""
    reasons = why_needed()
    kept = account()
    if kept is not None and not kept.problem and hooks_on_their_way_out().exists():
        reasons.append(_("A webhook is being removed over there. Wait a moment, then disconnect."))
    return reasons


def hooks_on_their_way_out() -> QuerySet[RemoteTask]:
    return RemoteTask.objects.filter(kind=RemoteTaskKind.REMOVE_HOOK, state__in=UNFINISHED)


def disconnect(*, by: AbstractBaseUser | None, now: datetime) -> None:
    """Forget key and account. What was chosen for newsletters stays, for the day that it is connected again.

    So do the numbers of campaigns that went out: they are fetched when there is a key again.

    Raises:
        StillNeededError: something depends on it.
    """
    with transaction.atomic():
        for kept in MailchimpAccount.objects.select_for_update():
            if reasons := why_not_disconnect():
                raise StillNeededError(reasons)
            log(instance=kept, action=DISCONNECTED, user=by, deleted=True)
            kept.delete()
        ended = RemoteTask.objects.filter(state=RemoteTaskState.PENDING).exclude(kind=RemoteTaskKind.REPORT)
        ended.update(state=RemoteTaskState.FAILED, settled_at=now, said=_("Mailchimp was disconnected."))
