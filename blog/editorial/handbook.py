"""The rules as a page of the documentation: `python -m blog.editorial.handbook > docs/editorial-rules.md`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from blog.editorial.catalogue import Rule, catalogue
from blog.editorial.findings import Level

LEVELS = {
    Level.BLOCKER: "Blocker",
    Level.ACKNOWLEDGE: "To acknowledge",
    Level.WARNING: "Warning",
}
FAMILIES = {
    "S": "Suicide and self-harm",
    "C": "Claims and sources",
    "F": "Fairness about treatments",
    "P": "People whose stories are told",
    "E": "Editorial duties",
    "R": "Readability",
    "L": "Language about people",
    "T": "Typography",
    "A": "Accessibility",
}
VALUE = re.compile(r"%\((\w+)\)[sd]")
HEAD = """# The editorial rules

This page is made from `blog/editorial/rules.toml`; change a text there. *Italics* in a text stand for a value, such as
the words that were found.

A **blocker** stops publishing and mailing; whoever has the right may override it with a reason, which is kept in the
page's history and shown on the dashboard. What is **to acknowledge** stops publishing until somebody who may edit the
story says that it was seen. A **warning** stops nothing. Drafts are always saved. A decision holds for the sentence
that it was made on: once a word changes, it is asked about anew.

Rules on wording leave quotations and the list of references alone.
"""


def page() -> str:
    return "\n".join([HEAD, *_families()]).rstrip() + "\n"


def _families() -> Iterator[str]:
    family = ""
    for rule in catalogue().values():
        if rule.id[0] != family:
            family = rule.id[0]
            yield f"## {FAMILIES[family]}\n"
        yield from _rule(rule)


def _rule(rule: Rule) -> Iterator[str]:
    yield f"### {rule.id}: {rule.title}\n"
    for wording in rule.wordings.values():
        yield f"**{LEVELS[wording.level]}.** {_in_words(wording.why)}\n"
        yield f"What to do: {_in_words(wording.remedy)}\n"
    yield f"Source: {rule.source}\n"


def _in_words(text: str) -> str:
    """Placeholders as italics; a percent sign that was doubled for them is one again."""
    return VALUE.sub(lambda found: f"*{found[1]}*", text).replace("%%", "%").strip()


if __name__ == "__main__":
    sys.stdout.write(page())
