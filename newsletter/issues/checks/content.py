"""Rules about what was written and for whom: stories, leftovers of templates, readers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from newsletter.issues.checks.places import AUDIENCE, TEMPLATES
from newsletter.issues.checks.typed import typed
from newsletter.issues.findings import Finding, Level
from newsletter.issues.queries import WITHDRAWN
from newsletter.issues.reach import reach
from newsletter.issues.render import StoryPart
from newsletter.models import CampaignStory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from newsletter.issues.checks.examined import Examined
    from newsletter.issues.reach import Reach

#: What template languages and mailing services would fill in: Django's and Jinja's, ERB's, Mailchimp's (none of whose
#: fields are of use here, so none is allowed), Mailgun's and SendGrid's. `%C3%A4` in an address is none of them.
_TOKENS = re.compile(
    r"\{\{.{0,40}|\{%.{0,40}|<%.{0,40}|\*\|[^|\n]{0,40}\|\*|%[A-Za-z_]{2}[A-Za-z_.]{2,40}%|\$\{[\w.]{1,40}\}"
)


def content(seen: Examined) -> Iterator[Finding]:
    if not seen.laid.parts:
        yield Finding(
            rule="content",
            level=Level.BLOCKER,
            text=_("The issue is empty."),
            remedy=_("Choose at least one story for it."),
        )
    elif not any(isinstance(part, StoryPart) for part in seen.laid.parts):
        yield Finding(
            rule="stories",
            level=Level.BLOCKER,
            text=_("The issue has no story."),
            remedy=_("Choose at least one story for it."),
        )


def withdrawn_stories(seen: Examined) -> Iterator[Finding]:
    shown = {part.story_id for part in seen.laid.parts if isinstance(part, StoryPart)}
    for card in seen.places.cards:
        story = card.story
        if story is None or story.pk not in shown:
            title = story.title if story else _("A story that was deleted")
            yield Finding(
                rule="story-withdrawn",
                level=Level.BLOCKER,
                text=_("“%(title)s” is not published, so its card is left out.") % {"title": title},
                remedy=_("Publish the story again, or take its card out of the issue."),
                place=card.place,
            )
        elif story.get_view_restrictions().exists():
            yield Finding(
                rule="story-private",
                level=Level.BLOCKER,
                text=_("“%(title)s” can't be read by everybody.") % {"title": story.title},
                remedy=_("Make the page public, or take its card out of the issue."),
                place=card.place,
            )


def stories_sent_before(seen: Examined) -> Iterator[Finding]:
    rows = CampaignStory.objects.filter(campaign__newsletter=seen.issue.newsletter)
    rows = rows.exclude(campaign__state__in=WITHDRAWN).exclude(campaign__issue=seen.issue.pk)
    sent = set(rows.values_list("story_id", flat=True))
    for part in seen.laid.parts:
        if isinstance(part, StoryPart) and part.story_id in sent:
            yield Finding(
                rule="story-sent-before",
                level=Level.WARNING,
                text=_("“%(title)s” was in an earlier issue of this newsletter.") % {"title": part.title},
                remedy=_("Take it out unless readers should get it again."),
                place=seen.places.of_story(part.story_id),
            )


def leftover_tokens(seen: Examined) -> Iterator[Finding]:
    """What looks like a template's or Mailchimp's field is never filled in: readers would see it as it is."""
    for token, (words, place) in typed(seen, _TOKENS, mail=seen.visible_text).items():
        if seen.abilities.holds_audience and token.startswith("*|"):
            continue  # is filled in there: `checks.service.fields`
        yield Finding(
            rule="leftover-token",
            level=Level.BLOCKER,
            text=_("“%(token)s” in %(place)s looks like a field; readers would see it just so.")
            % {"token": token, "place": words},
            remedy=_("Write the words themselves."),
            place=place,
            about=token,
        )


def unfilled_slots(seen: Examined) -> Iterator[Finding]:
    """A marker of ours that no reader's value took the place of."""
    if any(seen.stem in text for text in (seen.html, seen.text)) or seen.stem.encode() in seen.message:
        yield Finding(
            rule="unfilled-slot",
            level=Level.BLOCKER,
            text=_("A place for a reader's own value stays empty in the mail."),
            remedy=_("A template puts it where none can be filled in: please tell whoever changed the mail templates."),
            place=TEMPLATES,
        )


def recipients(seen: Examined) -> Iterator[Finding]:
    """Of our own readers; what a service has is looked at in `checks.service`."""
    if seen.abilities.holds_audience:
        return
    found = reach(seen.issue, now=seen.now)
    if found.problem:
        yield Finding(
            rule="segment",
            level=Level.BLOCKER,
            text=_("The segment “%(name)s” can't be used: %(problem)s")
            % {"name": found.segment, "problem": found.problem},
            remedy=_("Mend the segment, or choose another one under “Only for”."),
            place=AUDIENCE,
        )
    elif not found.recipients:
        yield _nobody(found, seen.issue.newsletter.name)


def _nobody(found: Reach, newsletter: str) -> Finding:
    """Why it would go to nobody, and what would change that."""
    if not found.readers:
        return Finding(
            rule="recipients",
            level=Level.WARNING,
            text=_("Nobody is subscribed to %(newsletter)s yet.") % {"newsletter": newsletter},
            remedy=_("It can go out, but to nobody."),
            place=AUDIENCE,
        )
    if found.nothing_new:
        return Finding(
            rule="recipients",
            level=Level.WARNING,
            text=_("None of its readers would find anything new in it, so it would go to nobody."),
            remedy=_("Choose stories that they did not get yet, or untick “Leave out what a reader does not need”."),
        )
    if not found.segment:
        return Finding(
            rule="recipients",
            level=Level.WARNING,
            text=_("Nobody who reads %(newsletter)s chose “%(frequency)s”.")
            % {"newsletter": newsletter, "frequency": found.frequency},
            remedy=_("It can go out, but to nobody. Choose another frequency under “Who gets it”."),
        )
    return Finding(
        rule="recipients",
        level=Level.WARNING,
        text=_("The segment “%(name)s” holds no reader of %(newsletter)s.")
        % {"name": found.segment, "newsletter": newsletter},
        remedy=_("It can go out, but to nobody. Look at the segment's rules, or choose another one."),
        place=AUDIENCE,
    )
