"""Members of an audience. Writing them changes nobody’s status, but for the methods that have it in their name."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from newsletter.backends.mailchimp import reading
from newsletter.backends.mailchimp.answers import Member, MemberWrite, Page
from newsletter.backends.mailchimp.calling import Calls, nothing
from newsletter.backends.mailchimp.errors import NotFoundError
from newsletter.backends.mailchimp.ids import checked_hash, checked_id, member_hash
from newsletter.backends.mailchimp.paging import PAGE
from newsletter.backends.mailchimp.writing import written

#: All that is asked about a member; the rest (where they live, what they opened) stays there.
_MEMBER = (
    "id", "email_address", "status", "language", "timestamp_opt", "ip_opt", "last_changed", "merge_fields", "tags",
)  # fmt: skip
#: Contacts that get a tag by one call.
MOST_TAGGED = 500
_BEGINNINGS = frozenset({"pending", "subscribed"})


class Members(Calls):
    def member(self, list_id: str, member_hash: str) -> Member:
        made = self._client.lists.get_list_member(checked_id(list_id), checked_hash(member_hash), fields=list(_MEMBER))
        return self._ask(made, reading.member)

    def members(
        self, list_id: str, *, offset: int = 0, changed_since: datetime | None = None, status: str = ""
    ) -> Page[Member]:
        """Up to `PAGE` of them, those changed first coming first."""
        narrowed = {"status": status} if status else {}
        if changed_since is not None:
            narrowed["since_last_changed"] = written(changed_since)
        made = self._client.lists.get_list_members_info(
            checked_id(list_id),
            fields=[*(f"members.{name}" for name in _MEMBER), "total_items"],
            count=PAGE,
            offset=offset,
            sort_field="last_changed",
            sort_dir="ASC",
            **narrowed,
        )
        return self._ask(made, reading.page("members", reading.listed_member))

    def upsert_member(self, list_id: str, member: MemberWrite) -> Member:
        made = self._client.lists.set_list_member(checked_id(list_id), member_hash(member.email), member_body(member))
        return self._ask(made, reading.member, private=private_of(member))

    def unsubscribe_member(self, list_id: str, member_hash: str) -> Member:
        """Also where the contact lacks a field that the audience requires: nobody has to stay for that."""
        return self._with_status(list_id, member_hash, "unsubscribed", skip_merge_validation=True)

    def ask_member_again(self, list_id: str, member_hash: str) -> Member:
        """Make somebody who had left pending: Mailchimp asks them by mail. Only for a fresh opt-in of theirs."""
        return self._with_status(list_id, member_hash, "pending")

    def erase_member(self, list_id: str, member_hash: str) -> None:
        """Delete for good; one that is not there is fine."""
        made = self._client.lists.delete_list_member_permanent(checked_id(list_id), checked_hash(member_hash))
        try:
            self._ask(made, nothing, again=True, body=False)
        except NotFoundError:
            return

    def tag_member(self, list_id: str, member_hash: str, tags: Mapping[str, bool]) -> None:
        """Give and take tags; those not named stay as they are."""
        body = {"tags": [{"name": name, "status": "active" if is_on else "inactive"} for name, is_on in tags.items()]}
        made = self._client.lists.update_list_member_tags(checked_id(list_id), checked_hash(member_hash), body)
        self._ask(made, nothing, again=True, body=False)

    def add_to_tag(self, list_id: str, tag_id: int, addresses: Sequence[str]) -> frozenset[str]:
        """Give many contacts one tag; returns the hashes of those who got it by this call.

        Mailchimp passes over who is not there, and complains of who has it already: ask `tag_member` for the others.
        """
        if not 0 < len(addresses) <= MOST_TAGGED:
            raise ValueError(f"1 to {MOST_TAGGED} contacts get a tag at once")
        body = {"members_to_add": list(addresses)}
        made = self._client.lists.batch_segment_members(body, checked_id(list_id), checked_id(tag_id))
        private = {*addresses, *map(member_hash, addresses)}
        return self._ask(made, reading.added_members, again=True, private=private)

    def _with_status(self, list_id: str, member_hash: str, status: str, **params: bool) -> Member:
        body = {"status": status}
        made = self._client.lists.update_list_member(checked_id(list_id), checked_hash(member_hash), body, **params)
        return self._ask(made, reading.member)


def member_body(member: MemberWrite) -> dict[str, object]:
    """What is told of a member. There is no status in it: that would subscribe again whoever had left.

    Raises:
        ValueError: `status_if_new` is none to begin with.
    """
    if member.status_if_new not in _BEGINNINGS:
        raise ValueError("a member begins as pending or subscribed")
    body: dict[str, object] = {"email_address": member.email, "status_if_new": member.status_if_new}
    if member.language:
        body["language"] = member.language
    if member.merge_fields:
        body["merge_fields"] = dict(member.merge_fields)
    return body


def private_of(member: MemberWrite) -> Collection[str]:
    return {member.email, member_hash(member.email), *member.merge_fields.values()}
