"""Run as a process of its own: a publication with campaigns in several states, for backups.

python tests/faults/seed_backup.py  ->  prints a JSON document of campaign ids by what they are
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path

import django

if __name__ == "__main__":
    django.setup()
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.utils import timezone

    from newsletter.models import Chunk
    from tests.factories import make_newsletter, make_subscriptions
    from tests.factories_delivery import make_campaign, make_sending_campaign

    now = timezone.now()
    get_user_model().objects.create_superuser("owner", "owner@example.com", "a password for a test")
    newsletter = make_newsletter()
    make_subscriptions(newsletter, 20)
    claimed = make_sending_campaign(newsletter, now=now, backend="default")
    Chunk.objects.filter(campaign=claimed).update(owner="worker of then", fence=3, lease_until=now)
    free = make_sending_campaign(newsletter, now=now, backend="default")
    later = make_campaign(newsletter, backend="default", scheduled_at=now + timedelta(days=3))
    sent = make_campaign(newsletter, backend="default", state="sent", finished_at=now)
    media = Path(settings.MEDIA_ROOT)
    for name, content in (("pictures/dawn.jpg", b"dawn" * 5000), ("documents/consent.pdf", b"%PDF")):
        (media / name).parent.mkdir(parents=True)
        (media / name).write_bytes(content)
    ids = {"claimed": claimed.pk, "free": free.pk, "later": later.pk, "sent": sent.pk}
    sys.stdout.write(json.dumps(ids))
