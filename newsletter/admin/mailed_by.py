"""Who mails a newsletter, as its form and the composer say it: this site, or a service to an audience of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import NoReverseMatch, reverse
from wagtail.admin.panels import MultiFieldPanel, Panel

from newsletter.audience.mailchimp.account import BACKEND
from newsletter.backends import registry
from newsletter.issues.audience_there import audience_there
from newsletter.models import Issue, Newsletter

if TYPE_CHECKING:
    from collections.abc import Mapping


class MailedByPanel(Panel):
    """In a newsletter's form: who mails it where that is no choice of the form, and where Mailchimp is connected."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "newsletter/admin/includes/mailed_by.html"

        def is_shown(self) -> bool:
            return self.instance.pk is not None and BACKEND in registry.configured()

        def get_context_data(self, parent_context: Mapping[str, Any] | None = None) -> dict[str, Any]:
            newsletter: Newsletter = self.instance
            is_there = newsletter.can.holds_audience
            return {
                **super().get_context_data(parent_context),
                "is_there": is_there,
                "there": audience_there(newsletter) if is_there else None,
                "url": mailchimp_url(newsletter) if self.request.user.has_perm("newsletter.connect_mailchimp") else "",
            }


class WhoGetsItPanel(MultiFieldPanel):
    """In the composer: what narrows an issue; open where a service mails everybody, so that one sees that."""

    class BoundPanel(MultiFieldPanel.BoundPanel):
        def classes(self) -> list[str]:
            found: list[str] = super().classes()
            return [name for name in found if name != "collapsed"] if mails_everybody(self.instance) else found


class EverybodyPanel(Panel):
    """In the composer: that everybody of an audience gets it, how many those are, and why nothing else is offered."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "newsletter/admin/includes/everybody.html"

        def is_shown(self) -> bool:
            return mails_everybody(self.instance)

        def get_context_data(self, parent_context: Mapping[str, Any] | None = None) -> dict[str, Any]:
            there = audience_there(self.instance.newsletter)
            return {**super().get_context_data(parent_context), "there": there}


def mails_everybody(issue: Issue) -> bool:
    """Whether its newsletter, if it has one, is mailed to all of an audience that a service holds."""
    return issue.newsletter_id is not None and not issue.newsletter.can.narrows


def mailchimp_url(newsletter: Newsletter) -> str:
    """Where it is connected to Mailchimp; empty where this site has no such page."""
    try:
        return reverse("newsletter_mailchimp:newsletter", args=[newsletter.pk])
    except NoReverseMatch:
        return ""
