"""What the worker keeps of Mailchimp, as sentences of ours: kept in English, and translated for who reads them.

The worker doesn't know who that will be, and by some of them it is known whose a problem is to take away. What an error
says is put into words where it is raised, in the language of the site.
"""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext

from core.marks import _

NOT_IN_STEP: Final = _("Not all readers are in step with Mailchimp: %(why)s")
UNREADABLE: Final = _("What changed at Mailchimp can't be read: %(why)s")
NO_HOOK: Final = _("Mailchimp took no webhook, so what changes there is looked for every half minute. It said: %(why)s")
_WITH_WHY = (NOT_IN_STEP, UNREADABLE, NO_HOOK)

#: The end of `NOT_IN_STEP` and `UNREADABLE`.
NO_AUDIENCE: Final = _("it has no such audience any more. Switch it off, and choose another one.")
STAYS_THERE: Final = _(
    "Mailchimp refuses to unsubscribe somebody who must not be mailed. Unsubscribe the contact there by hand; “What "
    "differs” says who it is."
)
LOOKED_AT_FIRST: Final = _("Who is at Mailchimp already is looked at first.")
AUDIENCE_IS_GONE: Final = _("The account has no such audience any more. Choose another one.")
HOOK_WENT_WITH_IT: Final = _("The audience is not there any more.")
NOT_IN_REACH: Final = _(
    "Mailchimp can't reach this site (BASE_URL). What changes there is looked for every half minute."
)
NOT_SIGNED: Final = _(
    "Mailchimp signs nothing here: each event makes us look what changed, and changes nothing by itself."
)
OUR_FAULT: Final = _("An error of our own; see the log.")


def beginning(text: str) -> str:
    """What a sentence with a reason begins with, as it is kept."""
    return text.partition("%(why)s")[0]


def in_words(kept: str) -> str:
    """What was kept, for whoever reads it now; what is no sentence of ours stays as it is."""
    for text in _WITH_WHY:
        if kept.startswith(beginning(text)):
            return gettext(text) % {"why": in_words(kept.removeprefix(beginning(text)))}
    return gettext(kept) if kept else ""
