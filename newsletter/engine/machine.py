"""What may happen to a delivery and to a campaign: two tables. Pure: no clock, no database, no network."""

from enum import StrEnum
from types import MappingProxyType


class IllegalStepError(Exception):
    """The event can't happen in this state; the state is unchanged."""


class DeliveryState(StrEnum):
    """Where one recipient of one campaign stands."""

    PENDING = "pending"  #: nothing was written to a server yet
    HANDED_OVER = "handed_over"  #: the message may be on the wire; no answer yet
    ACCEPTED = "accepted"  #: the server took responsibility (RFC 5321 section 4.2.5)
    DEFERRED = "deferred"  #: refused for now (4xx); tried again later
    REFUSED = "refused"  #: refused for good (5xx), or deferred for longer than 48 hours
    UNCERTAIN = "uncertain"  #: handed over, answer lost: a person or a policy decides
    SKIPPED = "skipped"  #: the reader left, or the campaign was cancelled, before anything was sent
    BOUNCED = "bounced"  #: accepted, and returned later (RFC 3464)
    COMPLAINED = "complained"  #: accepted, and reported as spam (RFC 5965)


class DeliveryEvent(StrEnum):
    """What was seen of a delivery, in the past tense."""

    HANDED_OVER = "handed_over"
    ANSWERED_OK = "answered_ok"
    ANSWERED_LATER = "answered_later"
    ANSWERED_NEVER = "answered_never"
    ANSWER_LOST = "answer_lost"
    RETRY_CAME_DUE = "retry_came_due"
    EXPIRED = "expired"
    READER_LEFT = "reader_left"
    CAMPAIGN_CANCELLED = "campaign_cancelled"
    RESOLVED_AS_SENT = "resolved_as_sent"
    RESOLVED_TO_RESEND = "resolved_to_resend"
    BOUNCE_CAME = "bounce_came"
    COMPLAINT_CAME = "complaint_came"


_D, _DE = DeliveryState, DeliveryEvent

DELIVERY_STEPS = MappingProxyType(
    {
        (_D.PENDING, _DE.HANDED_OVER): _D.HANDED_OVER,
        (_D.PENDING, _DE.ANSWERED_LATER): _D.DEFERRED,  # refused at RCPT: nothing was handed over
        (_D.PENDING, _DE.ANSWERED_NEVER): _D.REFUSED,
        (_D.PENDING, _DE.READER_LEFT): _D.SKIPPED,
        (_D.PENDING, _DE.CAMPAIGN_CANCELLED): _D.SKIPPED,
        (_D.HANDED_OVER, _DE.ANSWERED_OK): _D.ACCEPTED,
        (_D.HANDED_OVER, _DE.ANSWERED_LATER): _D.DEFERRED,
        (_D.HANDED_OVER, _DE.ANSWERED_NEVER): _D.REFUSED,
        (_D.HANDED_OVER, _DE.ANSWER_LOST): _D.UNCERTAIN,
        (_D.DEFERRED, _DE.RETRY_CAME_DUE): _D.PENDING,
        (_D.DEFERRED, _DE.EXPIRED): _D.REFUSED,
        (_D.DEFERRED, _DE.READER_LEFT): _D.SKIPPED,
        (_D.DEFERRED, _DE.CAMPAIGN_CANCELLED): _D.SKIPPED,
        (_D.UNCERTAIN, _DE.RESOLVED_AS_SENT): _D.ACCEPTED,
        (_D.UNCERTAIN, _DE.RESOLVED_TO_RESEND): _D.PENDING,
        (_D.ACCEPTED, _DE.BOUNCE_CAME): _D.BOUNCED,
        (_D.ACCEPTED, _DE.COMPLAINT_CAME): _D.COMPLAINED,
    }
)


class CampaignState(StrEnum):
    """Where one frozen send stands."""

    SCHEDULED = "scheduled"  #: waits for its instant
    PREPARING = "preparing"  #: the audience is being frozen into deliveries
    SENDING = "sending"  #: chunks are open or deferred deliveries wait
    PAUSED = "paused"  #: a person stopped it for now
    WAITING = "waiting"  #: the backend is down; tried again by itself
    HELD = "held"  #: needs a person: after a restore, a withdrawn story, too late
    SENT = "sent"  #: nothing is pending, handed over or deferred
    CANCELLED = "cancelled"  #: a person stopped it for good
    FAILED = "failed"  #: could not be prepared; nothing was sent


