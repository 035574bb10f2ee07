"""The webhook of an audience: set up under a secret address, removed, and known by its digest alone."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings

from newsletter.audience.mailchimp.poll import in_use
from newsletter.audience.mailchimp.said import HOOK_WENT_WITH_IT, NO_HOOK, NOT_IN_REACH, NOT_SIGNED, beginning
from newsletter.audience.processors import is_ours
from newsletter.audience.sealing import SecretLostError, seal, unseal
from newsletter.backends.mailchimp.answers import Webhook
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.errors import NotFoundError, RefusedError
from newsletter.models import MailchimpAudience, RemoteTask

PURPOSE = b"mailchimp hooks"
#: Before the secret part of the address; `config.settings` keeps what follows out of the log.
PATH = "/hooks/mailchimp/"


def set_hook(task: RemoteTask, api: Mailchimp, now: datetime) -> None:
    """A turn: one webhook of ours, whose address and secret are known here. Any number of turns make one.

    A lost answer leaves one whose secret nobody has: it is found by its address, removed, and another one is made.
    """
    audience = in_use(task)
    if audience is None:
        return
    if is_ours(urlsplit(settings.BASE_URL).hostname or ""):
        task.said = NOT_IN_REACH
        return
    there = list(_ours(audience, api))
    if any(_is_good(audience, hook) for hook in there):
        return
    for hook in there:
        api.remove_webhook(audience.list_id, hook.id)
    task.said = _add(audience, api)


def remove_hook(task: RemoteTask, api: Mailchimp, now: datetime) -> None:
    """A turn: none of ours is left there. From then on nothing that comes under its address is taken."""
    audience = MailchimpAudience.objects.filter(pk=task.about.get("audience")).first()
    if audience is None or in_use(task) is not None:  # switched on again meanwhile
        return
    try:
        for hook in list(_ours(audience, api)):
            api.remove_webhook(audience.list_id, hook.id)
    except NotFoundError:  # the audience went, and its webhooks with it
        task.said = HOOK_WENT_WITH_IT
    _keep(audience, hook_id="", digest="", sealed=b"")


def known_by(path_secret: str) -> MailchimpAudience | None:
    """The audience whose webhook has this address. Looked up by a digest: how long it takes tells nothing."""
    found = MailchimpAudience.objects.filter(hook_path_digest=_digest(path_secret))
    return found.select_related("newsletter").first()


def secret_of(audience: MailchimpAudience) -> bytes:
    """What signs its events; empty where Mailchimp gave none, or it can't be read any more."""
    try:
        return unseal(audience.sealed_hook_secret, purpose=PURPOSE) if audience.sealed_hook_secret else b""
    except SecretLostError:
        return b""


def reseal_hooks() -> int:
    """Seal all secrets with the newest key of the site; returns how many.

    Raises:
        SecretLostError: the key of one of them is gone already; nothing was changed.
    """
    audiences = [one for one in MailchimpAudience.objects.all() if one.sealed_hook_secret]
    for audience in audiences:
        audience.sealed_hook_secret = seal(unseal(audience.sealed_hook_secret, purpose=PURPOSE), purpose=PURPOSE)
    MailchimpAudience.objects.bulk_update(audiences, ["sealed_hook_secret"])
    return len(audiences)


def _add(audience: MailchimpAudience, api: Mailchimp) -> str:
    """Make one; what there is to say of it. Its digest is kept first: Mailchimp looks at the address at once."""
    path_secret = secrets.token_urlsafe(32)
    _keep(audience, hook_id="", digest=_digest(path_secret), sealed=b"")
    try:
        hook = api.add_webhook(audience.list_id, f"{_base()}{path_secret}/")
    except RefusedError as error:
        _keep(audience, hook_id="", digest="", sealed=b"")
        return f"{beginning(NO_HOOK)}{error}"
    sealed = seal(hook.secret.encode(), purpose=PURPOSE) if hook.secret else b""
    _keep(audience, hook_id=hook.id, digest=audience.hook_path_digest, sealed=sealed)
    return "" if hook.secret else NOT_SIGNED


def _ours(audience: MailchimpAudience, api: Mailchimp) -> Iterator[Webhook]:
    """Webhooks that lead to this site: an audience has one newsletter, so that all of them are this one's."""
    return (hook for hook in api.webhooks(audience.list_id) if hook.url.startswith(_base()))


def _is_good(audience: MailchimpAudience, hook: Webhook) -> bool:
    path_secret = hook.url.removeprefix(_base()).strip("/")
    is_known = hook.id == audience.hook_id and _digest(path_secret) == audience.hook_path_digest
    return is_known and (not audience.sealed_hook_secret or bool(secret_of(audience)))


def _keep(audience: MailchimpAudience, *, hook_id: str, digest: str, sealed: bytes) -> None:
    audience.hook_id, audience.hook_path_digest, audience.sealed_hook_secret = hook_id, digest, sealed
    audience.save(update_fields=["hook_id", "hook_path_digest", "sealed_hook_secret"])


def _base() -> str:
    return settings.BASE_URL.rstrip("/") + PATH


def _digest(path_secret: str) -> str:
    return hashlib.sha256(path_secret.encode()).hexdigest()
