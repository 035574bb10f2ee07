"""Run as a process of its own: puts a newsletter, readers and a due campaign into the database of DATABASE_URL.

python tests/faults/seed.py RECIPIENTS [KILOBYTES]  ->  prints the campaign's id

A second call adds a campaign to the readers there are.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from newsletter.models import Newsletter

NUMBERS = {
    "sqlite": "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < %s)",
    "postgresql": "WITH numbers AS (SELECT generate_series(1, %s) AS n)",
}


def add_readers(newsletter: Newsletter, count: int) -> None:
    """Confirmed readers, in two statements however many they are."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            f"{NUMBERS[connection.vendor]} INSERT INTO newsletter_subscriber"  # noqa: S608 - our own words
            " (email, name, language, time_zone, created_at)"
            " SELECT 'reader' || n || '@example.com', '', '', '', CURRENT_TIMESTAMP FROM numbers",
            [count],
        )
        cursor.execute(
            "INSERT INTO newsletter_subscription (subscriber_id, newsletter_id, state, ended_reason, left_because,"
            " frequency, created_at, confirmed_at) SELECT id, %s, 'confirmed', '', '', 'each_story', CURRENT_TIMESTAMP,"
            " CURRENT_TIMESTAMP FROM newsletter_subscriber",
            [newsletter.pk],
        )


if __name__ == "__main__":
    django.setup()
    from django.utils import timezone

    from newsletter.models import Newsletter
    from tests.factories import make_newsletter
    from tests.factories_delivery import compiled_message, make_campaign

    recipients, kilobytes = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    newsletter = Newsletter.objects.first()
    if newsletter is None:
        newsletter = make_newsletter()
        add_readers(newsletter, recipients)
    fields = {"compiled": compiled_message(kilobytes=kilobytes)} if kilobytes else {}
    campaign = make_campaign(newsletter, backend="default", scheduled_at=timezone.now(), **fields)
    sys.stdout.write(f"{campaign.pk}\n")
