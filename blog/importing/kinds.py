"""Which kind a story probably is, from a small lexicon of treatments."""

from __future__ import annotations

import re
from collections.abc import Iterable

from blog.models import StoryKind

#: Names of treatments, as a reader would meet them in a title or a heading. Plurals are found too.
TREATMENTS = (
    "antidepressant|antipsychotic|behaviou?ral activation|bupropion|CBT|CBT-I|citalopram|clozapine|"
    "cognitive behaviou?ral therapy|cognitive therapy|DBT|duloxetine|ECT|electroconvulsive therapy|EMDR|escitalopram|"
    "esketamine|exposure therapy|fluoxetine|infusion|ketamine|lamotrigine|light therapy|lithium|MAOI|"
    "magnetic stimulation|mirtazapine|paroxetine|psilocybin|psychotherap(?:y|ies)|quetiapine|r?TMS|sertraline|SNRI|"
    "Spravato|SSRI|talking therap(?:y|ies)|theta burst|tricyclic|vagus nerve stimulation|venlafaxine|zuranolone"
)
LEXICON = re.compile(rf"(?<!\w)(?:{TREATMENTS})s?(?!\w)", re.IGNORECASE)


def treatment_named(texts: Iterable[str]) -> str | None:
    """The first treatment that title or headings name, as it is written there."""
    return next((match.group() for text in texts if (match := LEXICON.search(text))), None)


def guess_kind(title: str, headings: Iterable[str]) -> StoryKind:
    """Treatment where title or headings name one; else what a new story is."""
    return StoryKind.TREATMENT if treatment_named([title, *headings]) else StoryKind.NEWS
