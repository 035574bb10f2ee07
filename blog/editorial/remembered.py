"""The check's findings, remembered by the very text that was checked: a story that did not change is not read again."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

from django.core.cache import cache as store

from blog.editorial.check import check
from blog.editorial.findings import Finding
from blog.editorial.manuscript import Manuscript

#: Seconds.
KEPT_FOR = 30 * 24 * 60 * 60
#: What the findings are made by.
_CODE = (Path(__file__).parent, Path(__file__).parents[1] / "readability")


def findings_of(manuscript: Manuscript) -> list[Finding]:
    """What `check` says of it."""
    key = f"editorial-check-{_digest(manuscript)}"
    found: list[Finding] | None = store.get(key)
    if found is None:
        found = check(manuscript)
        store.set(key, found, KEPT_FOR)
    return found


def _digest(manuscript: Manuscript) -> str:
    """Another one as soon as a word, a date, a rule or a lexicon changes.

    Of today's date the rules ask only whether a review is overdue: a story that was read yesterday is known today.
    """
    due = manuscript.review_due_on
    overdue = due is not None and due < manuscript.today
    fixed = replace(manuscript, people=frozenset(), today=date.min)
    text = f"{_code()}\n{overdue}\n{sorted(manuscript.people)!r}\n{fixed!r}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@cache
def _code() -> str:
    digest = hashlib.sha256()
    for folder in _CODE:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                digest.update(path.read_bytes())
    return digest.hexdigest()
