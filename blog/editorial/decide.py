"""The use case of decisions: a person settles a finding, for good and in the open."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from blog.editorial.findings import Finding, Level
from blog.editorial.gate import OVERDUE
from blog.models import EditorialDecision

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet

    from blog.models import StoryPage

OVERRIDE = "blog.override_finding"
#: A reason says something: "ok" doesn't.
MIN_REASON = 10
#: Rules whose findings may be overridden although they don't stop publishing: an overdue story stops a sending.
ALSO_OVERRIDDEN = frozenset({OVERDUE})


class DecisionError(Exception):
    """Nothing was decided. The message says why and what to do."""


def acknowledge(story: StoryPage, finding: Finding, *, user: User, now: datetime) -> EditorialDecision:
    """Note that somebody who may edit the story has seen a finding of level A.

    Raises:
        DecisionError: its level asks for more, or for nothing.
        PermissionDenied: the user may not edit the story.
    """
    if finding.level is not Level.ACKNOWLEDGE:
        raise DecisionError(_("%(rule)s is nothing to acknowledge.") % {"rule": finding.rule})
    if not may_acknowledge(user, story):
        raise PermissionDenied
    return _note(story, finding, EditorialDecision.Kind.ACKNOWLEDGED, user=user, reason="", now=now)


def override(story: StoryPage, finding: Finding, *, user: User, reason: str, now: datetime) -> EditorialDecision:
    """Let a story pass in spite of a blocker; the reason is kept and shown.

    Raises:
        DecisionError: there is no reason that says something, or nothing to override.
        PermissionDenied: the user may not.
    """
    if not may_override(user, story):
        raise PermissionDenied
    if not is_overridable(finding):
        raise DecisionError(_("%(rule)s stops nothing, so there is nothing to override.") % {"rule": finding.rule})
    reason = " ".join(reason.split())
    if len(reason) < MIN_REASON:
        raise DecisionError(_("Give a reason of at least %(count)d characters.") % {"count": MIN_REASON})
    return _note(story, finding, EditorialDecision.Kind.OVERRIDDEN, user=user, reason=reason, now=now)


def is_overridable(finding: Finding) -> bool:
    return finding.level is Level.BLOCKER or finding.rule in ALSO_OVERRIDDEN


def may_acknowledge(user: Any, story: StoryPage) -> bool:
    return bool(story.permissions_for_user(user).can_edit())


def may_override(user: Any, story: StoryPage) -> bool:
    """The right itself, on a story that this user can reach."""
    permissions = story.permissions_for_user(user)
    return user.has_perm(OVERRIDE) and bool(permissions.can_edit() or permissions.can_publish())


def recent_overrides(limit: int = 10) -> QuerySet[EditorialDecision]:
    """The latest overrides of the publication, with their stories and people."""
    overrides = EditorialDecision.objects.filter(kind=EditorialDecision.Kind.OVERRIDDEN)
    return overrides.select_related("story", "user")[:limit]


@transaction.atomic
def _note(
    story: StoryPage, finding: Finding, kind: EditorialDecision.Kind, *, user: User, reason: str, now: datetime
) -> EditorialDecision:
    """Rows are only ever added; the page's history has them too."""
    decision: EditorialDecision = EditorialDecision.objects.create(
        story_id=story.pk,
        kind=kind,
        rule=finding.rule,
        fingerprint=finding.fingerprint,
        sentence=finding.sentence,
        reason=reason,
        user=user,
        made_at=now,
    )
    action = "rounds.override" if kind == EditorialDecision.Kind.OVERRIDDEN else "rounds.acknowledge"
    data = {"rule": finding.rule, "sentence": finding.sentence[:200], "reason": reason}
    log(instance=story, action=action, user=user, data=data, content_changed=False)
    return decision
