"""The words a reader agrees to, and the name each version of them has in the evidence."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from newsletter.backends.registry import MAILCHIMP

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from newsletter.models import Newsletter

#: Every version that was ever shown: evidence names one, and its words must be found for as long as it is kept. Changed
#: words are a new entry; an old one is never altered (a test compares their digests).
VERSIONS: MappingProxyType[str, str | Promise] = MappingProxyType(
    {
        "2026-11": _(
            "We mail you what you chose above, and nothing else. Your address is used for these mails only, is never "
            "passed on, and every mail has a link that ends them at once."
        ),
        "2026-12-mailchimp": _(
            "We mail you what you chose above, and nothing else. Mailchimp (Intuit Inc., United States) may send these "
            "mails for us; for that it gets your address, your language and, if you give one, your name. Nobody else "
            "gets them, and every mail has a link that ends the mails at once."
        ),
    }
)

#: Kept in every ConsentEvent of an act that shows the words.
CURRENT = "2026-11"
#: The same where Mailchimp sends a newsletter that is offered.
THROUGH_MAILCHIMP = "2026-12-mailchimp"

CONSENT_TEXT = VERSIONS[CURRENT]


def version_for(*offered: Newsletter) -> str:
    """Which words are true of all newsletters that a page offers."""
    through = any(newsletter.backend == MAILCHIMP for newsletter in offered)
    return THROUGH_MAILCHIMP if through else CURRENT


def words_of(version: str) -> str:
    """What a reader was shown, in the active language; empty for no version, or one that another site made up."""
    return str(VERSIONS.get(version, ""))
