"""What the newsletter keeps."""

from newsletter.models.audience import (
    AppendOnlyError,
    ConsentEvent,
    ConsentKind,
    Frequency,
    LeavingCause,
    Newsletter,
    Subscriber,
    Subscription,
    Suppression,
    UncertainPolicy,
)
from newsletter.models.campaign import Campaign, CampaignStory, Chunk, ClockLease, Delivery
from newsletter.models.issue import Issue
from newsletter.models.mail import OutgoingMail, OutgoingMailState
from newsletter.models.release import StoryRelease

__all__ = [
    "AppendOnlyError",
    "Campaign",
    "CampaignStory",
    "Chunk",
    "ClockLease",
    "ConsentEvent",
    "ConsentKind",
    "Delivery",
    "Frequency",
    "Issue",
    "LeavingCause",
    "Newsletter",
    "OutgoingMail",
    "OutgoingMailState",
    "StoryRelease",
    "Subscriber",
    "Subscription",
    "Suppression",
    "UncertainPolicy",
]
