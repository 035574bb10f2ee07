"""The API's description: the OpenAPI document for programs, and a page made of it for people.

Both are public: they say what any installation of Rounds can do, and nothing about this one's readers.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from newsletter.api.interface import api
from newsletter.audience.api_tokens import SCOPES

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRow:
    name: str
    kind: str
    required: bool
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationRow:
    id: str
    method: str
    path: str
    summary: str
    #: Paragraphs.
    description: list[str]
    scope: str
    parameters: list[FieldRow]
    body: list[FieldRow]
    answers: list[FieldRow]
    success: int
    example: str


@require_safe
def document(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document (3.1)."""
    return JsonResponse(schema())


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The reference: plain HTML in the site's own look, without a script and without anything from elsewhere."""
    context = {"groups": groups(), "scopes": SCOPES, "description": schema()["info"]["description"]}
    return render(request, "newsletter/api/reference.html", context)


@lru_cache(maxsize=1)
def schema() -> Schema:
    return dict(api.get_openapi_schema())


@lru_cache(maxsize=1)
def groups() -> list[tuple[str, list[OperationRow]]]:
    """The operations by their tags, in the order of the document."""
    found: dict[str, list[OperationRow]] = {}
    for address, methods in schema()["paths"].items():
        for method, operation in methods.items():
            found.setdefault(operation["tags"][0], []).append(_row(address, method.upper(), operation))
    return list(found.items())


def _row(address: str, method: str, operation: Schema) -> OperationRow:
    parameters = [
        FieldRow(
            name=one["name"],
            kind=_kind(one["schema"]),
            required=one["required"],
            description=one.get("description", ""),
        )
        for one in operation["parameters"]
    ]
    body = _content(operation.get("requestBody", {}))
    success = next(status for status in operation["responses"] if status < 300)
    return OperationRow(
        id=operation["operationId"],
        method=method,
        path=address,
        summary=operation["summary"],
        description=operation.get("description", "").split("\n\n"),
        scope=operation["x-scope"],
        parameters=parameters,
        body=_fields(body),
        answers=_fields(_content(operation["responses"][success])),
        success=success,
        example=_example(method, address, body),
    )


def _content(holder: Schema) -> Schema:
    found: Schema = holder.get("content", {}).get("application/json", {}).get("schema", {})
    return _resolved(found)


def _resolved(given: Schema) -> Schema:
    if "$ref" not in given:
        return given
    target: Schema = schema()["components"]["schemas"][given["$ref"].rpartition("/")[2]]
    return target


def _fields(given: Schema) -> list[FieldRow]:
    required = given.get("required", [])
    return [
        FieldRow(name=name, kind=_kind(one), required=name in required, description=one.get("description", ""))
        for name, one in given.get("properties", {}).items()
    ]


def _kind(given: Schema) -> str:
    """A type in a few words, such as `list of text` or `each_story, weekly, monthly`."""
    if "anyOf" in given:
        return " or ".join(_kind(one) for one in given["anyOf"])
    if "allOf" in given:
        return _kind(given["allOf"][0])
    if "$ref" in given:
        target = _resolved(given)
        return ", ".join(target["enum"]) if "enum" in target else given["$ref"].rpartition("/")[2]
    if given.get("type") == "array":
        return f"list of {_kind(given['items'])}"
    names = {"string": "text", "integer": "number", "boolean": "true or false", "object": "object", "null": "null"}
    return "time" if given.get("format") == "date-time" else names.get(given.get("type", ""), "anything")


def _example(method: str, address: str, body: Schema) -> str:
    """A command to try it with."""
    path = address.replace("{subscriber_id}", "17").replace("{issue_id}", "5")
    lines = [f"curl {settings.BASE_URL}{path}", '  -H "Authorization: Bearer $ROUNDS_TOKEN"']
    if method not in {"GET", "POST"} or (method == "POST" and not body):
        lines.insert(1, f"  -X {method}")
    if body:
        given = {name: one["examples"][0] for name, one in body["properties"].items() if "examples" in one}
        lines += ["  -H 'Content-Type: application/json'", f"  -d '{json.dumps(given)}'"]
    return " \\\n".join(lines)
