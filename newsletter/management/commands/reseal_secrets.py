"""`manage.py reseal_secrets`: seal what is kept sealed with the newest key of the site, so that an old one can go."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from newsletter.audience.hook_secrets import reseal_all
from newsletter.audience.mailchimp.account import reseal_key
from newsletter.audience.mailchimp.hooks import reseal_hooks
from newsletter.audience.sealing import SecretLostError


class Command(BaseCommand):
    help = "Seal the secrets of webhooks and Mailchimp with SECRET_KEY; run it before an old key leaves the fallbacks."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with transaction.atomic():
                number = reseal_all() + reseal_key() + reseal_hooks()
        except SecretLostError as error:
            raise CommandError(
                "A secret was sealed with a key that is gone. Put that key back into SECRET_KEY_FALLBACKS, or make a "
                "new secret on the webhook's page, or connect Mailchimp anew. Nothing was changed."
            ) from error
        self.stdout.write(f"Sealed anew: {number}.")
