"""How fast a campaign may go, chosen by a person while it is sent."""

from __future__ import annotations

import logging
from datetime import datetime

from django.utils.translation import gettext as _
from wagtail.log_actions import log

from newsletter.delivery.control import ControlError, User
from newsletter.engine.machine import CampaignState
from newsletter.models import Campaign, MailchimpCampaign

logger = logging.getLogger(__name__)

#: States in which something of it may still be sent.
UNFINISHED = frozenset(
    {
        CampaignState.SCHEDULED,
        CampaignState.PREPARING,
        CampaignState.SENDING,
        CampaignState.PAUSED,
        CampaignState.WAITING,
        CampaignState.HELD,
    }
)
#: More than any mail server takes; a larger number is a slip of the hand.
MOST_AN_HOUR = 100_000_000


def change_speed(campaign_id: int, messages_per_hour: int | None, *, user: User = None, now: datetime) -> Campaign:
    """Set the most messages an hour; None: what the newsletter says. Workers look at it once a second.

    Raises:
        ControlError: there is no such campaign, the number makes no sense, or nothing of it is left to send.
    """
    campaign = Campaign.objects.defer("compiled", "web_html").filter(pk=campaign_id).first()
    if campaign is None:
        raise ControlError(_("There is no campaign %(id)s.") % {"id": campaign_id})
    if messages_per_hour is not None and not 1 <= messages_per_hour <= MOST_AN_HOUR:
        raise ControlError(
            _("The most mails an hour must be a number from 1 to %(most)s. To stop, pause it.") % {"most": MOST_AN_HOUR}
        )
    if MailchimpCampaign.objects.filter(campaign_id=campaign_id).exists():
        raise ControlError(_("Mailchimp sends this campaign at its own speed, which can't be changed here."))
    before = campaign.messages_per_hour
    rows = Campaign.objects.filter(pk=campaign_id, state__in=UNFINISHED)
    if not rows.update(messages_per_hour=messages_per_hour):
        raise ControlError(
            _("Campaign %(id)s is %(state)s: nothing of it is sent any more, so its speed can't be changed.")
            % {"id": campaign_id, "state": campaign.state}
        )
    campaign.refresh_from_db(fields=["messages_per_hour", "state"])
    log(
        instance=campaign,
        action="wagtail.edit",
        user=user,
        data={"messages_per_hour": {"from": before, "to": messages_per_hour}},
        content_changed=False,
    )
    logger.info("campaign %s: %s messages an hour instead of %s, by %s", campaign_id, messages_per_hour, before, user)
    return campaign
