"""The account at Mailchimp: its key, sealed, and a way to it for those who may ask."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from newsletter.audience.mailchimp.slots import SharedSlots
from newsletter.audience.sealing import SecretLostError, seal, unseal
from newsletter.backends import registry
from newsletter.backends.base import BackendConfigurationError
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.backend import MailchimpBackend
from newsletter.backends.mailchimp.errors import KeyRefusedError
from newsletter.backends.mailchimp.ids import read_key
from newsletter.models import MailchimpAccount

#: Its entry in NEWSLETTER_BACKENDS, and so what `Newsletter.backend` says.
BACKEND = registry.MAILCHIMP
PURPOSE = b"rounds mailchimp"


def account() -> MailchimpAccount | None:
    """The one account; None before somebody has connected it."""
    return MailchimpAccount.objects.order_by("pk").first()


def backend() -> MailchimpBackend:
    """The entry of the settings.

    Raises:
        BackendConfigurationError: there is none, or it is another backend's.
    """
    found = registry.find(BACKEND)
    if not isinstance(found, MailchimpBackend):
        raise BackendConfigurationError(f"NEWSLETTER_BACKENDS[{BACKEND!r}] has to be {MailchimpBackend.__qualname__}")
    return found


def has_key_of_environment() -> bool:
    """Whether MAILCHIMP_API_KEY names the account: then the admin asks for none."""
    return bool(backend().api_key)


def keep_key(key: str, *, by: AbstractBaseUser | None, now: datetime, may_be_another: bool = False) -> MailchimpAccount:
    """Seal the key and forget the one before; an empty one where the environment has it. Asks nobody.

    `may_be_another`: it may open another account than the one in use.

    Raises:
        KeyRefusedError: it can't be a key.
    """
    parts = read_key(backend().api_key or key)
    sealed = b"" if has_key_of_environment() else seal(key.strip().encode(), purpose=PURPOSE)
    with transaction.atomic():
        kept = MailchimpAccount.objects.select_for_update().order_by("pk").first() or MailchimpAccount()
        kept.sealed_key, kept.data_centre, kept.hint = sealed, parts.data_centre, parts.hint
        kept.problem, kept.checked_at, kept.key_digest = "", None, ""
        if may_be_another:
            kept.account_id = ""
        kept.connected_at, kept.connected_by_id = now, by.pk if by else None
        kept.save()
    return kept


def connect(kept: MailchimpAccount | None = None) -> Mailchimp:
    """A way to whatever account the key opens (`proving` asks which), under the cap that all processes share.

    Never inside a request.

    Raises:
        KeyRefusedError: there is no key, it was lost, or it can't be one.
    """
    return backend().connect(api_key=key_in_use(kept or account()), slots=SharedSlots())


def key_in_use(kept: MailchimpAccount | None) -> str:
    """The key of the environment, or the one that is kept; empty where there is none.

    Raises:
        KeyRefusedError: it was lost.
    """
    if has_key_of_environment() or kept is None or not kept.sealed_key:
        return backend().api_key
    try:
        return unseal(kept.sealed_key, purpose=PURPOSE).decode()
    except SecretLostError:
        raise KeyRefusedError(
            _("Mailchimp’s key can't be read any more, because SECRET_KEY was changed. Enter it again.")
        ) from None


def reseal_key() -> int:
    """Seal it with the newest key of the site; returns how many keys there were (0 or 1).

    Raises:
        SecretLostError: the key it was sealed with is gone.
    """
    kept = account()
    if kept is None or not kept.sealed_key:
        return 0
    kept.sealed_key = seal(unseal(kept.sealed_key, purpose=PURPOSE), purpose=PURPOSE)
    kept.save(update_fields=["sealed_key"])
    return 1
