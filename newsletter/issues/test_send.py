"""Sending a test of an issue: to oneself, or to an address that its newsletter opens for tests."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.log_actions import log
from wagtail.models import ModelLogEntry

from core.models import PublicationSettings
from newsletter.backends import registry
from newsletter.engine.addresses import AddressError, keyed_hash, normalise
from newsletter.issues.addresses_for_tests import addresses_for_tests
from newsletter.issues.errors import IssueError
from newsletter.issues.render import compile_issue
from newsletter.issues.sample import sample
from newsletter.models import OutgoingMail, RemoteTask, RemoteTaskKind
from newsletter.models.keys import key_ring

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import AbstractBaseUser

    from newsletter.models import Issue, Newsletter

KIND = "test"
SUBJECT_PREFIX = "[Test] "
#: What filters and people can tell a test by, beside its subject. It goes before the headers, which stay as they are.
MARK = b"X-Rounds-Test: 1\r\n"
PER_HOUR = 20
#: The action in an issue's history; its entries are also what a user's tests are counted by.
LOGGED_AS = "newsletter.test"


class TestSendError(IssueError):
    """No test was queued; the text says why."""

    __test__ = False  # it is no test case


def open_to(user: AbstractBaseUser, newsletter: Newsletter) -> list[str]:
    """Where this user's tests of the newsletter's issues may go: the own address first, if there is one."""
    try:
        own = [_own_address(user)]
    except TestSendError:
        own = []
    return list(dict.fromkeys([*own, *addresses_for_tests(newsletter)]))


def send_test(issue: Issue, *, by: AbstractBaseUser, now: datetime, to: str = "") -> OutgoingMail:
    """Queue a test of the latest draft to one of the addresses of `open_to`; without `to` to the user's own.

    Its bytes are those that readers would get, but for the subject's prefix and the mark in front. What would be a
    reader's own link leads to the sign-up page, so that nobody is unsubscribed by a test; the name is the user's.

    Raises:
        TestSendError: the address is not open to tests, 20 went there or came from the user within an hour, or no
            message can be made of the draft.
    """
    draft: Issue = issue.get_latest_revision_as_object() if issue.pk else issue
    address = opened(to, by, draft.newsletter) if to else _own_address(by)
    check_limits(address, by, now)
    compiled = compile_issue(draft, seed=secrets.token_bytes(32), subject_prefix=SUBJECT_PREFIX)
    content = MARK + sample(compiled.message, date=now, address=address, name=_name_for(address, by))
    with transaction.atomic():
        if issue.pk:
            log(instance=issue, action=LOGGED_AS, user=by, data={"address": address}, timestamp=now)
        return OutgoingMail.objects.create(
            kind=KIND,
            backend=registry.for_single_mails(draft.newsletter.backend),
            envelope_from=draft.newsletter.sender(PublicationSettings.of_default_site())[1],
            recipient=address,
            content=content,
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


def opened(given: str, user: AbstractBaseUser, newsletter: Newsletter) -> str:
    """The address in its normal form.

    Raises:
        TestSendError: it is not one of `open_to`.
    """
    try:
        address = normalise(given)
    except AddressError:
        address = ""
    if address not in open_to(user, newsletter):
        raise TestSendError(
            _("Tests go to your own address, or to one that the newsletter's settings list under “Tests”. Choose one.")
        )
    return address


def _name_for(address: str, user: AbstractBaseUser) -> str:
    """The user's own name at the user's own address, as a reader of that name would be greeted; elsewhere none."""
    try:
        is_own = address == _own_address(user)
    except TestSendError:
        return ""
    return user.get_full_name() if is_own and isinstance(user, AbstractUser) else ""


def digest_of(address: str) -> str:
    """By which tests that go another way are counted; it can't be read back."""
    return keyed_hash(address, key_ring().keys[0])


def check_limits(address: str, user: AbstractBaseUser, now: datetime) -> None:
    """Whichever way they go.

    Raises:
        TestSendError: 20 went there or came from the user within an hour.
    """
    hour_ago = now - timedelta(hours=1)
    there = OutgoingMail.objects.filter(kind=KIND, recipient=address, created_at__gt=hour_ago)
    from_user = ModelLogEntry.objects.filter(action=LOGGED_AS, user_id=user.pk, timestamp__gt=hour_ago)
    there_by_others = RemoteTask.objects.filter(
        kind=RemoteTaskKind.TEST, about__address=digest_of(address), created_at__gt=hour_ago
    )
    if there.count() + there_by_others.count() >= PER_HOUR:
        text = _("%(address)s got %(count)d tests within an hour. Wait a while, or look at the preview.")
        raise TestSendError(text % {"count": PER_HOUR, "address": address})
    if from_user.count() >= PER_HOUR:
        text = _("You sent %(count)d tests within an hour. Wait a while, or look at the preview.")
        raise TestSendError(text % {"count": PER_HOUR})