class CampaignEvent(StrEnum):
    """What was seen of a campaign, in the past tense."""

    CAME_DUE = "came_due"
    FROZEN = "frozen"
    PAUSED = "paused"
    RESUMED = "resumed"
    BACKEND_WENT_DOWN = "backend_went_down"
    BACKEND_CAME_BACK = "backend_came_back"
    HELD = "held"
    RESTORED = "restored"  #: from a backup: what happened after it was made is not in the books
    RELEASED = "released"
    PUT_BACK = "put_back"  #: never begun, and nothing stands in its way any more: it waits for its instant again
    COMPLETED = "completed"
    REOPENED = "reopened"
    CANCELLED = "cancelled"
    FAILED = "failed"


_C, _CE = CampaignState, CampaignEvent

CAMPAIGN_STEPS = MappingProxyType(
    {
        (_C.SCHEDULED, _CE.CAME_DUE): _C.PREPARING,
        (_C.SCHEDULED, _CE.HELD): _C.HELD,
        (_C.SCHEDULED, _CE.CANCELLED): _C.CANCELLED,
        (_C.SCHEDULED, _CE.BACKEND_WENT_DOWN): _C.WAITING,  # a service that prepares campaigns beforehand
        (_C.PREPARING, _CE.FROZEN): _C.SENDING,
        (_C.PREPARING, _CE.FAILED): _C.FAILED,
        (_C.PREPARING, _CE.CANCELLED): _C.CANCELLED,
        (_C.PREPARING, _CE.BACKEND_WENT_DOWN): _C.WAITING,
        (_C.PREPARING, _CE.HELD): _C.HELD,
        (_C.SENDING, _CE.PAUSED): _C.PAUSED,
        (_C.SENDING, _CE.BACKEND_WENT_DOWN): _C.WAITING,
        (_C.SENDING, _CE.HELD): _C.HELD,
        (_C.SENDING, _CE.COMPLETED): _C.SENT,
        (_C.SENDING, _CE.CANCELLED): _C.CANCELLED,
        (_C.PAUSED, _CE.RESUMED): _C.SENDING,
        (_C.PAUSED, _CE.CANCELLED): _C.CANCELLED,
        (_C.WAITING, _CE.BACKEND_CAME_BACK): _C.SENDING,
        (_C.WAITING, _CE.PAUSED): _C.PAUSED,
        (_C.WAITING, _CE.CANCELLED): _C.CANCELLED,
        (_C.WAITING, _CE.HELD): _C.HELD,
        (_C.WAITING, _CE.PUT_BACK): _C.SCHEDULED,
        (_C.SCHEDULED, _CE.RESTORED): _C.HELD,
        (_C.PREPARING, _CE.RESTORED): _C.HELD,
        (_C.SENDING, _CE.RESTORED): _C.HELD,
        (_C.PAUSED, _CE.RESTORED): _C.HELD,
        (_C.WAITING, _CE.RESTORED): _C.HELD,
        (_C.HELD, _CE.RESTORED): _C.HELD,  # it may have been released after the backup was made
        (_C.HELD, _CE.RELEASED): _C.SENDING,
        (_C.HELD, _CE.PUT_BACK): _C.SCHEDULED,
        (_C.HELD, _CE.CANCELLED): _C.CANCELLED,
        (_C.SENT, _CE.REOPENED): _C.SENDING,  # a person sends uncertain deliveries again
    }
)


def step_delivery(state: DeliveryState, event: DeliveryEvent) -> DeliveryState:
    """The state of a delivery after `event`.

    Raises:
        IllegalStepError: no such step; the table above is the whole truth.
    """
    try:
        return DELIVERY_STEPS[state, event]
    except KeyError:
        raise IllegalStepError(f"{event} can't happen to a delivery that is {state}") from None


def step_campaign(state: CampaignState, event: CampaignEvent) -> CampaignState:
    """The state of a campaign after `event`.

    Raises:
        IllegalStepError: no such step; the table above is the whole truth.
    """
    try:
        return CAMPAIGN_STEPS[state, event]
    except KeyError:
        raise IllegalStepError(f"{event} can't happen to a campaign that is {state}") from None


def delivery_sources(event: DeliveryEvent) -> frozenset[DeliveryState]:
    """The delivery states in which `event` may happen; what a conditional UPDATE filters on."""
    return frozenset(state for state, seen in DELIVERY_STEPS if seen is event)


def sources(event: CampaignEvent) -> frozenset[CampaignState]:
    """The campaign states in which `event` may happen; what a conditional UPDATE filters on."""
    return frozenset(state for state, seen in CAMPAIGN_STEPS if seen is event)
