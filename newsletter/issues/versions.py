"""What names a saved version and whom it goes to, so that a page which was looked at is known again when somebody
confirms it.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from newsletter.models import MailchimpAudience

if TYPE_CHECKING:
    from wagtail.models import Revision

    from newsletter.models import Issue


def name_of(revision: Revision | None) -> str:
    """Changes with every save: autosave overwrites a revision under its id, and only its time tells."""
    return f"{revision.pk}-{revision.created_at.timestamp():.6f}" if revision else "0"


def name_of_audience(issue: Issue) -> str:
    """Names whom this version goes to, by whom it is mailed, and how long it can be called back.

    Readers may come and go; with another newsletter, backend, segment or audience over there other people are mailed.
    """
    newsletter = issue.newsletter
    there = MailchimpAudience.objects.filter(newsletter=newsletter).values_list("list_id", "segment_id").first()
    said = [
        [newsletter.pk, newsletter.backend, newsletter.hold_minutes],
        [issue.segment.rules if issue.segment else {}, issue.frequency, issue.fits_reader],
        there if newsletter.can.holds_audience else None,
    ]
    return _digest(json.dumps(said, sort_keys=True))


def name_of_outgoing(issue: Issue, outgoing: Issue) -> str:
    """Names all that a page shows of what would go out.

    Args:
        issue: its row, with the latest revision.
        outgoing: the version that would go out: where only the approved one may, an approval makes it another one.
    """
    approved = f"{issue.live_revision_id}/{issue.last_published_at}" if issue.live else ""
    return f"{name_of(issue.latest_revision)}-{_digest(approved)}-{name_of_audience(outgoing)}"


def _digest(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()[:16]
