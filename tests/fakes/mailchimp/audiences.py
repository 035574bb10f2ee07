"""Lists, their segments and tags, merge fields and members: who is in, who left, who must not come back."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from tests.fakes.mailchimp.problems import Json, ProblemError, invalid, not_found
from tests.fakes.mailchimp.state import State, read, written

STATUSES = ("subscribed", "unsubscribed", "cleaned", "pending", "transactional")
#: Local parts that Mailchimp takes for made up.
_FAKE = re.compile(r"(fake|noreply|spam)(\+.*)?@", re.IGNORECASE)
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def hash_of(address: str) -> str:
    return hashlib.md5(address.lower().encode(), usedforsecurity=False).hexdigest()


def put_member(state: State, list_id: str, member_hash: str, body: Json, *, validates: bool) -> Json:
    """Upsert: `status_if_new` begins one, `status` changes one, for better or worse."""
    address = str(body.get("email_address", ""))
    _check_address(address)
    members = state.list(list_id)["_members"]
    member = members.get(member_hash) or members.get(hash_of(address))
    if member is None:
        return _new_member(state, list_id, body, validates=validates)
    if member["_compliance"]:
        raise _compliance(address)
    return change_member(state, list_id, member, body, validates=validates)


def patch_member(state: State, list_id: str, member_hash: str, body: Json, *, validates: bool) -> Json:
    """As real accounts are reported to, one is refused for a required field that it does not even touch."""
    member = find(state, list_id, member_hash)
    if validates:
        _check_fields(state, list_id, _fields_after(member, body), member["email_address"])
    return change_member(state, list_id, member, body, validates=validates)


def find(state: State, list_id: str, member_hash: str) -> Json:
    found: Json | None = state.list(list_id)["_members"].get(member_hash)
    if found is None:
        raise not_found()
    return found


def _new_member(state: State, list_id: str, body: Json, *, validates: bool) -> Json:
    address = body["email_address"]
    status = body.get("status") or body.get("status_if_new")
    if status not in STATUSES:
        raise invalid("The resource submitted could not be validated.", ("status_if_new", "Value is required"))
    if hash_of(address) in state.list(list_id)["_forgotten"]:
        raise ProblemError(
            400,
            "Forgotten Email Not Subscribed",
            f"{address} was permanently deleted and cannot be re-imported. The contact must re-subscribe to get back.",
        )
    fields = dict(body.get("merge_fields") or {})
    if validates:
        _check_fields(state, list_id, fields, address)
    member = blank_member(state, list_id, address, status)
    member["language"] = body.get("language", "")
    member["merge_fields"].update(fields)
    member.update({name: body[name] for name in ("ip_opt", "timestamp_opt") if body.get(name)})
    state.list(list_id)["_members"][member["id"]] = member
    if status == "pending":
        state.confirmations.append([list_id, address])
    return member


def blank_member(state: State, list_id: str, address: str, status: str) -> Json:
    now = written(state.now)
    names = [field["tag"] for field in state.list(list_id)["_merge_fields"]]
    return {
        "id": hash_of(address),
        "email_address": address,
        "unique_email_id": hash_of(f"unique {address}")[:10],
        "contact_id": hash_of(f"contact {address}"),
        "web_id": state.number(),
        "full_name": "",
        "email_type": "html",
        "status": status,
        "merge_fields": dict.fromkeys(names, ""),
        "language": "",
        "ip_signup": "",
        "timestamp_signup": "",
        "ip_opt": "",
        "timestamp_opt": now if status == "subscribed" else "",
        "last_changed": now,
        "vip": False,
        "source": "API - Generic",
        "tags_count": 0,
        "tags": [],
        "list_id": list_id,
        #: `reader`, `api` or `admin`: who ended it. What a reader ended, only the reader begins again.
        "_left_by": "",
        "_compliance": False,
    }


def change_member(state: State, list_id: str, member: Json, body: Json, *, validates: bool) -> Json:
    address, status = member["email_address"], body.get("status", member["status"])
    if status not in (*STATUSES, "archived"):
        raise invalid("The resource submitted could not be validated.", ("status", "Data matched none of the enum"))
    cleaned = member["status"] == "cleaned"
    if (status == "subscribed" and (cleaned or member["_left_by"] == "reader")) or (status == "pending" and cleaned):
        raise _compliance(address)
    fields = _fields_after(member, body)
    if validates and "merge_fields" in body:
        _check_fields(state, list_id, fields, address)
    if status == "subscribed" and member["status"] in ("unsubscribed", "cleaned"):
        state.resubscribed.append([list_id, address])
    if status == "pending" and member["status"] != "pending":
        state.confirmations.append([list_id, address])
    before = {**member}
    member.update(merge_fields=fields, language=body.get("language", member["language"]))
    set_status(state, member, status, by="api")
    _move(state, list_id, member, str(body.get("email_address") or address))
    if {**member, "last_changed": ""} != {**before, "last_changed": ""}:
        member["last_changed"] = written(state.now)
    return member


def _fields_after(member: Json, body: Json) -> Json:
    return {**member["merge_fields"], **(body.get("merge_fields") or {})}


def set_status(state: State, member: Json, status: str, *, by: str) -> None:
    if member["status"] == status:
        return
    member["status"], member["last_changed"] = status, written(state.now)
    if status == "unsubscribed":
        member["_left_by"] = by
    elif status == "subscribed":
        member.update(_left_by="", timestamp_opt=written(state.now))


def _move(state: State, list_id: str, member: Json, address: str) -> None:
    """Another address, and so another name in the path."""
    _check_address(address)
    members = state.list(list_id)["_members"]
    if hash_of(address) != member["id"]:
        if hash_of(address) in members:
            raise ProblemError(400, "Member Exists", f"{address} is already a list member.")
        del members[member["id"]]
        member["id"] = hash_of(address)
        members[member["id"]] = member
    member["email_address"] = address


def forget(state: State, list_id: str, member_hash: str) -> None:
    find(state, list_id, member_hash)
    del state.list(list_id)["_members"][member_hash]
    state.list(list_id)["_forgotten"].append(member_hash)


def set_tags(state: State, list_id: str, member_hash: str, tags: Iterable[object]) -> None:
    """A wrong shape changes nothing, and is not complained about."""
    member = find(state, list_id, member_hash)
    for tag in tags:
        if isinstance(tag, dict) and tag.get("status") in ("active", "inactive") and tag.get("name"):
            kept = [each for each in member["tags"] if each["name"] != tag["name"]]
            if tag["status"] == "active":
                kept.append({"id": tag_named(state, list_id, str(tag["name"]))["id"], "name": tag["name"]})
            member.update(tags=kept, tags_count=len(kept), last_changed=written(state.now))


def tag_many(state: State, list_id: str, segment_id: int, addresses: Iterable[str]) -> tuple[list[Json], list[Json]]:
    """Those who got the tag, and complaints of the others: who is not there, and who has it."""
    named = {segment["id"]: segment for segment in state.list(list_id)["_segments"] if segment["type"] == "static"}
    if segment_id not in named:
        raise ProblemError(404, "Resource Not Found", "The requested resource could not be found.")
    tag = {"id": segment_id, "name": named[segment_id]["name"]}
    added, wrong = [], []
    for address in addresses:
        member = state.list(list_id)["_members"].get(hash_of(address))
        if member is None or tag in member["tags"]:
            wrong.append(address)
            continue
        member.update(tags=[*member["tags"], tag], tags_count=len(member["tags"]) + 1, last_changed=written(state.now))
        added.append(member)
    why = "Email is already on the segment, or is not on the list"
    return added, [{"email_addresses": wrong, "error": why}] if wrong else []


def tag_named(state: State, list_id: str, name: str) -> Json:
    for segment in state.list(list_id)["_segments"]:
        if segment["type"] == "static" and segment["name"] == name:
            return dict(segment)
    return add_segment(state, list_id, name, "static")


def add_segment(state: State, list_id: str, name: str, kind: str) -> Json:
    now = written(state.now)
    segment: Json = {"id": 100 + state.number(), "name": name, "type": kind, "created_at": now, "updated_at": now}
    segment.update(list_id=list_id, member_count=0, options={"match": "any", "conditions": []})
    state.list(list_id)["_segments"].append(segment)
    return segment


def members_of(state: State, list_id: str, segment_id: int | None = None) -> list[Json]:
    """Of a segment: those of its tag; of a saved one that is no tag, those whose `_in` names it."""
    members: list[Json] = [*state.list(list_id)["_members"].values()]
    if segment_id is None:
        return members
    return [
        member
        for member in members
        if segment_id in [tag["id"] for tag in member["tags"]] or segment_id in member.get("_in", ())
    ]


def listed(state: State, list_id: str, query: dict[str, str]) -> list[Json]:
    members = members_of(state, list_id)
    if "status" in query:
        members = [member for member in members if member["status"] == query["status"]]
    elif not state.settings.lists_archived:
        members = [member for member in members if member["status"] != "archived"]
    if "since_last_changed" in query:
        since = read(query["since_last_changed"])
        members = [member for member in members if read(member["last_changed"]) >= since]
    if "before_last_changed" in query:
        before = read(query["before_last_changed"])
        members = [member for member in members if read(member["last_changed"]) <= before]
    if field := query.get("sort_field"):
        members.sort(key=lambda member: str(member[field]), reverse=query.get("sort_dir", "ASC").upper() == "DESC")
    return members


def _check_address(address: str) -> None:
    if not _ADDRESS.fullmatch(address):
        raise invalid("Please provide a valid email address.", ("email_address", "Value is not an email address"))
    if _FAKE.match(address):
        raise invalid(f"{address} looks fake or invalid, please enter a real email address.")


def _check_fields(state: State, list_id: str, fields: Json, address: str) -> None:
    empty = [
        (field["tag"], f"Please enter a value for {field['name']} of {address}")
        for field in state.list(list_id)["_merge_fields"]
        if field["required"] and not fields.get(field["tag"])
    ]
    if empty:
        raise invalid("Your merge fields were invalid.", *empty)


def _compliance(address: str) -> ProblemError:
    return ProblemError(
        400,
        "Member In Compliance State",
        f"{address} is already a list member in compliance state due to unsubscribe, bounce, or compliance review and "
        "cannot be subscribed.",
    )
