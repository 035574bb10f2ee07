"""How well the check does on samples: precision and recall of each rule."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from blog.editorial.check import check
from blog.editorial.findings import Finding
from blog.editorial.samples import ANYWHERE, Sample

#: Not judged: what they count is counted in their own tests.
NOT_JUDGED = frozenset({"R1", "R2"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """A finding that nobody expected, or one that is missing."""

    rule: str
    sample: str
    #: The sentence, or the part of it that was expected.
    sentence: str
    why: str = ""


@dataclass(slots=True, kw_only=True)
class Score:
    """Of one rule, or of all together."""

    rule: str
    right: int = 0
    #: Sentences that were made to tempt the rule, and didn't.
    resisted: int = 0
    misses: list[Slip] = field(default_factory=list)
    false_alarms: list[Slip] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """How much of what it finds is right; 1 when it finds nothing."""
        found = self.right + len(self.false_alarms)
        return self.right / found if found else 1.0

    @property
    def recall(self) -> float:
        """How much of what it should find it does find; 1 when there is nothing."""
        wanted = self.right + len(self.misses)
        return self.right / wanted if wanted else 1.0

    def add(self, other: Score) -> None:
        self.right += other.right
        self.resisted += other.resisted
        self.misses += other.misses
        self.false_alarms += other.false_alarms


def measure(samples: Iterable[Sample], rules: Iterable[str]) -> list[Score]:
    """A score for each of `rules`, in their order."""
    scores = {rule: Score(rule=rule) for rule in rules if rule not in NOT_JUDGED}
    for sample in samples:
        findings = check(sample.manuscript)
        for rule, score in scores.items():
            score.add(_score(rule, sample, [finding for finding in findings if finding.rule == rule]))
    return list(scores.values())


def together(scores: Iterable[Score]) -> Score:
    """All rules as if they were one."""
    total = Score(rule="all")
    for score in scores:
        total.add(score)
    return total


def _score(rule: str, sample: Sample, findings: Sequence[Finding]) -> Score:
    """Each expected part takes the findings on its sentence; what is left is open to argument, or false.

    Two findings on one expected sentence count once: a rule may have two things to say of it.
    """
    score = Score(rule=rule)
    left = list(findings)
    expected = sample.expected.get(rule, ())
    for part in sorted(expected, key=lambda part: part == ANYWHERE):
        taken = left[:1] if part == ANYWHERE else [found for found in left if _is_on(found, part)]
        left = [found for found in left if found not in taken]
        score.right += bool(taken)
        if not taken:
            score.misses.append(Slip(rule=rule, sample=sample.id, sentence=part))
    open_parts = sample.open.get(rule, ())
    for found in left:
        if ANYWHERE in expected or ANYWHERE in open_parts or any(_is_on(found, part) for part in open_parts):
            continue
        sentence = found.sentence or f"({found.block})"
        score.false_alarms.append(Slip(rule=rule, sample=sample.id, sentence=sentence, why=found.why))
    score.resisted = sum(
        not (findings if part == ANYWHERE else any(_is_on(found, part) for found in findings))
        for part in sample.tempting.get(rule, ())
    )
    return score


def _is_on(finding: Finding, part: str) -> bool:
    sentence = " ".join(finding.sentence.split())
    return bool(sentence) and (part in sentence or sentence in part)
