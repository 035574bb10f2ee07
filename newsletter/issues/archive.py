"""The archive: which campaigns it shows, what they say, and taking one out of it or back into it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from selectolax.lexbor import LexborHTMLParser
from wagtail.log_actions import log

from newsletter.engine.machine import CampaignState, DeliveryState
from newsletter.issues.errors import IssueError
from newsletter.models import ArchivedAs, Campaign, Delivery

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import AbstractBaseUser

    from newsletter.models import Newsletter

logger = logging.getLogger(__name__)

#: A campaign in one of these has reached readers or is about to.
GOING_OUT = (CampaignState.SENDING, CampaignState.SENT, CampaignState.PAUSED, CampaignState.WAITING)
#: One of these may have been stopped half-way: who got it must still find it.
STOPPED = (CampaignState.HELD, CampaignState.CANCELLED)
REACHED = (
    DeliveryState.HANDED_OVER,
    DeliveryState.ACCEPTED,
    DeliveryState.UNCERTAIN,
    DeliveryState.BOUNCED,
    DeliveryState.COMPLAINED,
)
#: Columns that no list needs and that are large.
LARGE = ("compiled", "web_html", "web_text")
#: What the page is made of, block by block: a line of its own for each in the text.
_LINES = "p, h1, h2, h3, h4, h5, h6, li, td, th, div, blockquote, figcaption, br, tr"
LONGEST_REASON = 300


class ArchiveError(IssueError):
    """It can't stand in the archive that way; the text says why. Nothing was changed."""


def public_campaigns() -> QuerySet[Campaign]:
    """Campaigns that reached readers; one that was stopped before its first mail is nobody's business."""
    reached = Delivery.objects.filter(campaign=OuterRef("pk"), state__in=REACHED)
    # A service that sends whole campaigns may be waited for before the first mail.
    unbegun = Q(state=CampaignState.WAITING, started_at=None)
    return Campaign.objects.filter(Q(state__in=GOING_OUT) & ~unbegun | Q(Exists(reached), state__in=STOPPED))


def shown_campaigns() -> QuerySet[Campaign]:
    """The latest public campaign of each issue: the one that the issue's page shows."""
    at = OuterRef("scheduled_at")
    later = Q(scheduled_at__gt=at) | Q(scheduled_at=at, pk__gt=OuterRef("pk"))
    newer = public_campaigns().filter(later, issue=OuterRef("issue"))
    return public_campaigns().filter(~Exists(newer)).order_by("-scheduled_at", "-pk")


def listed_campaigns(newsletter: Newsletter | None = None) -> QuerySet[Campaign]:
    """What list, search, feed and site map lead to, the newest first; of one newsletter, or of all that are shown."""
    listed = shown_campaigns().filter(archived_as=ArchivedAs.LISTED, newsletter__hidden=False).exclude(web_html="")
    return listed if newsletter is None else listed.filter(newsletter=newsletter)


def text_of(web_html: str) -> str:
    """What an issue's page says, a line for each paragraph: for searching. Without the head and the foot of the page,
    which are the same in all issues.
    """
    tree = LexborHTMLParser(web_html)
    body = tree.body
    if body is None:
        return ""
    tree.strip_tags(["script", "style", "title", "head"])
    sections = body.css("body > div > div")
    if len(sections) > 2:  # masthead, what was written, foot
        sections[0].decompose()
        sections[-1].decompose()
    for node in body.css(_LINES):
        node.insert_after("\n")
    lines = (" ".join(line.split()) for line in body.text().splitlines())
    return "\n".join(line for line in lines if line)


def put_in_archive(
    campaign_id: int, *, shown_as: ArchivedAs, because: str = "", user: AbstractBaseUser | None, now: datetime
) -> Campaign:
    """Show an issue in the list, by its address only, or instead of it a note that it was withdrawn.

    Raises:
        ArchiveError: it is to be withdrawn without a reason.
    """
    because = " ".join(because.split())[:LONGEST_REASON]
    withdrawn = shown_as == ArchivedAs.WITHDRAWN
    if withdrawn and not because:
        raise ArchiveError(_("Say why: readers who open its page read your reason there."))
    with transaction.atomic():
        campaign = Campaign.objects.defer(*LARGE).select_for_update().get(pk=campaign_id)
        before = campaign.archived_as
        campaign.archived_as = shown_as
        campaign.withdrawn_because = because if withdrawn else ""
        campaign.withdrawn_at = (campaign.withdrawn_at or now) if withdrawn else None
        campaign.save(update_fields=["archived_as", "withdrawn_because", "withdrawn_at"])
        log(
            instance=campaign,
            action="wagtail.edit",
            user=user,
            data={"archived_as": {"from": before, "to": str(shown_as)}, "because": campaign.withdrawn_because},
            content_changed=False,
        )
    logger.info("campaign %s is %s in the archive, said %s", campaign_id, shown_as, user)
    return campaign
