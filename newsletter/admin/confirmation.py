"""What an editor sees before an issue goes out: who gets it, what is in it, what stands in its way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from newsletter.admin.preflight.examination import FindingGroup, grouped
from newsletter.admin.story_findings import StoryFindings, story_findings
from newsletter.issues.approval import Approved, approved, objection, waits_for
from newsletter.issues.findings import Finding, Level
from newsletter.issues.preflight import preflight
from newsletter.issues.queries import current_campaign
from newsletter.issues.reach import Reach, reach
from newsletter.issues.versions import name_of_outgoing

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser
    from wagtail.models import Revision

    from newsletter.models import Campaign, Issue


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """`issue` is the version that would go out: the latest if this user may approve it, else the approved one."""

    issue: Issue
    #: Names that version and whom it goes to; a form posts it back, so that what was looked at is what goes out.
    version: str
    reach: Reach
    findings: list[Finding]
    #: Sending would approve the version, too.
    approves: bool
    #: A newer version exists that this user may not approve.
    newer_version: bool
    #: It is scheduled or sent already.
    campaign: Campaign | None
    #: The revision that would go out; None for an issue that was never saved as one.
    revision: Revision | None
    #: Who approved it before, if anybody has.
    approved: Approved | None
    #: The step of the workflow that it waits at, for people.
    waits_for: str
    stories: list[StoryFindings]

    @property
    def recipients(self) -> int:
        return self.reach.recipients

    @property
    def blockers(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.level == Level.BLOCKER]

    @property
    def groups(self) -> list[FindingGroup]:
        """The findings by how much they weigh: overridden ones and what nobody checked are shown, too."""
        return grouped(self.findings)

    @property
    def may_go(self) -> bool:
        return not self.blockers and self.campaign is None


def confirmation(issue: Issue, user: AbstractUser) -> Confirmation:
    """Look at the issue as it is now; nothing is changed."""
    latest = issue.get_latest_revision_as_object()
    is_approved = issue.live and not issue.has_unpublished_changes
    may_approve = user.has_perm("newsletter.publish_issue")
    outgoing = latest if may_approve else issue
    findings = preflight(outgoing)
    approves = may_approve and not is_approved
    if not issue.live and not may_approve:
        findings.insert(0, not_approved())
    elif problem := objection(issue, user, approves=approves, may_approve=may_approve):
        findings.insert(0, somebody_else(problem))
    task = waits_for(issue)
    return Confirmation(
        issue=outgoing,
        version=name_of_outgoing(issue, outgoing),
        reach=reach(outgoing),
        findings=findings,
        approves=approves,
        newer_version=issue.live and issue.has_unpublished_changes and not may_approve,
        campaign=current_campaign(issue),
        revision=issue.latest_revision if may_approve else issue.live_revision,
        approved=None if approves else approved(issue),
        waits_for=task.task.name if task else "",
        stories=story_findings(outgoing),
    )


def not_approved() -> Finding:
    return Finding(
        rule="approval",
        level=Level.BLOCKER,
        text=_("This issue is not approved."),
        remedy=_("Ask somebody who may approve it, such as a doctor or the owner, to press Approve."),
    )


def somebody_else(problem: str) -> Finding:
    return Finding(
        rule="approval",
        level=Level.BLOCKER,
        text=problem,
        remedy=_("Under Newsletters, “Approved by” says who may."),
    )
