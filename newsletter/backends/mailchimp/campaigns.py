"""Campaigns over there: made, filled, checked, tested, scheduled, sent. Nothing is tracked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.utils.translation import gettext as _

from newsletter.backends.mailchimp import reading_campaigns as reading
from newsletter.backends.mailchimp.answers import CampaignWrite, Checklist, Content, RemoteCampaign
from newsletter.backends.mailchimp.calling import Calls, nothing
from newsletter.backends.mailchimp.errors import KeyRefusedError, NotFoundError, RefusedError
from newsletter.backends.mailchimp.ids import checked_id
from newsletter.backends.mailchimp.paging import PAGE, every
from newsletter.backends.mailchimp.reading import page
from newsletter.backends.mailchimp.writing import on_the_quarter, written

_CAMPAIGN = (
    "id", "web_id", "status", "send_time", "emails_sent", "archive_url", "settings.title", "settings.subject_line",
    "settings.preview_text", "settings.from_name", "settings.reply_to", "recipients.list_id", "recipients.segment_opts",
    "tracking",
)  # fmt: skip
_UNTRACKED: Mapping[str, object] = {
    "opens": False,
    "html_clicks": False,
    "text_clicks": False,
    "goal_tracking": False,
    "ecomm360": False,
    # Names under which it would be counted elsewhere; Mailchimp writes them empty where there are none.
    "google_analytics": "",
    "clicktale": "",
}


class Campaigns(Calls):
    def create_campaign(self, campaign: CampaignWrite) -> RemoteCampaign:
        """Raises:
        UnsureError: look for its title with `campaigns_titled` before it is created again.
        """
        made = self._client.campaigns.create({"type": "regular", **_body(campaign)})
        return self._ask(made, reading.campaign, private=(campaign.reply_to,))

    def update_campaign(self, campaign_id: str, campaign: CampaignWrite) -> RemoteCampaign:
        made = self._client.campaigns.update(checked_id(campaign_id), _body(campaign))
        return self._ask(made, reading.campaign, private=(campaign.reply_to,))

    def campaign(self, campaign_id: str) -> RemoteCampaign:
        made = self._client.campaigns.get(checked_id(campaign_id), fields=list(_CAMPAIGN))
        return self._ask(made, reading.campaign)

    def campaigns_titled(self, title: str, *, since: datetime) -> Sequence[RemoteCampaign]:
        """Those of exactly this title among the ones created since then (a minute of tolerance is the caller's)."""
        fields = [*(f"campaigns.{name}" for name in _CAMPAIGN), "total_items"]
        created_since = written(since)
        listed = every(
            lambda offset: self._ask(
                self._client.campaigns.list(
                    fields=fields,
                    count=PAGE,
                    offset=offset,
                    since_create_time=created_since,
                    sort_field="create_time",
                    sort_dir="ASC",
                ),
                page("campaigns", reading.campaign),
            ),
            lambda campaign: campaign.id,
        )
        return [campaign for campaign in listed if campaign.title == title]

    def put_content(self, campaign_id: str, content: Content) -> None:
        made = self._client.campaigns.set_content(
            checked_id(campaign_id), {"html": content.html, "plain_text": content.plain_text}
        )
        self._ask(made, nothing)

    def content(self, campaign_id: str) -> Content:
        made = self._client.campaigns.get_content(checked_id(campaign_id), fields=["html", "plain_text"])
        return self._ask(made, reading.content)

    def checklist(self, campaign_id: str) -> Checklist:
        made = self._client.campaigns.get_send_checklist(checked_id(campaign_id), fields=["is_ready", "items"])
        return self._ask(made, reading.checklist)

    def send_test(self, campaign_id: str, addresses: Sequence[str]) -> None:
        body = {"test_emails": list(addresses), "send_type": "html"}
        made = self._client.campaigns.send_test_email(checked_id(campaign_id), body)
        self._ask(made, nothing, body=False, private=addresses)

    def schedule(self, campaign_id: str, at: datetime) -> None:
        """`at` lies on a quarter of an hour in UTC.

        Raises:
            ValueError: it does not; nothing was asked.
            RefusedError: among others, where the account's plan does not include it.
        """
        body = {"schedule_time": on_the_quarter(at)}
        with _plans_may_lack_it():
            self._ask(self._client.campaigns.schedule(checked_id(campaign_id), body), nothing, body=False)

    def unschedule(self, campaign_id: str) -> None:
        self._ask(self._client.campaigns.unschedule(checked_id(campaign_id)), nothing, body=False)

    def send(self, campaign_id: str) -> None:
        """Raises:
        UnsureError: read the campaign's status before anything else; never send again without.
        """
        self._ask(self._client.campaigns.send(checked_id(campaign_id)), nothing, body=False)

    def cancel_send(self, campaign_id: str) -> None:
        """Stop one that is being sent.

        Raises:
            RefusedError: among others, where the account's plan does not include it.
        """
        with _plans_may_lack_it():
            self._ask(self._client.campaigns.cancel_send(checked_id(campaign_id)), nothing, body=False)

    def delete_campaign(self, campaign_id: str) -> None:
        """One that is not there is fine."""
        try:
            self._ask(self._client.campaigns.remove(checked_id(campaign_id)), nothing, body=False)
        except NotFoundError:
            return


@contextmanager
def _plans_may_lack_it() -> Iterator[None]:
    """A plan that does not include something says nothing against the key."""
    try:
        yield
    except KeyRefusedError as error:
        if not error.is_forbidden:
            raise
        text = _("The account’s plan at Mailchimp may not include this. {said}").format(said=error)
        raise RefusedError(text, title="Forbidden") from None


def _body(campaign: CampaignWrite) -> dict[str, object]:
    recipients: dict[str, object] = {"list_id": checked_id(campaign.list_id)}
    if campaign.segment_id is not None:
        recipients["segment_opts"] = {"saved_segment_id": campaign.segment_id}
    settings = {
        "title": campaign.title,
        "subject_line": campaign.subject,
        "preview_text": campaign.preview_text,
        "from_name": campaign.from_name,
        "reply_to": campaign.reply_to,
        # The mail is finished: Mailchimp adds no footer of its own and leaves the styles alone.
        "auto_footer": False,
        "inline_css": False,
        "auto_tweet": False,
        "fb_comments": False,
    }
    return {"recipients": recipients, "settings": settings, "tracking": {**_UNTRACKED}}
