"""From JSON to records: what may be missing is, and what may not makes the answer unexpected."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TypeVar

from django.utils.translation import gettext as _

from newsletter.backends.mailchimp.answers import (
    Account,
    Audience,
    Batch,
    Member,
    MergeField,
    Page,
    Segment,
    Webhook,
)
from newsletter.backends.mailchimp.ids import is_hash, member_hash
from newsletter.backends.mailchimp.judging import unexpected
from newsletter.backends.mailchimp.wire import Json

T = TypeVar("T")

#: The description of the API is older than the secret, and names no field for it.
_SECRETS = ("secret", "signing_secret", "webhook_secret")


def text(found: Json, name: str) -> str:
    value = found.get(name)
    return _storable(value) if isinstance(value, str) else ""


def number(found: Json, name: str) -> int:
    value = found.get(name)
    return int(value) if isinstance(value, int | float) and abs(value) < 2**53 else 0


def flag(found: Json, name: str) -> bool:
    return found.get(name) is True


def inner(found: Json, name: str) -> Json:
    value = found.get(name)
    return value if isinstance(value, dict) else {}


def instant(found: Json, name: str) -> datetime | None:
    """In UTC, and taken for that where no zone is said; None for what is missing, empty or no time."""
    try:
        at = datetime.fromisoformat(text(found, name))
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def needed(found: Json, name: str) -> str:
    """An id, which is text or a number.

    Raises:
        UnexpectedAnswerError: there is none.
    """
    value = found.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise unexpected(_("no %(name)s") % {"name": name})
    return _storable(str(value))


def entries(found: Json, name: str) -> list[Json]:
    """Raises:
    UnexpectedAnswerError: there is no list of this name.
    """
    value = found.get(name)
    if not isinstance(value, list):
        raise unexpected(_("no %(name)s") % {"name": name})
    return [entry if isinstance(entry, dict) else {} for entry in value]


def page(name: str, read: Callable[[Json], T | None]) -> Callable[[Json], Page[T]]:
    """Reads a page whose entries stand under `name`; those that `read` has no use for are left out."""

    def read_page(found: Json) -> Page[T]:
        listed = entries(found, name)
        items = tuple(item for item in map(read, listed) if item is not None)
        return Page(items=items, total=number(found, "total_items"), seen=len(listed))

    return read_page


def account(found: Json) -> Account:
    return Account(id=needed(found, "account_id"), name=text(found, "account_name"))


def audience(found: Json) -> Audience:
    members = number(inner(found, "stats"), "member_count")
    return Audience(id=needed(found, "id"), name=text(found, "name"), members=members)


def segment(found: Json) -> Segment:
    kind = "tag" if text(found, "type") == "static" else "segment"
    return Segment(id=_whole(found, "id"), name=text(found, "name"), kind=kind, members=number(found, "member_count"))


def merge_field(found: Json) -> MergeField:
    return MergeField(
        tag=needed(found, "tag"),
        name=text(found, "name"),
        type=text(found, "type"),
        required=flag(found, "required"),
    )


def member(found: Json) -> Member:
    """Raises:
    UnexpectedAnswerError: it is nobody's.
    """
    read = listed_member(found)
    if read is None:
        raise unexpected(_("a member without an address"))
    return read


def listed_member(found: Json) -> Member | None:
    """None for contacts without an address, such as those that only have a telephone."""
    email = text(found, "email_address")
    if not email:
        return None
    given = text(found, "id")
    fields = {
        name: _storable(value) if isinstance(value, str) else value
        for name, value in inner(found, "merge_fields").items()
    }
    return Member(
        hash=given if is_hash(given) else member_hash(email),
        email=email,
        status=text(found, "status"),
        language=text(found, "language"),
        opted_in_at=instant(found, "timestamp_opt"),
        opted_in_ip=text(found, "ip_opt"),
        changed_at=instant(found, "last_changed"),
        merge_fields=fields,
        tags=frozenset(tag_ids(found)),
    )


def tag_ids(found: Json) -> Iterator[int]:
    """Of a member; one that is shown in another way is left out."""
    tags = found.get("tags")
    for tag in tags if isinstance(tags, list) else ():
        number_of = tag.get("id") if isinstance(tag, dict) else None
        if isinstance(number_of, int):
            yield number_of


def batch(found: Json) -> Batch:
    return Batch(
        id=needed(found, "id"),
        status=text(found, "status"),
        total=number(found, "total_operations"),
        finished=number(found, "finished_operations"),
        errored=number(found, "errored_operations"),
        results_url=text(found, "response_body_url"),
    )


def webhook(found: Json) -> Webhook:
    secret = next(filter(None, (text(found, name) for name in _SECRETS)), "")
    return Webhook(id=needed(found, "id"), url=text(found, "url"), secret=secret)


def _storable(value: str) -> str:
    """Without what JSON may hold and a database does not take: NUL, and halves of characters."""
    return value.replace("\0", "").encode("utf-8", "replace").decode()


def _whole(found: Json, name: str) -> int:
    value = needed(found, name)
    if not (value.isascii() and value.isdigit()):
        raise unexpected(_("no %(name)s") % {"name": name})
    return int(value)


def added_members(found: Json) -> frozenset[str]:
    """Hashes of the contacts that got a tag."""
    return frozenset(name for entry in entries(found, "members_added") if is_hash(name := text(entry, "id")))
