"""Sending a test of an issue through Mailchimp, as the readers there would get it. Asking for it is a row."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from newsletter.audience.mailchimp.account import BACKEND
from newsletter.audience.mailchimp.tasks import ask_for
from newsletter.engine.addresses import keyed_hash
from newsletter.issues.test_send import LOGGED_AS, TestSendError, check_limits, digest_of, open_to, opened
from newsletter.models import RemoteTask, RemoteTaskKind
from newsletter.models.keys import key_ring

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import AbstractBaseUser

    from newsletter.models import Issue, Newsletter


def is_possible(newsletter: Newsletter) -> bool:
    """Whether its readers get their issues through Mailchimp."""
    return newsletter.backend == BACKEND


def send_test_there(issue: Issue, *, by: AbstractBaseUser, now: datetime, to: str) -> RemoteTask:
    """Queue a test of the latest draft to one of the addresses of `open_to`.

    The task holds no address, only its keyed hash: it is found again among those that are still open then.

    Raises:
        TestSendError: the newsletter is not at Mailchimp, the address is not open to tests, or there were too many.
    """
    draft: Issue = issue.get_latest_revision_as_object()
    if not is_possible(draft.newsletter):
        raise TestSendError(_("This newsletter is not sent by Mailchimp. Send the test by our own mail server."))
    address = opened(to, by, draft.newsletter)
    check_limits(address, by, now)
    with transaction.atomic():
        data = {"address": address, "through": BACKEND}
        log(instance=issue, action=LOGGED_AS, user=by, data=data, timestamp=now)
        return ask_for(
            RemoteTaskKind.TEST,
            name=f"test:{secrets.token_hex(8)}",
            about={"issue": issue.pk, "user": by.pk, "address": digest_of(address)},
            by=by,
            now=now,
        )


def address_behind(digest: str, user: AbstractBaseUser, newsletter: Newsletter) -> str:
    """The address again, if it is still open to this user's tests.

    Raises:
        TestSendError: it is not.
    """
    for address in open_to(user, newsletter):
        if any(keyed_hash(address, key) == digest for key in key_ring().keys):
            return address
    raise TestSendError(_("The address is not open to tests any more. Choose another one."))


def tests_of(issue: Issue) -> list[RemoteTask]:
    """The last few that went through Mailchimp, the newest first."""
    tasks = RemoteTask.objects.filter(kind=RemoteTaskKind.TEST, about__issue=issue.pk)
    return list(tasks.select_related("created_by").order_by("-pk")[:5])
