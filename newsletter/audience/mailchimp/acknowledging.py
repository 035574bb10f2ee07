"""What the owner agrees to before readers are handed to Mailchimp; each version of it has a name in what is kept."""

from __future__ import annotations

from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext_lazy as _
from wagtail.log_actions import log

from newsletter.models import MailchimpAudience

if TYPE_CHECKING:
    from django.utils.functional import Promise

#: Kept with the acknowledgement. Changed sentences are a new version, which everybody has to agree to anew.
VERSION = "2026-11"
#: What is ticked one by one, in the order of the page.
SENTENCES: MappingProxyType[str, str | Promise] = MappingProxyType(
    {
        "no_health_data": _(
            "Mailchimp (Intuit Inc., United States) signs no business associate agreement (HIPAA) and excludes health "
            "data in its terms. I use it for readers of a publication and put no health data there."
        ),
        "no_patients": _(
            "No list of patients is brought there, and no issue of this newsletter tells who is anybody’s patient."
        ),
        "what_goes": _(
            "What is named above goes there, and nothing else: no topics, no tags of ours, no notes. I change none "
            "of this over there, and leave tracking of opens and clicks off."
        ),
        "readers_know": _(
            "Readers who signed up before were told that their address is not passed on. I have told them of "
            "Mailchimp, or I do before the next issue goes out."
        ),
    }
)
#: What always goes there, and what may.
ALWAYS = ("address", "language")
FIELDS: MappingProxyType[str, str | Promise] = MappingProxyType(
    {"address": _("address"), "language": _("language"), "name": _("name")}
)
ACKNOWLEDGED = "newsletter.mailchimp_acknowledged"


class NotTickedError(Exception):
    """Each sentence has to be ticked; nothing was kept."""


def named_fields(audience: MailchimpAudience) -> list[str]:
    """What of a reader goes there, in the order of `FIELDS`."""
    wanted = {*ALWAYS, *audience.merge_fields.values()}
    return [name for name in FIELDS if name in wanted]


def is_acknowledged(audience: MailchimpAudience) -> bool:
    """Whether somebody agreed to the present wording, for this audience and for what goes there now."""
    return audience.acknowledged_at is not None and audience.acknowledged == _content(audience)


def acknowledge(audience: MailchimpAudience, *, ticked: set[str], by: AbstractBaseUser | None, now: datetime) -> None:
    """Keep that it was agreed to, by whom and when.

    Raises:
        NotTickedError: not all of it.
    """
    if ticked != set(SENTENCES):
        raise NotTickedError
    audience.acknowledged, audience.acknowledged_at = _content(audience), now
    audience.acknowledged_by_id = by.pk if by else None
    audience.save(update_fields=["acknowledged", "acknowledged_at", "acknowledged_by"])
    log(instance=audience.newsletter, action=ACKNOWLEDGED, user=by, data=audience.acknowledged)


def _content(audience: MailchimpAudience) -> dict[str, Any]:
    return {"wording": VERSION, "fields": named_fields(audience), "list": audience.list_id}
