"""What Mailchimp answers when it refuses: problem documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int = 200
    #: None: no body at all.
    document: Json | None = None
    content_type: str = "application/json; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    #: Instead of the document, as it is.
    raw: bytes | None = None


class ProblemError(Exception):
    """Refused, and nothing was changed."""

    def __init__(self, status: int, title: str, detail: str, errors: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(detail)
        self.status, self.title, self.detail, self.errors = status, title, detail, errors

    def answer(self) -> Answer:
        document: Json = {
            "type": "https://mailchimp.com/developer/marketing/docs/errors/",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": "995c5cb0-3280-4a6e-808b-3b096d0bb219",
        }
        if self.errors:
            document["errors"] = [{"field": name, "message": text} for name, text in self.errors]
        return Answer(status=self.status, document=document, content_type="application/problem+json; charset=utf-8")


def not_found() -> ProblemError:
    return ProblemError(404, "Resource Not Found", "The requested resource could not be found.")


def invalid(detail: str, *errors: tuple[str, str]) -> ProblemError:
    return ProblemError(400, "Invalid Resource", detail, errors)
