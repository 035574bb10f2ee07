"""A notice on the admin's first page while something at Mailchimp needs somebody who may connect newsletters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wagtail.admin.ui.components import Component

from core.refusals import may
from newsletter.admin.mailchimp.access import CONNECT
from newsletter.audience.mailchimp.account import account
from newsletter.models import MailchimpAudience

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser
    from django.db.models import QuerySet


class MailchimpPanel(Component):
    name = "newsletter_mailchimp"
    template_name = "newsletter/admin/mailchimp/panel.html"
    order = 20

    def __init__(self, user: AbstractUser) -> None:
        self.user = user

    @property
    def of_account(self) -> str:
        """Why nothing can be asked; of no interest while no newsletter is sent by it."""
        kept = account()
        in_use = MailchimpAudience.objects.exclude(switched_on_at=None).exists()
        return kept.problem if kept is not None and in_use else ""

    @property
    def troubled(self) -> QuerySet[MailchimpAudience]:
        switched_on = MailchimpAudience.objects.exclude(switched_on_at=None)
        return switched_on.exclude(problem="").select_related("newsletter").order_by("newsletter__name")

    def is_shown(self) -> bool:
        return may(self.user, required=CONNECT) and bool(self.of_account or self.troubled.exists())

    def get_context_data(self, parent_context: dict[str, Any]) -> dict[str, Any]:
        return {"problem": self.of_account, "troubled": self.troubled}
