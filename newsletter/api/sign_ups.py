"""Signing somebody up: always by a mail that they confirm, whoever asks for it."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Status

from blog.models import Topic
from newsletter.api.errors import invalid, not_found
from newsletter.api.operations import needs
from newsletter.api.shapes import Accepted, SignUp
from newsletter.audience.api_tokens import Scope
from newsletter.audience.sign_ups import request_sign_up
from newsletter.models import ApiToken, Newsletter

router = Router()


@router.post(
    "/subscriptions",
    summary="Sign a reader up",
    operation_id="sign_up",
    **needs(Scope.WRITE_READERS, answers={202: Accepted}, errors=(404,)),
)
def sign_up(request: HttpRequest, body: SignUp) -> Status[dict[str, str]]:
    """Mails the address a link to confirm. The answer is the same for every address.

    Nobody becomes a reader without pressing the button in that mail, not even somebody who was one before.
    """
    newsletter = Newsletter.objects.visible().filter(slug=body.newsletter).first()
    if newsletter is None:
        raise not_found("newsletter")
    check_language(body.language)
    request_sign_up(
        newsletter,
        email=body.email,
        name=body.name,
        frequency=body.frequency,
        topics=topics_of(body.topics),
        language=body.language,
        source=source_of(request, body.source),
        ip="",
        wording="",
        now=timezone.now(),
    )
    return Status(202, {"status": "accepted"})


def topics_of(slugs: Iterable[str]) -> list[Topic]:
    """Raises ApiError for one that there is not."""
    wanted = set(slugs)
    found = list(Topic.objects.filter(slug__in=wanted))
    if len(found) != len(wanted):
        raise invalid("topics: one of them does not exist")
    return found


def check_language(code: str) -> None:
    if code and code not in dict(settings.LANGUAGES):
        raise invalid(f"language: one of {', '.join(dict(settings.LANGUAGES))}, or empty")


def source_of(request: HttpRequest, told: str = "") -> str:
    """What the evidence says of where it came from: the program, by its token's name, and what it told."""
    token: ApiToken = request.auth  # type: ignore[attr-defined]  # set by ninja
    return f"API: {token.name}{f', {told}' if told else ''}"
