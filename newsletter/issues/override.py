"""Overriding: a person with the right lets an issue go out in spite of a blocker, for a reason and in the open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from blog.editorial.decide import MIN_REASON
from newsletter.issues.checks.catalogue import is_overridable
from newsletter.issues.errors import IssueError
from newsletter.issues.findings import Finding, Level
from newsletter.models import PreflightDecision

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import AbstractUser

    from newsletter.models import Issue

OVERRIDE = "newsletter.override_preflight"
#: How the issue's history calls it.
LOGGED_AS = "rounds.override_preflight"


class OverrideError(IssueError):
    """Nothing was decided. The message says why and what to do."""


def may_override(user: AbstractUser, finding: Finding) -> bool:
    """Whether this user may let this finding pass.

    Never what the law and the mailboxes ask for (unsubscribing, postal address, sender), what makes a message malformed
    or cut off, what would leave a hole (a story withdrawn or private) or reach the wrong readers (a segment that can't
    be used): `newsletter.issues.checks.catalogue` says which. What the editorial check holds against a story has its
    own decisions, on the story's page.
    """
    return finding.level == Level.BLOCKER and is_overridable(finding.rule) and user.has_perm(OVERRIDE)


def override(issue: Issue, finding: Finding, *, user: AbstractUser, reason: str, now: datetime) -> PreflightDecision:
    """Let the issue pass in spite of this blocker; the reason is kept and shown. It holds for what was found now.

    Raises:
        OverrideError: there is no reason that says something, or it is nothing that anybody may override.
        PermissionDenied: the user may not.
    """
    if not user.has_perm(OVERRIDE):
        raise PermissionDenied
    if not may_override(user, finding):
        raise OverrideError(_("Nobody can override this: it has to be mended. %(text)s") % {"text": finding.text})
    reason = " ".join(reason.split())
    if len(reason) < MIN_REASON:
        raise OverrideError(_("Give a reason of at least %(count)d characters.") % {"count": MIN_REASON})
    with transaction.atomic():
        decision = PreflightDecision.objects.create(
            issue_id=issue.pk,
            rule=finding.rule,
            fingerprint=finding.fingerprint,
            text=finding.text,
            reason=reason,
            user_id=user.pk,
            made_at=now,
        )
        data = {"rule": finding.rule, "finding": finding.text[:200], "reason": reason}
        log(instance=issue, action=LOGGED_AS, user=user, data=data, content_changed=False)
    return decision
