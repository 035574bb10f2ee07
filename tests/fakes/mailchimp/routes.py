"""Which call does what."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from tests.fakes.mailchimp import audiences, batches, campaigns, hooks, reports
from tests.fakes.mailchimp.problems import Answer, Json, ProblemError, invalid, not_found
from tests.fakes.mailchimp.state import State, page, shown

#: Gets the state, what stands in the path, the query and the body.
Route = Callable[[State, dict[str, str], dict[str, str], Json], Json | None]

_ROUTES: list[tuple[str, re.Pattern[str], Route]] = []


def answer(state: State, method: str, path: str, query: dict[str, str], body: Json) -> Answer:
    """Do it, or say why not. Hold the lock."""
    fitting = [(name, found, route) for name, way, route in _ROUTES if (found := way.fullmatch(path))]
    try:
        for name, found, route in fitting:
            if name == method:
                document = route(state, found.groupdict(), query, body)
                return Answer(status=204) if document is None else Answer(document=_chosen(document, query))
        raise ProblemError(405, "Method Not Allowed", "Not that method.") if fitting else not_found()
    except ProblemError as problem:
        return problem.answer()


def _route(method: str, path: str) -> Callable[[Route], Route]:
    pattern = re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", path))

    def keep(route: Route) -> Route:
        _ROUTES.append((method, pattern, route))
        return route

    return keep


def _listing(name: str, items: Iterable[Json], query: dict[str, str], **more: object) -> Json:
    every = [*items]
    return {name: page(every, query), "total_items": len(every), **more}


def _chosen(document: Json, query: dict[str, str]) -> Json:
    """Only what `fields` names."""
    if not query.get("fields"):
        return document
    chosen: Json = {}
    for name in query["fields"].split(","):
        head, _, rest = name.partition(".")
        value = document.get(head)
        if not rest:
            chosen[head] = value
        elif isinstance(value, list):
            kept = chosen.setdefault(head, [{} for _ in value])
            for into, item in zip(kept, value, strict=True):
                _deepen(into, _chosen(item, {"fields": rest}))
        elif isinstance(value, dict):
            _deepen(chosen.setdefault(head, {}), _chosen(value, {"fields": rest}))
    return chosen


def _deepen(into: Json, more: Json) -> None:
    for name, value in more.items():
        if isinstance(value, dict) and isinstance(into.get(name), dict):
            _deepen(into[name], value)
        else:
            into[name] = value


@_route("GET", "/ping")
def _ping(state: State, ids: dict[str, str], query: dict[str, str], body: Json) -> Json:
    return {"health_status": "Everything's Chimpy!"}


@_route("GET", "/")
def _account(state: State, ids: dict[str, str], query: dict[str, str], body: Json) -> Json:
    return {**state.account}


def _list(state: State, found: Json) -> Json:
    members = [member["status"] for member in found["_members"].values()]
    stats = {"member_count": members.count("subscribed"), "unsubscribe_count": members.count("unsubscribed")}
    return {**shown(found), "stats": {**stats, "cleaned_count": members.count("cleaned")}}


@_route("GET", "/lists")
def _lists(state: State, ids: dict[str, str], query: dict[str, str], body: Json) -> Json:
    constraints = {"may_create": True, "max_instances": 100, "current_total_instances": len(state.lists)}
    return _listing("lists", (_list(state, each) for each in state.lists.values()), query, constraints=constraints)


@_route("GET", "/lists/{list}")
def _one_list(state: State, ids: dict[str, str], query: dict[str, str], body: Json) -> Json:
    return _list(state, state.list(ids["list"]))


@_route("GET", "/lists/{list}/segments")
def _segments(state: State, ids: dict[str, str], query: dict[str, str], body: Json) -> Json:
    found = [
        {**segment, "member_count": len(audiences.members_of(state, ids["list"], segment["id"]))}
        for segment in state.list(ids["list"])["_segments"]
        if query.get("type", segment["type"]) == segment["type"]
    ]
    return _listing("segments", found, query, list_id=ids["list"])


@_route("POST", "/lists/{list}/segments/{segment}")
def _tag_many(state: State, ids: dict[str, str], query: dict[str, str], body: Json) -> Json:
    addresses = body.get("members_to_add", [])
    if len(addresses) > 500:
        raise invalid("The resource submitted could not be validated.", ("members_to_add", "at most 500"))
    added, errors = audiences.tag_many(state, ids["list"], int(ids["segment"]), addresses)
    return {
        "members_added": [shown(member) for member in added],
        "members_removed": [],
        "errors": errors,
        "total_added": len(added),
        "total_removed": 0,
        "error_count": len(errors),
    }


@_route("GET", "/lists/{list}/merge-fields")
def _merge_fields(state: State, ids: dict[str, str], query: dict[str, str], body: Json) -> Json:
    return _listing("merge_fields", state.list(ids["list"])["_merge_fields"], query, list_id=ids["list"])


@_route("GET", "/lists/{list}/members")
def _members(state: State, ids: dict[str, str], query: dict[str, str], body: Json) -> Json:
    return _listing("members", audiences.listed(state, ids["list"], query), query, list_id=ids["list"])


@_route("GET", "/lists/{list}/members/{hash}")
def _member(state: State, ids: dict[str, str], query: dict[str, str], body: Json) -> Json:
    return shown(audiences.find(state, ids["list"], ids["hash"]))


@_route("PUT", "/lists/{list}/members/{hash}")
def _put_member(state: State, ids: dict[str, str], query: dict[str, str], body: Json) -> Json:
    return shown(audiences.put_member(state, ids["list"], ids["hash"], body, validates=_validates(query)))


@_route("PATCH", "/lists/{list}/members/{hash}")
def _patch_member(state: State, ids: dict[str, str], query: dict[str, str], body: Json) -> Json:
    return shown(audiences.patch_member(state, ids["list"], ids["hash"], body, validates=_validates(query)))


def _validates(query: dict[str, str]) -> bool:
    wish = query.get("skip_merge_validation", "false")
    if wish not in ("true", "false"):
        raise invalid("The resource submitted could not be validated.", ("skip_merge_validation", "must be boolean"))
    return wish == "false"


@_route("DELETE", "/lists/{list}/members/{hash}")
def _archive_member(state: State, ids: dict[str, str], query: dict[str, str], body: Json) -> None:
    audiences.set_status(state, audiences.find(state, ids["list"], ids["hash"]), "archived", by="api")


@_route("POST", "/lists/{list}/members/{hash}/actions/delete-permanent")
def _forget_member(state: State, ids: dict[str, str], query: dict[str, str], body: Json) -> None:
    audiences.forget(state, ids["list"], ids["hash"])


@_route("POST", "/lists/{list}/members/{hash}/tags")
def _tags(state: State, ids: dict[str, str], query: dict[str, str], body: Json) -> None:
    tags = body.get("tags")
    audiences.set_tags(state, ids["list"], ids["hash"], tags if isinstance(tags, list) else [])


@_route("GET", "/lists/{list}/webhooks")
def _hooks(state: State, ids: dict[str, str], query: dict[str, str], body: Json) -> Json:
    return _listing("webhooks", state.list(ids["list"])["_hooks"].values(), query, list_id=ids["list"])


@_route("POST", "/lists/{list}/webhooks")
def _add_hook(state: State, ids: dict[str, str], query: dict[str, str], body: Json) -> Json:
    return hooks.create(state, ids["list"], body)


@_route("DELETE", "/lists/{list}/webhooks/{hook}")
def _remove_hook(state: State, ids: dict[str, str], query: dict[str, str], body: Json) -> None:
    hooks.delete(state, ids["list"], ids["hook"])


@_route("GET", "/batches")
def _batches(state: State, ids: dict[str, str], query: dict[str, str], body: Json) -> Json:
    return _listing("batches", state.batches.values(), query)


@_route("POST", "/batches")
def _add_batch(state: State, ids: dict[str, str], query: dict[str, str], body: Json) -> Json:
    return batches.create(state, body)


@_route("GET", "/batches/{batch}")
def _batch(state: State, ids: dict[str, str], query: dict[str, str], body: Json) -> Json:
    if ids["batch"] not in state.batches:
        raise not_found()
    return shown(state.batches[ids["batch"]])


@_route("GET", "/campaigns")
def _campaigns(state: State, ids: dict[str, str], query: dict[str, str], body: Json) -> Json:
    return _listing("campaigns", campaigns.listed(state, query), query)


@_route("POST", "/campaigns")
def _add_campaign(state: State, ids: dict[str, str], query: dict[str, str], body: Json) -> Json:
    return campaigns.displayed(state, campaigns.create(state, body))


@_route("GET", "/campaigns/{campaign}")
def _campaign(state: State, ids: dict[str, str], query: dict[str, str], body: Json) -> Json:
    return campaigns.displayed(state, state.campaign(ids["campaign"]))


@_route("PATCH", "/campaigns/{campaign}")
def _edit_campaign(state: State, ids: dict[str, str], query: dict[str, str], body: Json) -> Json:
    return campaigns.displayed(state, campaigns.patch(state, ids["campaign"], body))


@_route("DELETE", "/campaigns/{campaign}")
def _delete_campaign(state: State, ids: dict[str, str], query: dict[str, str], body: Json) -> None:
    campaigns.delete(state, ids["campaign"])


@_route("GET", "/campaigns/{campaign}/content")
def _content(state: State, ids: dict[str, str], query: dict[str, str], body: Json) -> Json:
    return campaigns.content(state, ids["campaign"])


@_route("PUT", "/campaigns/{campaign}/content")
def _put_content(state: State, ids: dict[str, str], query: dict[str, str], body: Json) -> Json:
    return campaigns.put_content(state, ids["campaign"], body)


@_route("GET", "/campaigns/{campaign}/send-checklist")
def _checklist(state: State, ids: dict[str, str], query: dict[str, str], body: Json) -> Json:
    return campaigns.checklist(state, ids["campaign"])


@_route("POST", "/campaigns/{campaign}/actions/{action}")
def _act(state: State, ids: dict[str, str], query: dict[str, str], body: Json) -> None:
    campaign, action = ids["campaign"], ids["action"]
    with_body = {"test": campaigns.test, "schedule": campaigns.schedule}
    bare = {
        "unschedule": campaigns.unschedule,
        "send": campaigns.send,
        "cancel-send": campaigns.cancel,
        "pause": campaigns.pause,
        "resume": campaigns.pause,
    }
    if action in with_body:
        with_body[action](state, campaign, body)
    elif action in bare:
        bare[action](state, campaign)
    else:
        raise not_found()


@_route("GET", "/reports/{campaign}")
def _report(state: State, ids: dict[str, str], query: dict[str, str], body: Json) -> Json:
    return reports.report(state, ids["campaign"])


@_route("GET", "/reports/{campaign}/click-details")
def _links(state: State, ids: dict[str, str], query: dict[str, str], body: Json) -> Json:
    found = reports.links(state, ids["campaign"])
    return _listing("urls_clicked", found, query, campaign_id=ids["campaign"])


@_route("GET", "/reports/{campaign}/sent-to")
def _sent_to(state: State, ids: dict[str, str], query: dict[str, str], body: Json) -> Json:
    return _listing("sent_to", reports.sent_to(state, ids["campaign"]), query, campaign_id=ids["campaign"])


@_route("GET", "/reports/{campaign}/unsubscribed")
def _left(state: State, ids: dict[str, str], query: dict[str, str], body: Json) -> Json:
    return _listing("unsubscribes", reports.left(state, ids["campaign"]), query, campaign_id=ids["campaign"])
