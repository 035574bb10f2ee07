"""Which audience belongs to a newsletter, which part of it is mailed, and what of a reader goes there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from newsletter.audience.mailchimp import former
from newsletter.audience.mailchimp.connecting import hooks_on_their_way_out
from newsletter.audience.mailchimp.listing import KnownAudience, ask_for_audience, known_audience
from newsletter.audience.mailchimp.newcomers import hold_the_list
from newsletter.backends.mailchimp.answers import MergeField
from newsletter.models import MailchimpAudience, MailchimpMember, Newsletter, NewThere, RemoteTaskKind

#: What a merge field may be given. Topics never go there.
OURS = ("name", "language")
#: Of Mailchimp's kinds of merge fields, those that hold any words.
_HOLDS_WORDS = "text"


class ChoiceRefusedError(Exception):
    """Nothing was changed; the text says why and what to do, for people."""


def of_newsletter(newsletter: Newsletter) -> MailchimpAudience | None:
    """What was chosen for it; None before anything was."""
    return MailchimpAudience.objects.filter(newsletter=newsletter).select_related("acknowledged_by").first()


def task_name(kind: RemoteTaskKind, audience: MailchimpAudience) -> str:
    """Of one of the tasks that an audience has."""
    return f"{kind.value}:{audience.pk}"


def why_fixed(newsletter: Newsletter) -> str:
    """Why audience, part and fields can't be changed now; empty when they can. Campaigns are over before it is off."""
    audience = of_newsletter(newsletter)
    if audience is None or audience.switched_on_at is None:
        return ""
    return _("It is switched on. Switch it off first; readers over there stay there.")


def users_of(list_id: str, *, besides: Newsletter) -> list[Newsletter]:
    """Other newsletters that this audience was chosen for."""
    return list(Newsletter.objects.filter(mailchimp__list_id=list_id).exclude(pk=besides.pk))


def choose_audience(
    newsletter: Newsletter, list_id: str, *, by: AbstractBaseUser | None, now: datetime
) -> MailchimpAudience:
    """Choose it and have its segments, tags and fields fetched. Another one than before begins from nothing.

    Raises:
        ChoiceRefusedError: there is no such audience, another newsletter has it, or it can't be changed now.
    """
    with transaction.atomic():
        hold_the_list()  # whoever is erased meanwhile finds this audience, or the next one and this as a former one
        locked = Newsletter.objects.select_for_update().get(pk=newsletter.pk)
        _refuse_if_fixed(locked)
        known = _of_account(list_id)
        # Whoever unsubscribes over there leaves the audience, and would leave both newsletters.
        if others := users_of(list_id, besides=locked):
            raise ChoiceRefusedError(
                _(
                    "“%(other)s” has this audience. Who unsubscribes at Mailchimp leaves the whole audience, and would "
                    "leave both newsletters: choose another audience."
                )
                % {"other": others[0]}
            )
        before = of_newsletter(locked)
        if before is not None and before.list_id != list_id:
            _let_go(before)
            before = None
        audience = before or MailchimpAudience(newsletter=locked, list_id=list_id)
        audience.list_name = known.name[:200]
        audience.save()
        ask_for_audience(list_id, now=now)
    return audience


def choose_part(audience: MailchimpAudience, segment_id: int | None) -> None:
    """A segment or a tag of the audience; None for all of it.

    Raises:
        ChoiceRefusedError: it has none such, or it can't be changed now.
    """
    with transaction.atomic():
        locked = _locked(audience)
        found = _of_account(locked.list_id).segment(segment_id) if segment_id is not None else None
        if segment_id is not None and found is None:
            raise ChoiceRefusedError(_("The audience has no such segment or tag any more. Fetch again, then choose."))
        locked.segment_id = found.id if found else None
        locked.segment_name = found.name[:200] if found else ""
        locked.save(update_fields=["segment_id", "segment_name"])


def can_hold(field: MergeField) -> bool:
    """Whether something of ours fits into it."""
    return field.type == _HOLDS_WORDS


def map_fields(audience: MailchimpAudience, mapping: Mapping[str, str]) -> None:
    """Mailchimp's merge tag -> `name` or `language`. What was agreed to before holds only for the same fields.

    Raises:
        ChoiceRefusedError: no such field, nothing that could go there, or it can't be changed now.
    """
    with transaction.atomic():
        locked = _locked(audience)
        offered = {field.tag for field in _of_account(locked.list_id).merge_fields or () if can_hold(field)}
        chosen = {tag: ours for tag, ours in mapping.items() if ours}
        if not chosen.keys() <= offered or not set(chosen.values()) <= set(OURS):
            raise ChoiceRefusedError(_("The audience has other fields now. Fetch again, then choose."))
        locked.merge_fields = chosen
        locked.save(update_fields=["merge_fields"])


def choose_new_there(audience: MailchimpAudience, new_there: NewThere) -> None:
    """How readers who are new over there begin; holds for those who are brought there from now on."""
    MailchimpAudience.objects.filter(pk=audience.pk).update(new_there=new_there)


def unmet(audience: MailchimpAudience, known: KnownAudience) -> list[MergeField]:
    """Fields that the audience requires and that get nothing from here: without them it takes nobody."""
    return [field for field in known.merge_fields or () if field.required and field.tag not in audience.merge_fields]


def _locked(audience: MailchimpAudience) -> MailchimpAudience:
    newsletter = Newsletter.objects.select_for_update().get(pk=audience.newsletter_id)
    _refuse_if_fixed(newsletter)
    return MailchimpAudience.objects.select_for_update().get(pk=audience.pk)


def _refuse_if_fixed(newsletter: Newsletter) -> None:
    if reason := why_fixed(newsletter):
        raise ChoiceRefusedError(reason)


def _of_account(list_id: str) -> KnownAudience:
    known = known_audience(list_id)
    if known is None:
        raise ChoiceRefusedError(_("The account has no such audience any more. Fetch again, then choose."))
    return known


def _let_go(audience: MailchimpAudience) -> None:
    """Forget what is known of its members, once nothing has to be done over there any more."""
    if MailchimpMember.objects.filter(audience=audience, erasing=True).exists():
        raise ChoiceRefusedError(
            _("Readers who were erased here are still being deleted from “%(audience)s”. Try again in a minute.")
            % {"audience": audience}
        )
    if hooks_on_their_way_out().filter(name=task_name(RemoteTaskKind.REMOVE_HOOK, audience)).exists():
        raise ChoiceRefusedError(
            _("The webhook of “%(audience)s” is still being removed. Try again in a minute.") % {"audience": audience}
        )
    former.remember(audience)
    audience.delete()
