"""Run as a process of its own: puts a newsletter, readers and a due campaign into the database of DATABASE_URL.

python tests/faults/seed.py RECIPIENTS  ->  prints the campaign's id
"""

from __future__ import annotations

import sys

import django

if __name__ == "__main__":
    django.setup()
    from django.utils import timezone

    from newsletter.models import Newsletter
    from tests.factories import make_newsletter, make_subscriptions
    from tests.factories_delivery import make_campaign

    newsletter = Newsletter.objects.first() or make_newsletter()
    make_subscriptions(newsletter, int(sys.argv[1]))
    campaign = make_campaign(newsletter, backend="default", scheduled_at=timezone.now())
    sys.stdout.write(f"{campaign.pk}\n")
