"""How an issue's history words what was decided and tried."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail.log_actions import LogFormatter

from newsletter.issues import override, test_send


class Overridden(LogFormatter):
    label = _("Override a finding of the check before sending")
    verb = _("Overrode")

    def format_message(self, log_entry: Any) -> str:
        return f"{self.verb} {log_entry.data.get('rule', '')}: {log_entry.data.get('finding', '')}"

    def format_comment(self, log_entry: Any) -> str:
        return str(log_entry.data.get("reason") or "")


def log_actions(actions: Any) -> None:
    actions.register_action(override.LOGGED_AS)(Overridden)
    actions.register_action(test_send.LOGGED_AS, _("Send a test"), _("Sent a test"))
