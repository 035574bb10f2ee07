"""How histories word what was decided, tried, paused and switched."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail.log_actions import LogFormatter

from newsletter.audience.mailchimp import acknowledging, connecting
from newsletter.delivery.halt import HALTED, WENT_ON
from newsletter.issues import override, switching_over, test_send
from newsletter.issues.choosing_backend import BACKEND_CHANGED, in_words
from newsletter.issues.switching import SWITCHED_OFF, SWITCHED_ON


class Overridden(LogFormatter):
    label = _("Override a finding of the check before sending")
    verb = _("Overrode")

    def format_message(self, log_entry: Any) -> str:
        return f"{self.verb} {log_entry.data.get('rule', '')}: {log_entry.data.get('finding', '')}"

    def format_comment(self, log_entry: Any) -> str:
        return str(log_entry.data.get("reason") or "")


class BackendChanged(LogFormatter):
    label = _("Change who mails a newsletter")
    verb = _("Changed who mails it")

    def format_message(self, log_entry: Any) -> str:
        before, after = (in_words(log_entry.data.get(name, "")) for name in ("before", "after"))
        return f"{self.verb}: {before} → {after}"


def log_actions(actions: Any) -> None:
    actions.register_action(override.LOGGED_AS)(Overridden)
    actions.register_action(BACKEND_CHANGED)(BackendChanged)
    actions.register_action(test_send.LOGGED_AS, _("Send a test"), _("Sent a test"))
    actions.register_action(HALTED, _("Pause everything"), _("Paused everything that is mailed"))
    actions.register_action(SWITCHED_ON, _("Switch on a schedule"), _("Switched on"))
    actions.register_action(SWITCHED_OFF, _("Switch off a schedule"), _("Switched off"))
    actions.register_action(connecting.CONNECTED, _("Connect Mailchimp"), _("Connected Mailchimp by a key"))
    actions.register_action(connecting.DISCONNECTED, _("Disconnect Mailchimp"), _("Disconnected Mailchimp"))
    actions.register_action(acknowledging.ACKNOWLEDGED, _("Agree to Mailchimp"), _("Agreed to what Mailchimp gets"))
    actions.register_action(switching_over.SWITCHED_ON, _("Send by Mailchimp"), _("Switched over to Mailchimp"))
    actions.register_action(switching_over.SWITCHED_OFF, _("Leave Mailchimp"), _("Switched back from Mailchimp"))
    actions.register_action(WENT_ON, _("Let everything go on"), _("Let everything that is mailed go on"))
