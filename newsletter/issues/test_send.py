"""Sending a test of an issue to oneself."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from core.models import PublicationSettings
from newsletter.engine.addresses import AddressError, normalise
from newsletter.issues.errors import IssueError
from newsletter.issues.render import compile_issue
from newsletter.issues.sample import sample
from newsletter.models import OutgoingMail

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import AbstractBaseUser

    from newsletter.models import Issue

KIND = "test"
SUBJECT_PREFIX = "[Test] "
PER_HOUR = 20


class TestSendError(IssueError):
    """No test was queued; the text says why."""

    __test__ = False  # it is no test case


def send_test(issue: Issue, *, to: AbstractBaseUser, now: datetime) -> OutgoingMail:
    """Queue a test of the latest draft to the user's own address, and nowhere else.

    Its bytes are those that readers would get, but for the subject's prefix; what would be a reader's own link leads to
    the sign-up page, so that nobody is unsubscribed by a test.

    Raises:
        TestSendError: the user has no address, asked 20 times within an hour, or no message can be made of the draft.
    """
    address = _own_address(to)
    _check_limit(address, now)
    draft = issue.get_latest_revision_as_object() if issue.pk else issue
    compiled = compile_issue(draft, seed=secrets.token_bytes(32), subject_prefix=SUBJECT_PREFIX)
    return OutgoingMail.objects.create(
        kind=KIND,
        backend=draft.newsletter.backend,
        envelope_from=draft.newsletter.sender(PublicationSettings.of_default_site())[1],
        recipient=address,
        content=sample(compiled.message, date=now, address=address),
        next_attempt_at=now,
        created_at=now,
    )


def _own_address(user: AbstractBaseUser) -> str:
    try:
        return normalise(getattr(user, "email", "") or "")
    except AddressError as error:
        raise TestSendError(
            _("Your login has no address that mail could go to. Fill it in under your account, then try again.")
        ) from error


def _check_limit(address: str, now: datetime) -> None:
    lately = OutgoingMail.objects.filter(kind=KIND, recipient=address, created_at__gt=now - timedelta(hours=1))
    if lately.count() >= PER_HOUR:
        raise TestSendError(
            _("You sent yourself %(count)d tests within an hour. Wait a while, or look at the preview.")
            % {"count": PER_HOUR}
        )
