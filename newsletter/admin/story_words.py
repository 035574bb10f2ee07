"""What was already sent to whom, in an editor's words: for the story chooser, the composer and the copy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from newsletter.models import Frequency

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from blog.models import StoryPage
    from newsletter.issues.story_history import Sending, StoryHistory
    from newsletter.models import Newsletter

#: Sendings of a story that are told one by one; the number of the older ones follows.
TOLD = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryLine:
    """One story with what is to say of it, the most telling first. `is_sent_here`: by the newsletter that composes."""

    story: StoryPage
    said: tuple[str, ...]
    is_sent_here: bool


def lines_for(
    newsletter: Newsletter, stories: Sequence[StoryPage], histories: Mapping[int, StoryHistory]
) -> list[StoryLine]:
    return [
        StoryLine(
            story=story,
            said=tuple(said_of(histories[story.pk], newsletter.name)),
            is_sent_here=bool(histories[story.pk].here),
        )
        for story in stories
    ]


def said_of(history: StoryHistory, newsletter: str) -> list[str]:
    """Sentences on one story."""
    if not history.here:
        said = [_("Not yet sent by %(newsletter)s.") % {"newsletter": newsletter}]
    else:
        said = [_told(sending) for sending in history.here[:TOLD]]
        if (more := len(history.here) - TOLD) > 0:
            said.append(_older(more))
    if any(not sending.ahead for sending in (*history.here, *history.elsewhere)):
        said.append(_lacking(history))
    elsewhere = [
        _("By %(newsletter)s: %(told)s") % {"newsletter": sending.newsletter, "told": _told(sending)}
        for sending in history.elsewhere[:TOLD]
    ]
    return [*said, *elsewhere]


def _older(count: int) -> str:
    text = ngettext("%(count)d older issue has it, too.", "%(count)d older issues have it, too.", count)
    return text % {"count": count}


def _told(sending: Sending) -> str:
    values = {
        "subject": sending.subject,
        "day": formats.date_format(timezone.localtime(sending.at), "DATE_FORMAT"),
        "whom": _whom(sending),
        "number": intcomma(sending.recipients),
    }
    if sending.ahead:
        return _("Goes out in “%(subject)s” on %(day)s, to %(whom)s.") % values
    return (
        ngettext(
            "Sent in “%(subject)s” on %(day)s, to %(number)s reader: %(whom)s.",
            "Sent in “%(subject)s” on %(day)s, to %(number)s readers: %(whom)s.",
            sending.recipients,
        )
        % values
    )


def _whom(sending: Sending) -> str:
    """Such as "all", "weekly readers", "the segment “Berlin”, weekly readers"."""
    whom = []
    if sending.segment:
        whom.append(_("the segment “%(name)s”") % {"name": sending.segment})
    if sending.frequency:
        whom.append(_("those who read “%(frequency)s”") % {"frequency": Frequency(sending.frequency).label})
    if sending.fits_reader:
        whom.append(_("those whom it fits"))
    return ", ".join(whom) or _("all")


def _lacking(history: StoryHistory) -> str:
    values = {"lacking": intcomma(history.lacking), "readers": intcomma(history.readers)}
    if not history.lacking:
        return _("Every reader of today has it.")
    return (
        ngettext(
            "%(lacking)s of %(readers)s reader of today has not got it.",
            "%(lacking)s of %(readers)s readers of today have not got it.",
            history.readers,
        )
        % values
    )
