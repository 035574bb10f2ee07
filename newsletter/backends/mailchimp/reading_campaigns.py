"""From JSON to records, of campaigns and reports."""

from __future__ import annotations

from collections.abc import Iterator

from newsletter.backends.mailchimp.answers import (
    Checklist,
    ChecklistItem,
    Content,
    LeftAfter,
    LinkClicks,
    RemoteCampaign,
    Report,
    ReportHour,
    SentTo,
)
from newsletter.backends.mailchimp.ids import is_hash, member_hash
from newsletter.backends.mailchimp.masking import masked
from newsletter.backends.mailchimp.reading import entries, flag, inner, instant, needed, number, text
from newsletter.backends.mailchimp.wire import Json

#: What is switched on or off, what has a name once it is on, and what is written into the records of another service.
_SWITCHES = ("opens", "html_clicks", "text_clicks", "goal_tracking", "ecomm360")
_NAMED = ("google_analytics", "clicktale")
_RECORDS = ("salesforce", "capsule")


def campaign(found: Json) -> RemoteCampaign:
    settings, recipients = inner(found, "settings"), inner(found, "recipients")
    segment = number(inner(recipients, "segment_opts"), "saved_segment_id")
    return RemoteCampaign(
        id=needed(found, "id"),
        web_id=number(found, "web_id"),
        title=text(settings, "title"),
        status=needed(found, "status"),
        subject=text(settings, "subject_line"),
        list_id=text(recipients, "list_id"),
        segment_id=segment or None,
        send_time=instant(found, "send_time"),
        emails_sent=number(found, "emails_sent"),
        archive_url=text(found, "archive_url"),
        preview_text=text(settings, "preview_text"),
        from_name=text(settings, "from_name"),
        reply_to=text(settings, "reply_to"),
        tracked=tuple(_tracked(inner(found, "tracking"))),
    )


def _tracked(tracking: Json) -> Iterator[str]:
    """What is on. What is not there, or not known here, is taken for off: nothing would ever go out otherwise."""
    yield from (name for name in _SWITCHES if flag(tracking, name))
    yield from (name for name in _NAMED if text(tracking, name).strip())
    for name in _RECORDS:
        if any(flag(inner(tracking, name), part) for part in ("campaign", "notes")):
            yield name


def content(found: Json) -> Content:
    return Content(html=text(found, "html"), plain_text=text(found, "plain_text"))


def checklist(found: Json) -> Checklist:
    items = tuple(
        ChecklistItem(
            type=text(item, "type"), heading=masked(text(item, "heading")), details=masked(text(item, "details"))
        )
        for item in entries(found, "items")
    )
    return Checklist(is_ready=flag(found, "is_ready"), items=items)


def report(found: Json) -> Report:
    bounces = inner(found, "bounces")
    hours = found.get("timeseries")
    listed = [hour for hour in hours if isinstance(hour, dict)] if isinstance(hours, list) else []
    return Report(
        emails_sent=number(found, "emails_sent"),
        hard_bounces=number(bounces, "hard_bounces"),
        soft_bounces=number(bounces, "soft_bounces"),
        unsubscribed=number(found, "unsubscribed"),
        abuse_reports=number(found, "abuse_reports"),
        opens=number(inner(found, "opens"), "unique_opens"),
        clicks=number(inner(found, "clicks"), "unique_subscriber_clicks"),
        send_time=instant(found, "send_time"),
        hours=tuple(hour for hour in map(_hour, listed) if hour is not None),
    )


def _hour(found: Json) -> ReportHour | None:
    at = instant(found, "timestamp")
    if at is None:
        return None
    return ReportHour(
        at=at,
        emails_sent=number(found, "emails_sent"),
        unique_opens=number(found, "unique_opens"),
        recipients_clicks=number(found, "recipients_clicks"),
    )


def link(found: Json) -> tuple[str, LinkClicks]:
    """With its id: the same address may stand in a mail twice."""
    return needed(found, "id"), LinkClicks(url=text(found, "url"), clicks=number(found, "total_clicks"))


def sent_to(found: Json) -> SentTo | None:
    email = text(found, "email_address")
    return SentTo(hash=_hash(found, email), email=email, status=text(found, "status")) if email else None


def left_after(found: Json) -> LeftAfter | None:
    email = text(found, "email_address")
    if not email:
        return None
    reason = text(found, "reason").lower()
    return LeftAfter(
        hash=_hash(found, email),
        email=email,
        at=instant(found, "timestamp"),
        is_abuse="abuse" in reason or "spam" in reason,
    )


def _hash(found: Json, email: str) -> str:
    given = text(found, "email_id")
    return given if is_hash(given) else member_hash(email)
