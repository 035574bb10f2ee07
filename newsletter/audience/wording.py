"""The words a reader agrees to, and the name each version of them has in the evidence."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import Promise

#: Every version that was ever shown: evidence names one, and its words must be found for as long as it is kept. Changed
#: words are a new entry; an old one is never altered (a test compares their digests).
VERSIONS: MappingProxyType[str, str | Promise] = MappingProxyType(
    {
        "2026-11": _(
            "We mail you what you chose above, and nothing else. Your address is used for these mails only, is never "
            "passed on, and every mail has a link that ends them at once."
        ),
    }
)

#: Kept in every ConsentEvent of an act that shows the words.
CURRENT = "2026-11"

CONSENT_TEXT = VERSIONS[CURRENT]


def words_of(version: str) -> str:
    """What a reader was shown, in the active language; empty for no version, or one that another site made up."""
    return str(VERSIONS.get(version, ""))
