"""The ledger of a campaign: one line per recipient, for people and spreadsheets."""

from __future__ import annotations

import csv
from typing import TextIO

from core.spreadsheets import neutral
from newsletter.engine.message_id import message_id
from newsletter.models import Campaign, Delivery, MailchimpCampaign
from newsletter.models.keys import key_ring

HEADER = ("address", "state", "attempts", "last_reply", "message_id", "revision", "time")

#: Stands in for the state of a reader who asked to be forgotten.
ERASED = "erased"


def write_ledger(campaign: Campaign, file: TextIO) -> int:
    """Write the ledger as CSV (RFC 4180, opened with `newline=""`); returns the number of recipients."""
    writer = csv.writer(file)
    writer.writerow(HEADER)
    ring = key_ring()
    # Who sends a campaign as a whole writes its mails, too, and doesn't say what identity each has.
    is_remote = MailchimpCampaign.objects.filter(campaign_id=campaign.pk).exists()
    rows = Delivery.objects.filter(campaign_id=campaign.pk).order_by("pk")
    number = 0
    for row in rows.iterator(chunk_size=2000):
        number += 1
        is_erased = row.subscriber_id is None and not row.address
        identity = "" if is_remote else message_id(campaign.pk, row.pk, domain=campaign.sender_domain, ring=ring)
        time = "" if row.settled_at is None else row.settled_at.isoformat(timespec="seconds")
        cells = [row.address, ERASED if is_erased else row.state, row.attempts, row.last_reply, identity]
        writer.writerow([neutral(str(cell)) for cell in (*cells, campaign.revision, time)])
    return number
