"""The account, its audiences, and what they are divided and described by."""

from __future__ import annotations

from collections.abc import Iterator

from newsletter.backends.mailchimp import reading
from newsletter.backends.mailchimp.answers import Account, Audience, MergeField, Segment
from newsletter.backends.mailchimp.calling import Calls, nothing
from newsletter.backends.mailchimp.ids import checked_id
from newsletter.backends.mailchimp.paging import PAGE, every

_AUDIENCE = ("id", "name", "stats.member_count")
_SEGMENT = ("segments.id", "segments.name", "segments.type", "segments.member_count", "total_items")
_MERGE_FIELD = (
    "merge_fields.tag", "merge_fields.name", "merge_fields.type", "merge_fields.required", "total_items",
)  # fmt: skip


class Audiences(Calls):
    def ping(self) -> None:
        self._ask(self._client.ping.get(), nothing)

    def account(self) -> Account:
        return self._ask(self._client.root.get_root(fields=["account_id", "account_name"]), reading.account)

    def audiences(self) -> Iterator[Audience]:
        """All of them, page by page."""
        fields = [*(f"lists.{name}" for name in _AUDIENCE), "total_items"]
        read = reading.page("lists", reading.audience)
        return every(
            lambda offset: self._ask(self._client.lists.get_all_lists(fields=fields, count=PAGE, offset=offset), read),
            lambda audience: audience.id,
        )

    def audience(self, list_id: str) -> Audience:
        made = self._client.lists.get_list(checked_id(list_id), fields=list(_AUDIENCE))
        return self._ask(made, reading.audience)

    def segments(self, list_id: str) -> Iterator[Segment]:
        """Segments and tags, all of them."""
        of = checked_id(list_id)
        read = reading.page("segments", reading.segment)
        return every(
            lambda offset: self._ask(
                self._client.lists.list_segments(of, fields=list(_SEGMENT), count=PAGE, offset=offset), read
            ),
            lambda segment: segment.id,
        )

    def merge_fields(self, list_id: str) -> Iterator[MergeField]:
        of = checked_id(list_id)
        read = reading.page("merge_fields", reading.merge_field)
        return every(
            lambda offset: self._ask(
                self._client.lists.get_list_merge_fields(of, fields=list(_MERGE_FIELD), count=PAGE, offset=offset), read
            ),
            lambda field: field.tag,
        )
