"""What an editor is shown of the check before sending: findings in groups, with what may be done about each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from newsletter.issues.ask_checklist import being_asked
from newsletter.issues.checks.catalogue import rule_of
from newsletter.issues.checks.markup import MAX_SIZE, WARN_SIZE
from newsletter.issues.findings import Finding, Level, Where
from newsletter.issues.override import may_override
from newsletter.issues.preflight import examine, findings_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser
    from django.utils.functional import Promise

    from newsletter.models import Issue

#: Seconds between looks for an answer that a task asks for.
LOOKS_FOR_ANSWERS = 3

GROUPS: dict[Level, tuple[str | Promise, str]] = {
    Level.BLOCKER: (gettext_lazy("Has to be mended first"), "warning"),
    Level.WARNING: (gettext_lazy("Worth a look"), "view"),
    Level.OVERRIDDEN: (gettext_lazy("Overridden"), "check"),
    Level.NOT_CHECKED: (gettext_lazy("Not checked"), "help"),
    Level.WELL: (gettext_lazy("Looked up, and well"), "success"),
    Level.NOT_HERE: (gettext_lazy("Not applicable here"), "help"),
}
#: Where the composer keeps what is no block of the body.
FIELDS = {Where.SUBJECT: "id_subject", Where.PREVIEW_TEXT: "id_preview_text", Where.AUDIENCE: "id_segment"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    finding: Finding
    title: str
    may_override: bool
    #: Where the remedy is, when that is not in the composer; empty for what is, and for those who may not go there.
    url: str
    url_label: str

    @property
    def field(self) -> str:
        """The id of the composer's field that it is about; empty for a block, or for the issue as a whole."""
        if self.finding.rule == "narrowing":
            return f"id_{self.finding.about}"
        return FIELDS.get(self.finding.place.where, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    level: Level
    label: str
    icon: str
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSize:
    """How long the HTML is, against what Gmail shows of it. Numbers in bytes."""

    octets: int
    warns_at: int = WARN_SIZE
    limit: int = MAX_SIZE

    @property
    def summary(self) -> str:
        return _("%(size)d of 100 kB that Gmail shows") % {"size": -(-self.octets // 1000)}


@dataclass(frozen=True, kw_only=True)
class Examination:
    """One look at one version of an issue."""

    rows: Sequence[Row]
    size: MailSize
    #: Whether there is a checklist of Mailchimp's that can be asked for now.
    may_ask_checklist: bool = False
    #: Seconds until an answer may be there that is being asked for; 0 where none is.
    again: int = 0

    @cached_property
    def groups(self) -> list[Group]:
        return [
            Group(level=level, label=str(GROUPS[level][0]), icon=GROUPS[level][1], rows=list(rows))
            for level, rows in groupby(self.rows, lambda row: Level(row.finding.level))
        ]

    @property
    def open_count(self) -> int:
        return sum(row.finding.level == Level.BLOCKER for row in self.rows)

    @property
    def summary(self) -> str:
        """One sentence, for the head of the panel and for screen readers when it changes."""
        if self.open_count:
            return ngettext(
                "%(count)d finding is in the way of sending.",
                "%(count)d findings are in the way of sending.",
                self.open_count,
            ) % {"count": self.open_count}
        if any(row.finding.level == Level.NOT_CHECKED for row in self.rows):
            return _("Nothing that was checked is in the way of sending.")
        return _("Nothing is in the way of sending.")

    def find(self, fingerprint: str) -> Finding | None:
        return next((row.finding for row in self.rows if row.finding.fingerprint == fingerprint), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingGroup:
    """Findings of one level, for the dialogs that send."""

    level: Level
    label: str
    icon: str
    findings: Sequence[Finding]


def grouped(findings: Sequence[Finding]) -> list[FindingGroup]:
    return [
        FindingGroup(level=level, label=str(GROUPS[level][0]), icon=GROUPS[level][1], findings=list(found))
        for level, found in groupby(findings, lambda finding: Level(finding.level))
    ]


def look_at(issue: Issue, user: AbstractUser) -> Examination:
    """Check this very version, saved or not, and see what this user may do about it."""
    seen = examine(issue, now=timezone.now())
    rows = rows_of(findings_of(seen), issue, user)
    asks = being_asked(issue) is not None
    return Examination(
        rows=rows,
        size=MailSize(octets=len(seen.html.encode())),
        may_ask_checklist=seen.checklist_question is not None and issue.pk is not None and not asks,
        again=LOOKS_FOR_ANSWERS if asks else 0,
    )


def rows_of(findings: Sequence[Finding], issue: Issue, user: AbstractUser) -> list[Row]:
    rows = []
    for finding in findings:
        url, label = _elsewhere(finding, issue, user)
        may = issue.pk is not None and may_override(user, finding)
        title = _(rule_of(finding.rule).title)
        rows.append(Row(finding=finding, title=title, may_override=may, url=url, url_label=label))
    return rows


def _elsewhere(finding: Finding, issue: Issue, user: AbstractUser) -> tuple[str, str]:
    place = finding.place
    if place.story_id is not None and finding.rule.startswith(("editorial-", "story-overdue")):
        return reverse("blog_check", args=[place.story_id]), _("The story’s editorial check")
    if place.where is Where.NEWSLETTER and user.has_perm("newsletter.change_newsletter"):
        return reverse("newsletter_newsletters:edit", args=[issue.newsletter.pk]), _("The newsletter’s settings")
    if place.where is Where.PUBLICATION and user.has_perm("core.change_publicationsettings"):
        return reverse("wagtailsettings:edit", args=["core", "publicationsettings"]), _("The publication’s settings")
    return "", ""
