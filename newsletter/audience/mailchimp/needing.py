"""What the account in use is still needed for."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from newsletter.audience.mailchimp import former
from newsletter.models import MailchimpAudience, MailchimpMember


def why_needed() -> list[str]:
    """For people, with what to do; empty when it can be let go of, or another one take its place."""
    reasons = [
        _("Mailchimp sends the issues of “%(newsletter)s”. Switch that off first.") % {"newsletter": used.newsletter}
        for used in MailchimpAudience.objects.exclude(switched_on_at=None).select_related("newsletter")
    ]
    if erasing := MailchimpMember.objects.filter(erasing=True).count() + former.waiting().count():
        reasons.append(
            ngettext(
                "%(count)d reader who was erased here is still to be deleted there. That is done by itself while the "
                "key works: wait for it.",
                "%(count)d readers who were erased here are still to be deleted there. That is done by itself while "
                "the key works: wait for it.",
                erasing,
            )
            % {"count": erasing}
        )
    return reasons
