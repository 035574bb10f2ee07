"""The site's keys for tokens and keyed hashes: the only place that reads the secrets."""

from django.conf import settings

from newsletter.engine.tokens import KeyRing


def key_ring() -> KeyRing:
    """SECRET_KEY seals, SECRET_KEY_FALLBACKS still open: links in mails that went out before a rotation stay good."""
    return KeyRing.of([settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS])
