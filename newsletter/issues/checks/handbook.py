"""The rules as a page of the documentation: `python -m newsletter.issues.checks.handbook > docs/preflight-rules.md`."""

from __future__ import annotations

import sys

from newsletter.issues.checks.catalogue import RULES, Rule

LEVELS = {"B": "blocker", "W": "warning", "U": "not checked", "N": "not applicable"}
#: Said beside a rule that was looked up and found well: no level that a reader of the table looks for.
WELL = "K"
HEAD = """# The check before sending: its rules

This page is made from `newsletter/issues/checks/catalogue.py` by `make rules`.

A **blocker** stops scheduling and sending. Where the last column says *yes*, whoever has the right
(`newsletter.override_preflight`: owners and editors) may let it pass with a reason, which is kept, logged in the
issue's history and shown from then on. It holds for what was found: once that changes, it blocks anew. A **warning**
stops nothing. **Not checked** says what nobody knows yet. Rules with a clock (🕒) ask the network, SpamAssassin or
Mailchimp, at the press of a button; links and DNS are asked again after a day, SpamAssassin after a week or when a word
changes, Mailchimp after a day or when a word changes.

What the law and the large mailboxes ask for, what would send a hole or to the wrong people, and what makes a message
malformed can't be overridden by anybody. What the editorial check says of a story is settled on the story's own page.

| Rule | Looks at | What it asks for | Level | Override |
|---|---|---|---|---|
"""


def page() -> str:
    return HEAD + "".join(f"{_row(rule)}\n" for rule in RULES.values())


def _row(rule: Rule) -> str:
    levels = " or ".join(LEVELS[level] for level in rule.levels if level != WELL)
    override = ("yes" if rule.overridable else "never") if "B" in rule.levels else ""
    title = rule.title.replace("|", "\\|")
    clock = "🕒 " if rule.looked_up else ""
    return f"| `{rule.id}` | {rule.about} | {clock}{title} | {levels} | {override} |"


if __name__ == "__main__":
    sys.stdout.write(page())
