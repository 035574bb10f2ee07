"""Run as a process of its own: puts a newsletter at Mailchimp and a campaign into the database of DATABASE_URL.

python tests/faults/seed_mailchimp.py LIST_ID INSTANT  ->  prints the campaign's id
"""

from __future__ import annotations

import sys
from datetime import datetime

import django

if __name__ == "__main__":
    django.setup()
    from django.utils import timezone

    from newsletter.delivery import store
    from newsletter.models import MailchimpAudience, MailchimpCampaign
    from tests.factories import make_newsletter
    from tests.factories_delivery import make_campaign

    list_id, at = sys.argv[1], datetime.fromisoformat(sys.argv[2])
    newsletter = make_newsletter(backend="mailchimp")
    now = timezone.now()
    MailchimpAudience.objects.create(
        newsletter=newsletter, list_id=list_id, acknowledged_at=now, switched_on_at=now, polled_until=now
    )
    campaign = make_campaign(newsletter, backend="mailchimp", scheduled_at=at)
    MailchimpCampaign.objects.create(campaign=campaign, title=f"Rounds {campaign.pk}")
    store.remote.ask(campaign.pk, now=now)
    sys.stdout.write(f"{campaign.pk}\n")
