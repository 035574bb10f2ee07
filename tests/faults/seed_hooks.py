"""Run as a process of its own: puts an endpoint and messages for it into the database of DATABASE_URL.

python tests/faults/seed_hooks.py URL MESSAGES
"""

from __future__ import annotations

import sys

import django

if __name__ == "__main__":
    django.setup()
    from django.utils import timezone

    from newsletter.audience.hook_secrets import give_secret
    from newsletter.audience.hooks import announce_test
    from newsletter.models import HookEndpoint

    now = timezone.now()
    endpoint = HookEndpoint(url=sys.argv[1], events=[])
    give_secret(endpoint, now=now)
    endpoint.save()
    for _ in range(int(sys.argv[2])):
        announce_test(endpoint, now=now)
