"""What Mailchimp counted of a campaign that was sent."""

from __future__ import annotations

from datetime import timedelta

from tests.fakes.mailchimp.audiences import hash_of
from tests.fakes.mailchimp.problems import Json, not_found
from tests.fakes.mailchimp.state import State, read, written


def report(state: State, campaign_id: str) -> Json:
    campaign = _sent(state, campaign_id)
    bounced = [state.settings.bounces.get(address) for address in campaign["_recipients"]]
    opens = campaign["_opens"] if campaign["tracking"].get("opens") else 0
    clicks = sum(campaign["_links"].values())
    return {
        "id": campaign_id,
        "campaign_title": campaign["settings"]["title"],
        "type": campaign["type"],
        "list_id": campaign["recipients"]["list_id"],
        "list_is_active": True,
        "list_name": campaign["recipients"]["list_name"],
        "subject_line": campaign["settings"]["subject_line"],
        "preview_text": campaign["settings"]["preview_text"],
        "emails_sent": campaign["emails_sent"],
        "abuse_reports": campaign["_abuse"],
        "unsubscribed": len(campaign["_left"]),
        "send_time": campaign["send_time"],
        "bounces": {"hard_bounces": bounced.count("hard"), "soft_bounces": bounced.count("soft"), "syntax_errors": 0},
        "opens": {"opens_total": opens, "unique_opens": opens, "open_rate": 0.0, "last_open": ""},
        "clicks": {"clicks_total": clicks, "unique_clicks": clicks, "unique_subscriber_clicks": clicks},
        "timeseries": _hours(campaign, opens, clicks),
    }


def _hours(campaign: Json, opens: int, clicks: int) -> list[Json]:
    """24 hours; everything happens in the first."""
    start = read(campaign["send_time"]).replace(minute=0, second=0)
    first = {"emails_sent": campaign["emails_sent"], "unique_opens": opens, "recipients_clicks": clicks}
    none = dict.fromkeys(first, 0)
    return [{"timestamp": written(start + timedelta(hours=hour)), **(none if hour else first)} for hour in range(24)]


def links(state: State, campaign_id: str) -> list[Json]:
    return [
        {
            "id": hash_of(url)[:10],
            "url": url,
            "total_clicks": clicks,
            "click_percentage": 0.0,
            "unique_clicks": clicks,
            "unique_click_percentage": 0.0,
            "last_click": "",
            "campaign_id": campaign_id,
        }
        for url, clicks in _sent(state, campaign_id)["_links"].items()
    ]


def sent_to(state: State, campaign_id: str) -> list[Json]:
    campaign = _sent(state, campaign_id)
    list_id = campaign["recipients"]["list_id"]
    return [
        {
            "email_id": hash_of(address),
            "email_address": address,
            "merge_fields": {},
            "vip": False,
            "status": state.settings.bounces.get(address, "sent"),
            "open_count": 0,
            "last_open": "",
            "gmt_offset": 0,
            "campaign_id": campaign_id,
            "list_id": list_id,
            "list_is_active": True,
        }
        for address in campaign["_recipients"][: campaign["emails_sent"]]
    ]


def left(state: State, campaign_id: str) -> list[Json]:
    campaign = _sent(state, campaign_id)
    list_id = campaign["recipients"]["list_id"]
    return [
        {"email_id": hash_of(entry["email_address"]), "merge_fields": {}, "vip": False, "list_is_active": True}
        | {"campaign_id": campaign_id, "list_id": list_id, **entry}
        for entry in campaign["_left"]
    ]


def _sent(state: State, campaign_id: str) -> Json:
    campaign = state.campaign(campaign_id)
    if campaign["status"] not in ("sent", "sending", "canceled"):
        raise not_found()
    return campaign
