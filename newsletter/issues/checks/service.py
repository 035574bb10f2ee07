"""Rules about who mails it: a backend that there is, and what a service that holds its audience can't or would do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from newsletter.backends import registry
from newsletter.issues.audience_there import audience_there
from newsletter.issues.checks.places import AUDIENCE, NEWSLETTER
from newsletter.issues.checks.typed import typed
from newsletter.issues.findings import Finding, Level
from newsletter.issues.reach import frequency_in_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from newsletter.issues.audience_there import AudienceThere
    from newsletter.issues.checks.examined import Examined

#: Mailchimp's fields: also of addresses, where a bar may be written as %7C, and those that ask (`*|IF:...|*`).
_FIELD = re.compile(r"\*(?:\||%7C)[^\n<>]{0,200}?(?:\||%7C)\*", re.I)


def backend(seen: Examined) -> Iterator[Finding]:
    name = seen.issue.newsletter.backend
    if name not in registry.configured():
        yield Finding(
            rule="backend",
            level=Level.BLOCKER,
            text=_("%(newsletter)s is to be mailed by “%(name)s”, which this site’s settings don’t have.")
            % {"newsletter": seen.issue.newsletter.name, "name": name},
            remedy=_("Choose another one in the newsletter’s form, or ask whoever operates this site."),
            place=NEWSLETTER,
        )


def audience(seen: Examined) -> Iterator[Finding]:
    """Everybody of an audience over there gets it: is there one, and does the issue ask for less?"""
    if not seen.abilities.holds_audience:
        return
    there = audience_there(seen.issue.newsletter)
    if there is None:
        yield Finding(
            rule="audience-there",
            level=Level.BLOCKER,
            text=_("%(newsletter)s is to be mailed by Mailchimp, but no audience there is switched on for it.")
            % {"newsletter": seen.issue.newsletter.name},
            remedy=_("Connect one under Mailchimp, or let this site mail it: the newsletter’s form says which."),
            place=NEWSLETTER,
        )
        return
    yield from _known(there)
    yield from _narrowed(seen, there)


def _known(there: AudienceThere) -> Iterator[Finding]:
    if there.problem:
        yield Finding(
            rule="audience-there",
            level=Level.WARNING,
            text=_("Mailchimp can’t be used just now: %(problem)s") % {"problem": there.problem},
            remedy=_("It can be scheduled, and waits until this is put right under Mailchimp."),
            place=NEWSLETTER,
        )
    if there.readers is None:
        text = _("How many readers the audience “%(name)s” has at Mailchimp is not known yet.")
    elif not there.readers:
        text = _("The audience “%(name)s” at Mailchimp had no reader when it was looked at last.")
    else:
        return
    yield Finding(
        rule="recipients",
        level=Level.WARNING,
        text=text % {"name": there.segment or there.name},
        remedy=_("It can go out, but maybe to nobody: look at the audience first."),
        place=NEWSLETTER,
    )


def _narrowed(seen: Examined, there: AudienceThere) -> Iterator[Finding]:
    """What was chosen before the newsletter went there is not passed over: it would go to more people than meant."""
    issue, can = seen.issue, seen.abilities
    chosen = []
    if issue.segment and not can.narrows:
        chosen.append(("segment", _("“Only for”"), _("for “%(name)s” only") % {"name": issue.segment.name}))
    if issue.frequency and not can.narrows:
        words = frequency_in_words(issue.frequency)
        chosen.append(
            ("frequency", _("“Only those who read”"), _("for those only who read “%(name)s”") % {"name": words})
        )
    if issue.fits_reader and not can.fits_reader:
        what = _("to leave out what a reader does not need")
        chosen.append(("fits_reader", _("“Leave out what a reader does not need”"), what))
    for name, field, meant in chosen:
        yield Finding(
            rule="narrowing",
            level=Level.BLOCKER,
            text=_("It is meant %(meant)s. Mailchimp mails the same to everybody of “%(name)s”.")
            % {"meant": meant, "name": there.segment or there.name},
            remedy=_("Empty %(field)s under “Who gets it”, or choose a newsletter that this site mails itself.")
            % {"field": field},
            place=AUDIENCE,
            about=name,
        )


def fields(seen: Examined) -> Iterator[Finding]:
    """The service would fill them in, with what it holds of a reader; also in the address of a link, for its site."""
    if not seen.abilities.holds_audience:
        return
    for field, (words, place) in typed(seen, _FIELD, mail=seen.html).items():
        yield Finding(
            rule="service-field",
            level=Level.BLOCKER,
            text=_("“%(field)s” in %(place)s is a field: Mailchimp would put there what it knows of each reader.")
            % {"field": field, "place": words},
            remedy=_("Write the words themselves."),
            place=place,
            about=field,
        )
