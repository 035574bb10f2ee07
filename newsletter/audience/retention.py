"""How long each kind of record is kept, and in which words readers and owners are told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from blog.problems.purge import ADDRESSES_KEPT
from newsletter.models import RetentionSettings

if TYPE_CHECKING:
    from django.utils.functional import Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of record. `setting` is the field of `RetentionSettings` that says how many days it is kept; empty for
    one whose `days` are fixed, because a form promises them.
    """

    setting: str = ""
    days: int = 0
    what: str | Promise  #: what is kept, and since when its days are counted
    then: str | Promise  #: what becomes of it
    public: bool = True  #: whether readers are told on the privacy page


KINDS = (
    Kind(
        setting="pending_sign_ups",
        what=_("A sign-up that was not confirmed"),
        then=_("It is deleted, address and all."),
    ),
    Kind(
        setting="client_hashes",
        what=_("The network address a consent came from, as a keyed hash"),
        then=_("The hash is emptied. The consent itself stays, as the proof that the law asks for."),
    ),
    Kind(
        setting="single_mails",
        what=_("The record that a confirmation or another single mail was sent"),
        then=_("It is deleted. Its content was emptied as soon as it was sent."),
    ),
    Kind(
        setting="former_readers",
        what=_("Name, address and preferences of a reader, after unsubscribing"),
        then=_("They are deleted. A keyed hash of the address stays, so that no import writes to it again."),
    ),
    Kind(
        setting="delivery_addresses",
        what=_("To which address an issue was sent, and what the mail server answered"),
        then=_("Address and answer are emptied. The counts stay."),
    ),
    Kind(
        setting="import_files",
        what=_("A file of readers that was imported, and the list of its errors"),
        then=_("It is deleted. Who imported how many, and when, stays."),
    ),
    Kind(
        setting="export_records",
        what=_("Who took readers out as a file, and when"),
        then=_("The record is deleted."),
        public=False,
    ),
    Kind(
        setting="webhook_records",
        what=_("What another program of ours was told about a subscription"),
        then=_("The record is deleted."),
    ),
    Kind(
        days=ADDRESSES_KEPT.days,
        what=_("The address of somebody who reported a problem, after it was settled"),
        then=_("The address is emptied. The report stays."),
    ),
    Kind(
        setting="task_results",
        what=_("The results of background work, which name no reader"),
        then=_("They are deleted."),
        public=False,
    ),
)


def retention() -> RetentionSettings:
    """What the owner has set, or the defaults; reading it writes nothing."""
    return RetentionSettings.objects.first() or RetentionSettings()


def days_of(kind: Kind, settings: RetentionSettings) -> int:
    """How many days a kind is kept."""
    return int(getattr(settings, kind.setting)) if kind.setting else kind.days


def kept(setting: str) -> timedelta:
    """How long records of a kind are kept.

    Raises:
        AttributeError: there is no such kind.
    """
    return timedelta(days=getattr(retention(), setting))
