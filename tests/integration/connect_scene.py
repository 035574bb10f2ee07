"""An account at Mailchimp as it is known after a good check, for tests of the pages about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone

from newsletter.audience.mailchimp.account import keep_key
from newsletter.audience.mailchimp.acknowledging import SENTENCES, acknowledge
from newsletter.audience.mailchimp.choosing import choose_audience
from newsletter.issues.switching_over import switch_on
from newsletter.models import MailchimpAccount, RemoteTask

if TYPE_CHECKING:
    from newsletter.models import MailchimpAudience, Newsletter

KEY = "0123456789abcdef0123456789abcdef-us21"
READERS, CLIENTS = "aaaaaaaa01", "bbbbbbbb02"


def audience_entry(list_id: str, name: str, *, members: int = 1204, **fields: Any) -> dict[str, Any]:
    segments = [
        {"id": 7, "name": "Colleagues", "kind": "tag", "members": 12},
        {"id": 8, "name": "Opened lately", "kind": "segment", "members": 300},
    ]
    merge_fields = [
        {"tag": "FNAME", "name": "First Name", "type": "text", "required": False},
        {"tag": "BIRTHDAY", "name": "Birthday", "type": "birthday", "required": False},
    ]
    return {
        "id": list_id,
        "name": name,
        "members": members,
        "segments": segments,
        "merge_fields": merge_fields,
        **fields,
    }


def make_account(*audiences: dict[str, Any], **fields: Any) -> MailchimpAccount:
    """Connected, with two audiences unless told otherwise."""
    known = list(audiences) or [
        audience_entry(READERS, "Practice readers"),
        audience_entry(CLIENTS, "Other letters", members=3),
    ]
    kept = keep_key(KEY, by=None, now=timezone.now())
    given = {"audiences": known, "name": "Quiet Practice", "checked_at": timezone.now(), **fields}
    MailchimpAccount.objects.filter(pk=kept.pk).update(**given)
    kept.refresh_from_db()
    return kept


def choose(newsletter: Newsletter, list_id: str = READERS) -> MailchimpAudience:
    return choose_audience(newsletter, list_id, by=None, now=timezone.now())


def agree(audience: MailchimpAudience) -> None:
    acknowledge(audience, ticked=set(SENTENCES), by=None, now=timezone.now())


def make_ready(newsletter: Newsletter) -> MailchimpAudience:
    """Chosen and agreed to, with nothing left to do."""
    make_account()
    audience = choose(newsletter)
    RemoteTask.objects.all().delete()
    agree(audience)
    return audience


def on(newsletter: Newsletter) -> MailchimpAudience:
    return switch_on(newsletter, by=None, now=timezone.now())


def page_of(name: str, newsletter: Newsletter | None = None) -> str:
    return reverse(f"newsletter_mailchimp:{name}", args=[newsletter.pk] if newsletter else [])
