"""The numbers of a campaign that Mailchimp has sent: asked for at once, then at growing intervals for a month."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from newsletter.backends.mailchimp.answers import Report
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.errors import NotFoundError, RefusedError, UnexpectedAnswerError
from newsletter.delivery.remote import leavers, ledger
from newsletter.delivery.store.remote import complete
from newsletter.engine.machine import CampaignState
from newsletter.models import MailchimpCampaign, RemoteTask

#: Seconds of a turn; then others have theirs, and this one goes on.
TURN = 5.0
SOON, LATEST = timedelta(minutes=5), timedelta(days=1)
#: Bounces and those who leave come in for weeks; hardly anything after that.
FOR = timedelta(days=30)
#: Mailchimp's numbers come a moment after its mails, and its list of recipients after those: so long an empty report
#: is not believed, nor a list that is shorter than the report says.
UNBELIEVED = timedelta(minutes=15)
LOOKS_AGAIN = timedelta(seconds=30)
#: More than readers ever look at.
MOST_LINKS = 500

#: What the ledger is written for and what it was written for last: mails and bounces as the report counted them.
WANTED, WRITTEN = "ledger_wanted", "ledger_written"


def turn(task: RemoteTask, api: Mailchimp, now: datetime) -> datetime | None:
    """Fetch the numbers, end who left, bring the ledger up to date, and call the campaign sent."""
    until = time.monotonic() + TURN
    remote = _remote(task)
    if remote is None or not remote.remote_id or remote.campaign.addresses_forgotten_at is not None:
        return None
    try:
        if remote.report.get(WANTED) is None or not remote.report.get("emails_sent"):
            _ask(remote, api, now)
        if _may_lag(remote, now):
            task.said = _("Mailchimp has no numbers yet. It is asked again in a moment.")
            return now + LOOKS_AGAIN
        if remote.report.get(WANTED) is not None and not _write_ledger(remote, task, api, until=until, now=now):
            return now
    except ledger.TooFewListedError:
        task.said = _("Mailchimp does not list everybody yet who got it. It is asked again in a moment.")
        return now + LOOKS_AGAIN
    except (NotFoundError, RefusedError, UnexpectedAnswerError) as error:
        return _without_report(remote, task, str(error), now)
    complete(remote.campaign_id, now=now)
    task.said = _said(task.total)
    return next_look(ledger.sent_at_of(remote, now), now)


def next_look(sent_at: datetime, now: datetime) -> datetime | None:
    """After 5 minutes, then each time half as long as it is out, and at least daily; None after 30 days."""
    out = now - sent_at
    return None if out > FOR else now + min(max(out / 2, SOON), LATEST)


def _remote(task: RemoteTask) -> MailchimpCampaign | None:
    campaign_id = int(task.name.partition(":")[2])
    remotes = MailchimpCampaign.objects.select_related("campaign").defer(
        "campaign__compiled", "campaign__web_html", "campaign__web_text"
    )
    return remotes.filter(campaign_id=campaign_id).first()


def _ask(remote: MailchimpCampaign, api: Mailchimp, now: datetime) -> None:
    seen = api.report(remote.remote_id)
    links = sorted(api.link_clicks(remote.remote_id), key=lambda link: -link.clicks)[:MOST_LINKS]
    if seen.unsubscribed or seen.abuse_reports:
        leavers.end_those_who_left(remote, api, now)
    written = remote.report.get(WRITTEN)
    wanted = [seen.emails_sent, seen.hard_bounces + seen.soft_bounces]
    remote.report = _kept(seen) | {WRITTEN: written, WANTED: None if wanted == written else wanted}
    remote.links = [{"url": link.url, "clicks": link.clicks} for link in links]
    remote.reported_at = now
    remote.save(update_fields=["report", "links", "reported_at"])


def _kept(seen: Report) -> dict[str, Any]:
    """Totals, and the hours in which anything happened; there is no person in it."""
    return {
        "emails_sent": seen.emails_sent,
        "hard_bounces": seen.hard_bounces,
        "soft_bounces": seen.soft_bounces,
        "unsubscribed": seen.unsubscribed,
        "abuse_reports": seen.abuse_reports,
        "opens": seen.opens,
        "clicks": seen.clicks,
        "send_time": seen.send_time.isoformat() if seen.send_time else None,
        "hours": [
            {
                "at": hour.at.isoformat(),
                "sent": hour.emails_sent,
                "opens": hour.unique_opens,
                "clicks": hour.recipients_clicks,
            }
            for hour in seen.hours
        ],
    }


def _may_lag(remote: MailchimpCampaign, now: datetime) -> bool:
    return not remote.report.get("emails_sent") and now - ledger.sent_at_of(remote, now) < UNBELIEVED


def _write_ledger(remote: MailchimpCampaign, task: RemoteTask, api: Mailchimp, *, until: float, now: datetime) -> bool:
    sent, bounced = remote.report[WANTED]
    may_lag = now - ledger.sent_at_of(remote, now) < UNBELIEVED
    if not ledger.fill(remote, task, api, until=until, now=now, at_least=sent if may_lag else 0):
        task.said = _("The ledger is being filled.")
        return False
    # One that is too short is read anew at each look.
    remote.report = remote.report | {WRITTEN: [min(sent, task.total), bounced], WANTED: None}
    remote.save(update_fields=["report"])
    if remote.report["abuse_reports"]:  # whose lines may not have been there when they left
        leavers.end_those_who_left(remote, api, now)
    return True


def _without_report(remote: MailchimpCampaign, task: RemoteTask, words: str, now: datetime) -> datetime | None:
    """Mailchimp has no numbers of it now, or never: it was sent all the same, and must not stay open for ever."""
    task.said = words
    sent_at = ledger.sent_at_of(remote, now)
    if now - sent_at >= UNBELIEVED and remote.campaign.state == CampaignState.SENDING:
        complete(remote.campaign_id, now=now)
    return next_look(sent_at, now)


def _said(recipients: int) -> str:
    if not recipients:
        return _("The numbers are up to date.")
    words = ngettext(
        "The numbers are up to date, and the ledger has %(count)s recipient.",
        "The numbers are up to date, and the ledger has %(count)s recipients.",
        recipients,
    )
    return words % {"count": recipients}
