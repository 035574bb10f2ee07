"""What a program is told when something is wrong: one shape for all errors, with what to do."""

from __future__ import annotations

import json

from django.http import HttpResponse
from ninja import Field, Schema


class ErrorDetail(Schema):
    code: str = Field(description="For programs: it stays the same, whatever the words.")
    message: str = Field(description="What is wrong, for people.")
    remedy: str = Field(description="What to do about it.")


class Error(Schema):
    """The answer whenever something is wrong."""

    error: ErrorDetail


class ApiError(Exception):
    """Ends a request with an error of our shape. Its texts never hold what the program sent."""

    def __init__(self, status: int, code: str, message: str, remedy: str, **headers: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.remedy = remedy
        #: Such as `retry_after="30"`.
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def response(self) -> HttpResponse:
        content = {"error": {"code": self.code, "message": self.message, "remedy": self.remedy}}
        response = HttpResponse(json.dumps(content), status=self.status, content_type="application/json; charset=utf-8")
        for name, value in self.headers.items():
            response[name] = value
        return response


def not_found(what: str) -> ApiError:
    """Of something that the program named."""
    return ApiError(404, "not_found", f"There is no such {what}.", "Ask the list for those that there are.")


def invalid(message: str) -> ApiError:
    return ApiError(422, "invalid", message, "Correct the request; the reference says what each field takes.")
