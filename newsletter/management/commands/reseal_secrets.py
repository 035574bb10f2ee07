"""`manage.py reseal_secrets`: seal the secrets of webhooks with the newest key, so that an old one can go."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from newsletter.audience.hook_secrets import reseal_all
from newsletter.audience.sealing import SecretLostError


class Command(BaseCommand):
    help = "Seal the secrets of webhooks with SECRET_KEY; run it before an old key leaves SECRET_KEY_FALLBACKS."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            number = reseal_all()
        except SecretLostError as error:
            raise CommandError(
                "A secret was sealed with a key that is gone. Put that key back into SECRET_KEY_FALLBACKS, or make a "
                "new secret on the webhook's page. Nothing was changed."
            ) from error
        self.stdout.write(f"Sealed anew: {number}.")
