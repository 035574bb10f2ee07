"""What is known of the account: its audiences with their segments, tags and fields. Fetched in tasks, read by pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from newsletter.audience.mailchimp import former
from newsletter.audience.mailchimp.account import account, backend, has_key_of_environment
from newsletter.audience.mailchimp.said import AUDIENCE_IS_GONE
from newsletter.audience.mailchimp.tasks import ask_for
from newsletter.backends.mailchimp.answers import Audience, MergeField, Segment
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.errors import NotFoundError
from newsletter.backends.mailchimp.ids import read_key
from newsletter.models import MailchimpAccount, MailchimpAudience, RemoteTask, RemoteTaskKind, RemoteTaskState

#: What the task is about: an id of a list.
LOOKED_AT = "list"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAudience:
    """As it was when it was fetched last. `segments` (tags too) and `merge_fields` are None until they were fetched."""

    id: str
    name: str
    members: int
    segments: tuple[Segment, ...] | None
    merge_fields: tuple[MergeField, ...] | None

    def segment(self, segment_id: int | None) -> Segment | None:
        return next((one for one in self.segments or () if one.id == segment_id), None)


def known_audiences(kept: MailchimpAccount | None = None) -> list[KnownAudience]:
    """All of the account, by name; empty before the first check."""
    kept = kept or account()
    entries = [_known(entry) for entry in kept.audiences] if kept else []
    return sorted(entries, key=lambda entry: (entry.name.casefold(), entry.id))


def known_audience(list_id: str) -> KnownAudience | None:
    """None: the account has no such audience, or not any more."""
    return next((entry for entry in known_audiences() if entry.id == list_id), None)


def ask_for_audience(list_id: str, *, now: datetime) -> RemoteTask:
    """Have segments, tags and fields of one audience fetched."""
    return ask_for(RemoteTaskKind.FETCH_AUDIENCE, name=fetching(list_id), about={LOOKED_AT: list_id}, now=now)


def fetching(list_id: str) -> str:
    """The name of the task that fetches it."""
    return f"{RemoteTaskKind.FETCH_AUDIENCE.value}:{list_id}"


def check_account(task: RemoteTask, api: Mailchimp, now: datetime) -> None:
    """A turn: whether the key opens something, what it is called, and which audiences there are."""
    task.said = ""
    before = account()
    if before is None:
        return
    api.ping()
    name = api.account().name
    found = list(api.audiences())
    task.done = task.total = len(found)

    def keep(kept: MailchimpAccount) -> None:
        known = {entry["id"]: entry for entry in kept.audiences}
        kept.audiences = [_entry(one, before=known.get(one.id)) for one in found]
        kept.name, kept.checked_at, kept.problem = name[:200], now, ""
        if has_key_of_environment():
            parts = read_key(backend().api_key)
            kept.data_centre, kept.hint = parts.data_centre, parts.hint

    if _change(before, keep):
        hurry_what_waited(now)


def fetch_audience(task: RemoteTask, api: Mailchimp, now: datetime) -> None:
    """A turn: one audience with all its segments, tags and fields. One that is gone is forgotten."""
    task.said = ""
    before, list_id = account(), str(task.about[LOOKED_AT])
    if before is None:
        return
    try:
        found = api.audience(list_id)
    except NotFoundError:
        _change(before, lambda kept: _replace(kept, list_id, None))
        task.said = AUDIENCE_IS_GONE
        return
    segments, fields = list(api.segments(list_id)), list(api.merge_fields(list_id))
    entry = _entry(found) | {
        "segments": [asdict(one) for one in segments],
        "merge_fields": [asdict(one) for one in fields],
    }
    _change(before, lambda kept: _replace(kept, list_id, entry))
    MailchimpAudience.objects.filter(list_id=list_id).update(list_name=found.name[:200])
    names = {one.id: one.name[:200] for one in segments}
    for chosen in MailchimpAudience.objects.filter(list_id=list_id, segment_id__in=names):
        MailchimpAudience.objects.filter(pk=chosen.pk, segment_id=chosen.segment_id).update(
            segment_name=names[chosen.segment_id or 0]
        )
    task.done = task.total = len(segments) + len(fields)


def hurry_what_waited(now: datetime) -> None:
    """The key is good: what could not be done without one, or while nobody answered, is tried at once."""
    waiting = RemoteTask.objects.filter(state=RemoteTaskState.PENDING, attempts__gt=0, next_attempt_at__gt=now)
    waiting.update(next_attempt_at=now)


def _change(before: MailchimpAccount, change: Callable[[MailchimpAccount], None]) -> bool:
    """Keep what was found, unless the account was disconnected or given another key meanwhile."""
    with transaction.atomic():
        same = MailchimpAccount.objects.select_for_update().filter(pk=before.pk, connected_at=before.connected_at)
        for kept in same:
            change(kept)
            kept.save()
            return True
    return False


def _replace(kept: MailchimpAccount, list_id: str, entry: Mapping[str, Any] | None) -> None:
    others = [known for known in kept.audiences if known["id"] != list_id]
    before = next((known for known in kept.audiences if known["id"] == list_id), None)
    kept.audiences = [*others, *([{**entry, **former.carried_over(before)}] if entry else [])]


def _entry(found: Audience, *, before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    known = before or {"segments": None, "merge_fields": None}
    return asdict(found) | {name: known[name] for name in ("segments", "merge_fields")} | former.carried_over(before)


def _known(entry: Mapping[str, Any]) -> KnownAudience:
    segments, fields = entry["segments"], entry["merge_fields"]
    return KnownAudience(
        id=entry["id"],
        name=entry["name"],
        members=entry["members"],
        segments=None if segments is None else tuple(Segment(**one) for one in segments),
        merge_fields=None if fields is None else tuple(MergeField(**one) for one in fields),
    )
