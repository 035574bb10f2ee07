"""What the newsletter keeps."""

from newsletter.models.audience import (
    Approval,
    Frequency,
    LeavingCause,
    Newsletter,
    Subscriber,
    Subscription,
    UncertainPolicy,
)
from newsletter.models.campaign import ArchivedAs, Campaign, CampaignStory, Chunk, ClockLease, Delivery, Pace
from newsletter.models.clicks import Link, LinkHour
from newsletter.models.evidence import AppendOnlyError, ConsentEvent, ConsentKind, Suppression
from newsletter.models.issue import Issue
from newsletter.models.issue_template import IssueTemplate
from newsletter.models.mail import OutgoingMail, OutgoingMailState
from newsletter.models.mailchimp import (
    MailchimpAccount,
    MailchimpAudience,
    MailchimpBatch,
    MailchimpCampaign,
    MailchimpEvent,
    MailchimpMember,
    MemberProblem,
    MemberStatus,
    NewThere,
)
from newsletter.models.preflight import AnswerKind, PreflightAnswer, PreflightDecision
from newsletter.models.programs import (
    ApiToken,
    HookAttempt,
    HookEndpoint,
    HookEvent,
    HookStop,
    OutgoingHook,
    OutgoingHookState,
)
from newsletter.models.reader_records import (
    AttributeKind,
    AttributeValue,
    Segment,
    SubscriberAttribute,
    SubscriberNote,
    SubscriberTag,
    SubscriberTagging,
)
from newsletter.models.release import StoryRelease
from newsletter.models.remote_tasks import RemoteSlot, RemoteTask, RemoteTaskKind, RemoteTaskState
from newsletter.models.retention import ProcessorDetail, RetentionSettings
from newsletter.models.schedule import (
    ComposedInto,
    RunOutcome,
    Schedule,
    ScheduledStory,
    ScheduleRun,
    SendingHalt,
    Weekday,
    WeekOfMonth,
)
from newsletter.models.sign_up import AddressChange, SignUpFlood, SignUpRequest
from newsletter.models.transfer import ImportPart, ImportState, StagedReader, SubscriberExport, SubscriberImport

__all__ = [
    "AddressChange",
    "AnswerKind",
    "ApiToken",
    "AppendOnlyError",
    "Approval",
    "ArchivedAs",
    "AttributeKind",
    "AttributeValue",
    "Campaign",
    "CampaignStory",
    "Chunk",
    "ClockLease",
    "ComposedInto",
    "ConsentEvent",
    "ConsentKind",
    "Delivery",
    "Frequency",
    "HookAttempt",
    "HookEndpoint",
    "HookEvent",
    "HookStop",
    "ImportPart",
    "ImportState",
    "Issue",
    "IssueTemplate",
    "LeavingCause",
    "Link",
    "LinkHour",
    "MailchimpAccount",
    "MailchimpAudience",
    "MailchimpBatch",
    "MailchimpCampaign",
    "MailchimpEvent",
    "MailchimpMember",
    "MemberProblem",
    "MemberStatus",
    "NewThere",
    "Newsletter",
    "OutgoingHook",
    "OutgoingHookState",
    "OutgoingMail",
    "OutgoingMailState",
    "Pace",
    "PreflightAnswer",
    "PreflightDecision",
    "ProcessorDetail",
    "RemoteSlot",
    "RemoteTask",
    "RemoteTaskKind",
    "RemoteTaskState",
    "RetentionSettings",
    "RunOutcome",
    "Schedule",
    "ScheduleRun",
    "ScheduledStory",
    "Segment",
    "SendingHalt",
    "SignUpFlood",
    "SignUpRequest",
    "StagedReader",
    "StoryRelease",
    "Subscriber",
    "SubscriberAttribute",
    "SubscriberExport",
    "SubscriberImport",
    "SubscriberNote",
    "SubscriberTag",
    "SubscriberTagging",
    "Subscription",
    "Suppression",
    "UncertainPolicy",
    "WeekOfMonth",
    "Weekday",
]
