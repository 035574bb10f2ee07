"""Campaigns: made, filled, scheduled on the grid, mailed once to each, taken back."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import timedelta

from tests.fakes.mailchimp.audiences import members_of, set_status
from tests.fakes.mailchimp.problems import Json, ProblemError, invalid
from tests.fakes.mailchimp.state import State, read, shown, written

#: What is put below a mail that lacks the way out.
FOOTER = '<center><a href="*|UNSUB|*">unsubscribe from this list</a> *|LIST:ADDRESS|*</center>'
#: What is on unless somebody turns it off, and what else there is.
_TRACKED: Json = {
    "opens": True,
    "html_clicks": True,
    "text_clicks": True,
    "goal_tracking": False,
    "ecomm360": False,
    "google_analytics": "",
    "clicktale": "",
}
_EDITABLE = ("save", "paused")


def create(state: State, body: Json) -> Json:
    if body.get("type") not in ("regular", "plaintext", "absplit", "rss", "variate"):
        raise invalid("The resource submitted could not be validated.", ("type", "Data matched none of the enum"))
    number = state.number()
    campaign_id = hashlib.sha256(f"campaign {number}".encode()).hexdigest()[:10]
    archive = f"https://us21.campaign-archive.example/?u=8d3a3db4d97663a9074efcc16&id={campaign_id}"
    campaign: Json = {
        "id": campaign_id,
        "web_id": 3000000 + number,
        "parent_campaign_id": "",
        "type": body["type"],
        "create_time": written(state.now),
        "archive_url": archive,
        "long_archive_url": archive,
        "status": "save",
        "emails_sent": 0,
        "send_time": "",
        "content_type": "template",
        "needs_block_refresh": False,
        "resendable": False,
        "recipients": {"list_id": "", "list_is_active": True, "list_name": "", "recipient_count": 0},
        "settings": {"subject_line": "", "preview_text": "", "title": "", "from_name": "", "reply_to": ""},
        "tracking": {**_TRACKED},
        "delivery_status": {"enabled": False},
        "_html": "",
        "_plain_text": "",
        "_footer_added": False,
        "_recipients": [],
        "_sending_since": "",
        "_opens": 0,
        "_links": {},
        "_left": [],
        "_abuse": 0,
    }
    _fill(state, campaign, body)
    state.campaigns[campaign_id] = campaign
    return campaign


def patch(state: State, campaign_id: str, body: Json) -> Json:
    campaign = _editable(state, campaign_id)
    _fill(state, campaign, body)
    return campaign


def _fill(state: State, campaign: Json, body: Json) -> None:
    for part in ("settings", "tracking"):
        campaign[part].update(body.get(part) or {})
    campaign["tracking"].update(dict.fromkeys(state.settings.always_tracked, True))
    recipients = body.get("recipients") or {}
    if list_id := recipients.get("list_id"):
        if list_id not in state.lists:
            raise invalid("The resource submitted could not be validated.", ("recipients.list_id", "No such list"))
        campaign["recipients"].update(list_id=list_id, list_name=state.lists[list_id]["name"])
        campaign["recipients"].pop("segment_opts", None)
        if options := recipients.get("segment_opts"):
            wanted = options.get("saved_segment_id")
            if wanted not in [segment["id"] for segment in state.lists[list_id]["_segments"]]:
                raise invalid("Invalid segment.", ("recipients.segment_opts", "No such segment"))
            campaign["recipients"]["segment_opts"] = {"match": "any", "conditions": [], **options}


def displayed(state: State, campaign: Json) -> Json:
    count = len(recipients(state, campaign)) if campaign["status"] != "sent" else campaign["emails_sent"]
    return {**shown(campaign), "recipients": {**campaign["recipients"], "recipient_count": count}}


def put_content(state: State, campaign_id: str, body: Json) -> Json:
    """Kept almost as it was given: whoever compares has to compare with what is kept."""
    campaign = _editable(state, campaign_id)
    if not body.get("html"):
        raise invalid("The resource submitted could not be validated.", ("html", "Value is required"))
    html = "\n".join(line.rstrip() for line in str(body["html"]).strip().splitlines())
    campaign["_footer_added"] = "*|UNSUB|*" not in html
    campaign["_html"] = f"{html}{FOOTER if campaign['_footer_added'] else ''}<!-- {campaign['web_id']} -->"
    plain = str(body.get("plain_text") or re.sub(r"<[^>]*>", "", html))
    campaign["_plain_text"] = plain.replace("\r\n", "\n").rstrip() + "\n"
    campaign["content_type"] = "html"
    return content(state, campaign_id)


def content(state: State, campaign_id: str) -> Json:
    campaign = state.campaign(campaign_id)
    html = campaign["_html"]
    return {"html": html, "plain_text": campaign["_plain_text"], "archive_html": html.replace("*|UNSUB|*", "")}


def checklist(state: State, campaign_id: str) -> Json:
    campaign = state.campaign(campaign_id)
    settings = campaign["settings"]
    wanted = (
        (bool(campaign["_html"]), 1, "Content", "The campaign has no content."),
        (bool(settings["subject_line"]), 2, "Subject Line", "There is no subject."),
        (bool(settings["from_name"] and settings["reply_to"]), 3, "From", "From name and reply-to are wanted."),
        (bool(recipients(state, campaign)), 502, "Audience", "You cannot send to an audience without subscribers."),
    )
    items: list[Json] = [
        {"type": "success" if ok else "error", "id": number, "heading": heading, "details": "" if ok else text}
        for ok, number, heading, text in wanted
    ]
    items += [{"id": 900, "heading": "", "details": "", **item} for item in state.settings.checklist]
    return {"is_ready": not any(item["type"] == "error" for item in items), "items": items}


def recipients(state: State, campaign: Json) -> list[str]:
    list_id = campaign["recipients"]["list_id"]
    if list_id not in state.lists:
        return []
    options = campaign["recipients"].get("segment_opts") or {}
    found = members_of(state, list_id, options.get("saved_segment_id"))
    return [member["email_address"] for member in found if member["status"] == "subscribed"]


def test(state: State, campaign_id: str, body: Json) -> None:
    campaign = state.campaign(campaign_id)
    addresses, kind = body.get("test_emails"), body.get("send_type")
    if not isinstance(addresses, list) or not addresses or kind not in ("html", "plaintext"):
        raise invalid("The resource submitted could not be validated.", ("test_emails", "Value is required"))
    if not campaign["_html"]:
        raise _not_now("Your Campaign has no content to send a test of.")
    state.tests += [[campaign_id, str(address), str(kind)] for address in addresses]


def schedule(state: State, campaign_id: str, body: Json) -> None:
    campaign = _sendable(state, campaign_id)
    at = read(str(body.get("schedule_time", "")))
    if at.minute % 15 or at.second or at.microsecond:
        raise invalid("Campaigns may only be scheduled to send on the quarter-hour (:00, :15, :30, :45).")
    if at <= state.now:
        raise invalid("You can't schedule a campaign to send in the past.")
    campaign.update(status="schedule", send_time=written(at))


def unschedule(state: State, campaign_id: str) -> None:
    campaign = state.campaign(campaign_id)
    if campaign["status"] != "schedule":
        raise _not_now("This campaign is not scheduled.")
    campaign.update(status="save", send_time="")


def send(state: State, campaign_id: str) -> None:
    campaign = _sendable(state, campaign_id)
    campaign.update(status="schedule", send_time=written(state.now))
    settle(state)


def cancel(state: State, campaign_id: str) -> None:
    campaign = state.campaign(campaign_id)
    if state.settings.cancel_refused:
        raise ProblemError(state.settings.cancel_refused, "Forbidden", "Cancelling is part of paid plans.")
    if campaign["status"] != "sending":
        raise _not_now("The campaign is not being sent.")
    campaign["status"] = "canceled"


def pause(state: State, campaign_id: str) -> None:
    if state.campaign(campaign_id)["type"] != "rss":
        raise _not_now("Only RSS campaigns can be paused or resumed.")


def delete(state: State, campaign_id: str) -> None:
    if state.campaign(campaign_id)["status"] in ("schedule", "sending"):
        raise _not_now("A campaign that is scheduled or being sent can't be deleted.")
    del state.campaigns[campaign_id]


def listed(state: State, query: dict[str, str]) -> list[Json]:
    found = [*state.campaigns.values()]
    for name in ("status", "type"):
        if name in query:
            found = [campaign for campaign in found if campaign[name] == query[name]]
    if "list_id" in query:
        found = [campaign for campaign in found if campaign["recipients"]["list_id"] == query["list_id"]]
    if "since_create_time" in query:
        since = read(query["since_create_time"])
        found = [campaign for campaign in found if read(campaign["create_time"]) >= since]
    if field := query.get("sort_field"):
        found.sort(key=lambda campaign: str(campaign[field]), reverse=query.get("sort_dir", "ASC").upper() == "DESC")
    return [displayed(state, campaign) for campaign in found]


def settle(state: State) -> None:
    """Mail what is due by now."""
    for campaign in state.campaigns.values():
        if campaign["status"] == "schedule" and read(campaign["send_time"]) <= state.now:
            campaign.update(status="sending", _recipients=recipients(state, campaign))
            campaign["_sending_since"] = campaign["send_time"]
        if campaign["status"] == "sending":
            _mail(state, campaign)


def _mail(state: State, campaign: Json) -> None:
    """As many as the time since it began has been enough for."""
    since, everybody = read(campaign["_sending_since"]), campaign["_recipients"]
    lasts = timedelta(seconds=state.settings.sending_for)
    done = state.now >= since + lasts
    upto = len(everybody) if done else int(len(everybody) * ((state.now - since) / lasts))
    state.mailed += [[campaign["id"], address] for address in everybody[campaign["emails_sent"] : upto]]
    _bounce(state, campaign, everybody[campaign["emails_sent"] : upto])
    campaign["emails_sent"] = upto
    if done:
        campaign["status"] = "sent"


def _bounce(state: State, campaign: Json, addresses: Iterable[str]) -> None:
    bouncing = {address for address in addresses if state.settings.bounces.get(address) == "hard"}
    for member in members_of(state, campaign["recipients"]["list_id"]) if bouncing else ():
        if member["email_address"] in bouncing:
            set_status(state, member, "cleaned", by="")


def _editable(state: State, campaign_id: str) -> Json:
    campaign = state.campaign(campaign_id)
    if campaign["status"] not in _EDITABLE:
        raise _not_now(f"A campaign in status {campaign['status']} can't be changed.")
    return campaign


def _sendable(state: State, campaign_id: str) -> Json:
    campaign = state.campaign(campaign_id)
    if campaign["status"] not in _EDITABLE:
        raise _not_now(f"This campaign can't be sent or scheduled: its status is {campaign['status']}.")
    if not checklist(state, campaign_id)["is_ready"]:
        raise _not_now("Your Campaign is not ready to send; see the checklist.")
    return campaign


def _not_now(detail: str) -> ProblemError:
    return ProblemError(400, "Bad Request", detail)
