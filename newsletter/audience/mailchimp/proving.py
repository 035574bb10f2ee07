"""Which account a key opens. Nothing is asked by a key before that is known.

The key of another account finds nothing there of what the one in use has: an erasure would count as done, and a
campaign that is scheduled as deleted, while the contact stays and the campaign goes out.
"""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from newsletter.audience.mailchimp.account import account, connect, key_in_use
from newsletter.audience.mailchimp.needing import why_needed
from newsletter.audience.mailchimp.tasks import ask_for
from newsletter.backends.mailchimp.answers import Account
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.errors import DownError, KeyRefusedError
from newsletter.models import MailchimpAccount, RemoteTaskKind


def open_account() -> Mailchimp:
    """A way to the account in use. A key that is new is asked first which one it opens. Never inside a request.

    Raises:
        KeyRefusedError: there is no key, it can't be one, was lost, or opens another account while this one is needed.
        MailchimpError: what came of asking.
    """
    kept = account()
    api = connect(kept)
    digest = digest_of(key_in_use(kept))
    if kept is not None and kept.key_digest != digest:
        _keep_proof(kept, api.account(), digest)
    return api


def digest_of(key: str) -> str:
    """By which a key is known again that was tried; without the site's own secret nobody can compare any with it."""
    return salted_hmac("newsletter.mailchimp.key", key, algorithm="sha256").hexdigest()


def _keep_proof(kept: MailchimpAccount, found: Account, digest: str) -> None:
    """Raises: KeyRefusedError: it is another account, and this one is needed. DownError: the key was just changed."""
    with transaction.atomic():
        same = MailchimpAccount.objects.select_for_update().filter(pk=kept.pk, connected_at=kept.connected_at).first()
        if same is None:
            raise DownError(_("Mailchimp’s key was changed this moment."))
        is_another = same.account_id not in {"", found.id}
        if is_another and (reasons := why_needed()):
            raise KeyRefusedError(_refusal(found, same, reasons))
        same.account_id, same.key_digest = found.id, digest
        if is_another:
            same.audiences, same.checked_at = [], None
            ask_for(RemoteTaskKind.CHECK_ACCOUNT, now=timezone.now())
        same.save(update_fields=["account_id", "key_digest", "audiences", "checked_at"])


def _refusal(found: Account, kept: MailchimpAccount, reasons: list[str]) -> str:
    said = _(
        "This key opens another account at Mailchimp (“%(found)s”) than the one in use (“%(kept)s”). Nothing was asked "
        "or changed there. Enter a key of the one in use. Before another can take its place: %(reasons)s"
    )
    return said % {"found": found.name, "kept": kept.name, "reasons": " ".join(reasons)}
