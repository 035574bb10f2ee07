"""Mailchimp's own checklist of an issue that it would send: what it answered lately, or that nobody has asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from newsletter.audience.mailchimp.said import in_words
from newsletter.issues.ask_checklist import being_asked
from newsletter.issues.checks.looked_up import shown
from newsletter.issues.findings import Finding, Level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from newsletter.issues.checks.examined import Examined
    from newsletter.issues.checks.questions import Kept

RULE, NOT_CHECKED = "remote-checklist", "checklist-not-checked"


def remote_checklist(seen: Examined) -> Iterator[Finding]:
    question = seen.checklist_question
    if question is None:
        return
    kept = seen.kept.get(question)
    if kept is None or not kept.counts(question, now=seen.now):
        yield _unknown(seen)
    elif problem := kept.answer.get("problem"):
        text = _("Mailchimp gave no checklist: %(problem)s (%(at)s).")
        yield _not_checked(text % {"problem": problem, "at": shown(kept.at)})
    else:
        yield from _items(kept)


def _items(kept: Kept) -> Iterator[Finding]:
    well = []
    for item in kept.answer.get("items", ()):
        parts = [part.strip().rstrip(".") for part in (item["heading"], item["details"]) if part.strip()]
        if item["type"] == "success":
            well += parts[:1]
            continue
        said = ": ".join(parts)
        yield Finding(
            rule=RULE,
            level=Level.BLOCKER if item["type"] == "error" else Level.WARNING,
            text=_("Mailchimp says: %(said)s (%(at)s).") % {"said": said, "at": shown(kept.at)},
            remedy=_("Mend it here or at Mailchimp, save, then ask again."),
            about=said,
        )
    if well:
        text = _("Mailchimp’s checklist is content with: %(what)s (%(at)s).")
        text %= {"what": ", ".join(dict.fromkeys(well)), "at": shown(kept.at)}
        yield Finding(rule=RULE, level=Level.WELL, text=text, remedy="")


def _unknown(seen: Examined) -> Finding:
    task = being_asked(seen.issue)
    if task is None:
        return _not_checked(_("Mailchimp’s own checklist was not asked for with these words."))
    if task.attempts:
        return _not_checked(
            _("Mailchimp could not be asked yet: %(why)s") % {"why": in_words(task.said)}, remedy=_wait()
        )
    return _not_checked(_("Mailchimp is being asked for its checklist."), remedy=_wait())


def _not_checked(text: str, *, remedy: str = "") -> Finding:
    return Finding(
        rule=NOT_CHECKED,
        level=Level.NOT_CHECKED,
        text=text,
        remedy=remedy or _("Save your draft, then ask for it."),
    )


def _wait() -> str:
    return _("Its answer appears here by itself.")
