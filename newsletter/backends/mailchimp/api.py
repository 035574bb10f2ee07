"""Everything that is asked of Mailchimp: one method a call, typed in and typed out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from newsletter.backends.mailchimp.answers import (
    Account,
    Audience,
    Batch,
    CampaignWrite,
    Checklist,
    Content,
    LeftAfter,
    LinkClicks,
    Member,
    MemberWrite,
    MergeField,
    Operation,
    OperationResult,
    Page,
    RemoteCampaign,
    Report,
    Segment,
    SentTo,
    Webhook,
)
from newsletter.backends.mailchimp.slots import Slots, Unlimited

#: Seconds for one call with everything: waiting for a slot, connecting, repeating where that is safe, reading.
DEADLINE = 30.0
#: The most that a page may hold.
PAGE = 1000


class Mailchimp:
    """One account. Every method raises a `MailchimpError`, and nothing else for what may happen between machines.

    Reads and writes that may be repeated are, while the deadline lasts; the others raise `UnsureError` when the answer
    was lost. Ids are checked before they are sent (`InvalidIdError`).
    """

    def __init__(
        self, *, api_key: str, api_url: str = "", slots: Slots | None = None, deadline: float = DEADLINE
    ) -> None:
        """`api_url` is for the contract server and the fake, on loopback only; otherwise the key says where it leads.

        Raises:
            KeyRefusedError: the key can't be one; it was sent nowhere.
        """
        self._slots = slots or Unlimited()
        raise NotImplementedError

    # The account and its audiences
    def ping(self) -> None: ...
    def account(self) -> Account: ...
    def audiences(self) -> Iterator[Audience]:
        """All of them, page by page."""

    def audience(self, list_id: str) -> Audience: ...
    def segments(self, list_id: str) -> Iterator[Segment]:
        """Segments and tags, all of them."""

    def merge_fields(self, list_id: str) -> Iterator[MergeField]: ...

    # Members
    def member(self, list_id: str, member_hash: str) -> Member: ...
    def members(
        self, list_id: str, *, offset: int = 0, changed_since: datetime | None = None, status: str = ""
    ) -> Page[Member]:
        """Up to `PAGE` of them, those changed first coming first."""

    def upsert_member(self, list_id: str, member: MemberWrite) -> Member: ...
    def unsubscribe_member(self, list_id: str, member_hash: str) -> Member: ...
    def ask_member_again(self, list_id: str, member_hash: str) -> Member:
        """Make somebody who had left pending: Mailchimp asks them by mail. Only for a fresh opt-in of theirs."""

    def erase_member(self, list_id: str, member_hash: str) -> None:
        """Delete for good; one that is not there is fine."""

    def tag_member(self, list_id: str, member_hash: str, tags: Mapping[str, bool]) -> None: ...

    # Batches; the same calls as above, as operations
    def upsert_operation(self, key: str, list_id: str, member: MemberWrite) -> Operation: ...
    def unsubscribe_operation(self, key: str, list_id: str, member_hash: str) -> Operation: ...
    def start_batch(self, operations: Sequence[Operation]) -> Batch:
        """At most `PAGE` operations.

        Raises:
            UnsureError: it may have been started. Upserts and unsubscribes may simply be asked for again.
        """

    def batch(self, batch_id: str) -> Batch: ...
    def batch_results(self, batch: Batch) -> Iterator[OperationResult]:
        """Of a finished one. The file lies on another host, which has to be one of a short list; no key is sent there.

        Raises:
            InvalidIdError: the results lie somewhere else; nothing was fetched.
        """

    # Webhooks
    def webhooks(self, list_id: str) -> Iterator[Webhook]: ...
    def add_webhook(self, list_id: str, url: str) -> Webhook: ...
    def remove_webhook(self, list_id: str, hook_id: str) -> None:
        """One that is not there is fine."""

    # Campaigns
    def create_campaign(self, campaign: CampaignWrite) -> RemoteCampaign: ...
    def update_campaign(self, campaign_id: str, campaign: CampaignWrite) -> RemoteCampaign: ...
    def campaign(self, campaign_id: str) -> RemoteCampaign: ...
    def campaigns_titled(self, title: str, *, since: datetime) -> Sequence[RemoteCampaign]:
        """Those of exactly this title among the ones created since then (a minute of tolerance is the caller's)."""

    def put_content(self, campaign_id: str, content: Content) -> None: ...
    def content(self, campaign_id: str) -> Content: ...
    def checklist(self, campaign_id: str) -> Checklist: ...
    def send_test(self, campaign_id: str, addresses: Sequence[str]) -> None: ...
    def schedule(self, campaign_id: str, at: datetime) -> None:
        """`at` lies on a quarter of an hour in UTC."""

    def unschedule(self, campaign_id: str) -> None: ...
    def send(self, campaign_id: str) -> None: ...
    def cancel_send(self, campaign_id: str) -> None: ...
    def delete_campaign(self, campaign_id: str) -> None:
        """One that is not there is fine."""

    # Reports
    def report(self, campaign_id: str) -> Report: ...
    def link_clicks(self, campaign_id: str) -> Iterator[LinkClicks]: ...
    def sent_to(self, campaign_id: str, *, offset: int = 0) -> Page[SentTo]: ...
    def left_after(self, campaign_id: str, *, offset: int = 0) -> Page[LeftAfter]: ...
