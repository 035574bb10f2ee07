"""Everything that is asked of Mailchimp: one method a call, typed in and typed out."""

from __future__ import annotations

from newsletter.backends.mailchimp.audiences import Audiences
from newsletter.backends.mailchimp.batches import Batches
from newsletter.backends.mailchimp.calling import DEADLINE
from newsletter.backends.mailchimp.campaigns import Campaigns
from newsletter.backends.mailchimp.members import Members
from newsletter.backends.mailchimp.paging import PAGE
from newsletter.backends.mailchimp.reports import Reports
from newsletter.backends.mailchimp.webhooks import Webhooks

__all__ = ["DEADLINE", "PAGE", "Mailchimp"]


class Mailchimp(Audiences, Members, Batches, Webhooks, Campaigns, Reports):
    """One account. Every method raises a `MailchimpError`, and nothing else for what may happen between machines.

    Reads and writes that may be repeated are, while the deadline lasts; the others raise `UnsureError` when the answer
    was lost. Ids are checked before they are sent (`InvalidIdError`).
    """
