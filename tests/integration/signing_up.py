"""What the tests of readers' pages share: posting the form, and reading the mail that came of it."""

from __future__ import annotations

import email
import email.policy
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from core.stamp import make_stamp
from newsletter.audience.sign_ups import take_sign_ups
from newsletter.models import OutgoingMail

if TYPE_CHECKING:
    from email.message import EmailMessage

    from django.test import Client
    from django.test.client import _MonkeyPatchedWSGIResponse


def sign_up(
    client: Client,
    address: str = "ada@example.com",
    *,
    shown: float = 60,
    meta: dict[str, str] | None = None,
    **fields: Any,
) -> _MonkeyPatchedWSGIResponse:
    """Post the form that was shown on the home page some seconds ago, and let the worker take what came in."""
    stamp = make_stamp("/", now=timezone.now() - timedelta(seconds=shown))
    extra: dict[str, Any] = dict(meta or {})
    response = client.post("/subscribe/", {"email": address, "stamp": stamp, **fields}, **extra)
    take()
    return response


def take() -> int:
    """What the worker does with sign-ups that came in; returns how many it took."""
    return take_sign_ups(timezone.now())


def last_mail() -> EmailMessage:
    """The mail that was queued last, as a mail program reads it."""
    content = bytes(OutgoingMail.objects.latest("pk").content)
    return email.message_from_bytes(content, policy=email.policy.default)


def link_in(message: EmailMessage, page: str) -> str:
    """The path of the first link to `/<page>/<token>/` in the plain text."""
    body = message.get_body(("plain",))
    assert body is not None
    found = re.search(rf"https?://\S+?(/{page}/[\w-]+/)\s", body.get_content())
    assert found, body.get_content()
    return found[1]


def mail_to(address: str) -> EmailMessage:
    """The newest mail to this address."""
    content = bytes(OutgoingMail.objects.filter(recipient=address).latest("pk").content)
    return email.message_from_bytes(content, policy=email.policy.default)
