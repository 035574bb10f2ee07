"""A program that calls the API in tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.test import Client
from django.utils import timezone

from newsletter.audience.api_tokens import Scope, make_token

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

ROOT = "/api/v1"


@dataclass
class Program:
    """Has a token of the given scopes; all of them unless told otherwise."""

    text: str = ""

    @classmethod
    def with_scopes(cls, *scopes: Scope, name: str = "shop", **fields: Any) -> Program:
        _, text = make_token(name=name, scopes=scopes or tuple(Scope), now=timezone.now(), **fields)
        return cls(text)

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        given: dict[str, Any] = {"HTTP_AUTHORIZATION": f"Bearer {self.text}"} if self.text else {}
        if body is not None:
            given |= {"data": body, "content_type": "application/json"}
        answer: Answer = getattr(Client(), method.lower())(ROOT + path, **given, **headers)
        return answer


def error_of(answer: Answer) -> tuple[int, str]:
    """(status, code); fails unless the error has the one shape."""
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "remedy"}
    assert all(error.values())
    assert answer["Content-Type"].startswith("application/json")
    return answer.status_code, error["code"]
