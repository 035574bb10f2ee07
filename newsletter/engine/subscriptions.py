"""What may happen to a subscription. Pure."""

from enum import StrEnum
from types import MappingProxyType


class SubscriptionState(StrEnum):
    """Where one reader stands with one newsletter."""

    PENDING = "pending"  #: asked for, not yet confirmed from the mailbox
    CONFIRMED = "confirmed"  #: mailed
    ENDED = "ended"  #: never mailed; only a fresh opt-in starts anew


class EndReason(StrEnum):
    """Why a subscription ended."""

    UNSUBSCRIBED = "unsubscribed"  #: by the reader, on a page
    ONE_CLICK = "one_click"  #: by the reader, through the mail program (RFC 8058)
    BOUNCED = "bounced"  #: the mailbox does not exist
    COMPLAINED = "complained"  #: the reader reported it as spam
    SUPPRESSED = "suppressed"  #: an operator put the address on the suppression list
    BY_EDITOR = "by_editor"  #: an editor ended it, because the reader asked in some other way
    BY_PROGRAM = "by_program"  #: another program ended it through the API


class SubscriptionEvent(StrEnum):
    """What was seen, in the past tense."""

    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    ENDED = "ended"


STEPS = MappingProxyType(
    {
        (SubscriptionState.PENDING, SubscriptionEvent.REQUESTED): SubscriptionState.PENDING,
        (SubscriptionState.PENDING, SubscriptionEvent.CONFIRMED): SubscriptionState.CONFIRMED,
        (SubscriptionState.PENDING, SubscriptionEvent.ENDED): SubscriptionState.ENDED,
        (SubscriptionState.CONFIRMED, SubscriptionEvent.ENDED): SubscriptionState.ENDED,
        (SubscriptionState.ENDED, SubscriptionEvent.REQUESTED): SubscriptionState.PENDING,
    }
)
