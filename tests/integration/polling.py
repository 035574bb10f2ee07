"""Looking at Mailchimp for what changed there, turn by turn, until nothing more is to be read at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsletter.audience.mailchimp import poll
from newsletter.audience.mailchimp.tasks import ask_for
from newsletter.models import MailchimpAudience, RemoteTask, RemoteTaskKind
from tests.integration.mailchimp_audience import NOW

if TYPE_CHECKING:
    from newsletter.backends.mailchimp.api import Mailchimp


def task(audience: MailchimpAudience, kind: RemoteTaskKind = RemoteTaskKind.POLL) -> RemoteTask:
    return ask_for(kind, name=f"{kind.value}:{audience.pk}", about={"audience": audience.pk}, now=NOW)


def look(audience: MailchimpAudience, api: Mailchimp, *, most: int = 30) -> int:
    """Turns until nothing more is to be read at once; how many."""
    for turn in range(1, most + 1):
        if poll.poll(task(audience), api, NOW) != NOW:
            return turn
    raise AssertionError("it does not come to its end")
