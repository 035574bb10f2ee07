"""An issue that nothing is wrong with, and what the check before sending says once something is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from newsletter.issues.checks.questions import Kept
from newsletter.issues.compose import compose
from newsletter.issues.findings import Level
from newsletter.issues.preflight import examine, preflight
from newsletter.models import Issue
from tests.factories import make_story, make_subscription
from tests.stages import stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from blog.models import StoryIndexPage, StoryPage
    from newsletter.issues.checks.examined import Examined
    from newsletter.issues.checks.questions import Question
    from newsletter.issues.findings import Finding
    from newsletter.models import Newsletter

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
#: Said of every issue that nothing was looked up for; `test_preflight_looked_up.py` is about it.
UNKNOWN = frozenset({"links-not-checked", "dns-not-checked", "spam-not-checked"})


@stage
def story(stories: StoryIndexPage) -> StoryPage:
    return make_story(stories, title="Sleep first", standfirst="Why sleep comes first in everything that we do here.")


@stage
def issue(story: StoryPage, newsletter: Newsletter) -> Issue:
    """One that nothing is wrong with."""
    make_subscription(newsletter)
    return compose(newsletter)


def everything(issue: Issue) -> list[Finding]:
    """What was found; what nobody knows is left out."""
    return [finding for finding in preflight(issue, now=NOW) if finding.level != Level.NOT_CHECKED]


def found(issue: Issue) -> dict[str, Finding]:
    return {finding.rule: finding for finding in everything(issue)}


def levels(issue: Issue) -> dict[str, str]:
    return {rule: str(finding.level) for rule, finding in found(issue).items()}


def place_of(issue: Issue, rule: str) -> str:
    """Where the finding of this rule says that it is."""
    return str(found(issue)[rule].place)


def with_html(issue: Issue, html: str, rule: Callable[[Examined], Iterator[Finding]]) -> dict[str, str]:
    """What one rule says of a mail of this HTML."""
    seen = examine(issue, now=NOW)
    changed = replace(seen, html=f"<html><body>{html}</body></html>")
    return {finding.rule: str(finding.level) for finding in rule(changed)}


def with_answers(
    issue: Issue,
    rule: Callable[[Examined], Iterator[Finding]],
    answer: Callable[[Question], Mapping[str, Any] | None],
    *,
    at: datetime = NOW,
) -> list[Finding]:
    """What one rule finds wrong or unknown when these answers came at `at`; None was not answered."""
    seen = examine(issue, now=NOW)
    answers = {question: answer(question) for question in seen.questions}
    kept = {question: Kept(answer=given, at=at) for question, given in answers.items() if given is not None}
    return [finding for finding in rule(replace(seen, kept=kept)) if finding.level != Level.WELL]


def card(story: StoryPage) -> tuple[str, dict[str, object]]:
    return ("story", {"story": story, "intro": "", "show_image": True})


def cards(issue: Issue) -> list[tuple[str, object]]:
    return [(block.block_type, block.value) for block in issue.body]
