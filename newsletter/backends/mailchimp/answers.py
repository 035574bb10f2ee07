"""What Mailchimp answers, as records: only what is used, and never a raw response."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """One page of a list; `total` counts all pages, `seen` what Mailchimp listed on this one."""

    items: tuple[T, ...]
    total: int
    seen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    id: str
    name: str
    members: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    id: int
    name: str
    #: `tag` (a static segment) or `segment`.
    kind: str
    members: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeField:
    tag: str
    name: str
    #: As Mailchimp names it: text, number, address, phone, date, url, imageurl, radio, dropdown, birthday, zip.
    type: str
    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    hash: str
    email: str
    #: subscribed, unsubscribed, cleaned, pending, transactional, archived.
    status: str
    language: str = ""
    #: When and from where they opted in, as Mailchimp recorded it.
    opted_in_at: datetime | None = None
    opted_in_ip: str = ""
    changed_at: datetime | None = None
    merge_fields: Mapping[str, object] = field(default_factory=dict)
    #: Ids of the tags on it; whether a saved segment holds it is not told.
    tags: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberWrite:
    """A member as it should be. There is no status: an upsert never changes one, only begins one (`status_if_new`)."""

    email: str
    #: pending or subscribed.
    status_if_new: str
    #: Such as `en`; empty leaves it as it is.
    language: str = ""
    merge_fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One call of a batch. `key` comes back with its result; it must not be an address."""

    key: str
    method: str
    path: str
    body: Mapping[str, object] | None = None
    #: Of the query, as it would be written there.
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    id: str
    #: pending, preprocessing, started, finalizing, finished.
    status: str
    total: int
    finished: int
    errored: int
    #: Where the results lie, once it is finished; read them with `batch_results` only.
    results_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationResult:
    key: str
    status: int
    #: What the single call would have returned or raised: `error` is None where it succeeded.
    member: Member | None = None
    error: Exception | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    id: str
    url: str
    #: Only in the answer to its creation.
    secret: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignWrite:
    """Settings of a campaign over there. Nothing is tracked."""

    title: str
    list_id: str
    segment_id: int | None
    subject: str
    preview_text: str
    from_name: str
    reply_to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteCampaign:
    id: str
    web_id: int
    title: str
    #: save, paused, schedule, sending, sent, canceled, canceling, archived.
    status: str
    subject: str
    list_id: str
    segment_id: int | None
    send_time: datetime | None
    emails_sent: int
    archive_url: str
    #: What readers see beside the subject.
    preview_text: str = ""
    from_name: str = ""
    reply_to: str = ""
    #: What of its readers is tracked, as Mailchimp names it: opens, html_clicks, google_analytics, ...
    tracked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    html: str
    plain_text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistItem:
    #: success, warning, error.
    type: str
    heading: str
    details: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checklist:
    is_ready: bool
    items: tuple[ChecklistItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportHour:
    at: datetime
    emails_sent: int
    unique_opens: int
    recipients_clicks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    emails_sent: int
    hard_bounces: int
    soft_bounces: int
    unsubscribed: int
    abuse_reports: int
    #: How many readers opened it, and clicked in it: 0 unless somebody turned tracking on over there.
    opens: int
    clicks: int
    send_time: datetime | None
    hours: tuple[ReportHour, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkClicks:
    url: str
    #: All of them, also several by the same reader.
    clicks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SentTo:
    hash: str
    email: str
    #: sent, hard, soft.
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftAfter:
    """Somebody who unsubscribed through a campaign."""

    hash: str
    email: str
    at: datetime | None
    #: They called it spam. The reason itself, Mailchimp's words or the reader's, is never kept.
    is_abuse: bool
