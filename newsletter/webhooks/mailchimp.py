"""What Mailchimp posts when something changed there: checked, read once, and taken in or looked up.

What ends something is done at once. What begins something is not believed: it makes us look, and Mailchimp itself says
who it was and when they agreed. The same holds for everything where events are not signed (older accounts).
"""

from __future__ import annotations

import logging
import re

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from newsletter.audience.mailchimp.account import BACKEND
from newsletter.audience.mailchimp.deleted import look_for
from newsletter.audience.mailchimp.hooks import known_by, secret_of
from newsletter.audience.mailchimp.poll import hurry
from newsletter.audience.mailchimp.receive import receive
from newsletter.backends.mailchimp.answers import Member
from newsletter.backends.mailchimp.ids import member_hash
from newsletter.engine.mailchimp_hook import (
    FormError,
    Kind,
    Notice,
    SignatureError,
    check_signature,
    read_notice,
)
from newsletter.models import MailchimpAudience, MailchimpEvent, MailchimpMember, MemberStatus

logger = logging.getLogger(__name__)

#: An event with every merge field filled in is a few thousand bytes.
MOST_BYTES = 64 * 1024
#: More digits than these are no length of anything that is read here.
_LENGTH = re.compile(r"[0-9]{1,10}")


@csrf_exempt
def mailchimp_hook(request: HttpRequest, secret: str) -> HttpResponse:
    """For machines: no page, no cookie, no session. An address that is not ours answers as if nothing were here."""
    response = HttpResponse(status=_status(request, secret), content_type="text/plain")
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


def _status(request: HttpRequest, secret: str) -> int:
    audience = known_by(secret)
    if audience is None:
        return 404
    if request.method in {"GET", "HEAD"}:  # as Mailchimp looks at an address before it takes it
        return 200
    if request.method != "POST":
        return 405
    body = _body(request)
    if body is None:
        return 400
    return _take(audience, body, request.headers.get("X-Mailchimp-Signature", "")) if body else 200


def _body(request: HttpRequest) -> bytes | None:
    """At most `MOST_BYTES`; None for more, of which nothing is read, and for a length that is not known."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not _LENGTH.fullmatch(length) or int(length) > MOST_BYTES or request.headers.get("Transfer-Encoding"):
        return None
    body = request.read(MOST_BYTES + 1)
    return body if len(body) <= MOST_BYTES else None


def _take(audience: MailchimpAudience, body: bytes, signature: str) -> int:
    now = timezone.now()
    key = secret_of(audience)
    try:
        if key:
            check_signature(signature, body, secret=key, now=now)
        notice = read_notice(body)
    except SignatureError:
        logger.warning("a webhook for audience %s is not signed as it should be", audience.pk)
        return 403
    except FormError as error:
        logger.warning("a webhook for audience %s can't be read: %s", audience.pk, error)
        return 400
    if notice.list_id != audience.list_id:
        logger.warning("a webhook for audience %s is about another one", audience.pk)
        return 403
    with transaction.atomic():
        is_in_use = audience.switched_on_at is not None and audience.newsletter.backend == BACKEND
        if is_in_use and _is_new(audience, notice):
            if key:
                _apply(audience, notice)
            if notice.is_removal:
                look_for(audience, notice.address, at=notice.fired_at, now=now)
            hurry(audience, now=now)
    return 200


def _is_new(audience: MailchimpAudience, notice: Notice) -> bool:
    """Whether it was not taken before; from now on it was."""
    before = MailchimpEvent.objects.filter(audience=audience, digest=notice.digest)
    if before.exists():
        return False
    MailchimpEvent.objects.bulk_create([MailchimpEvent(audience=audience, digest=notice.digest)], ignore_conflicts=True)
    return True


def _apply(audience: MailchimpAudience, notice: Notice) -> None:
    """What it says of a contact, unless something later is known already. A complaint counts whenever it comes."""
    name = member_hash(notice.address)
    later = MailchimpMember.objects.filter(
        audience=audience, member_hash=name, changed_there_at__gt=notice.fired_at, erasing=False
    )
    status = _status_said(notice)
    if status and (notice.is_abuse or not later.exists()):
        member = Member(hash=name, email=notice.address, status=status, changed_at=notice.fired_at)
        complained = {name} if notice.is_abuse else set()
        receive(audience, [member], now=timezone.now(), begins=False, complained=complained)


def _status_said(notice: Notice) -> str:
    """Empty where it says nothing of one.

    A contact that somebody of the practice archived, or gave another address, has not left: nothing ends here, and the
    report of what differs has it. Whether it was deleted for good instead only Mailchimp can say (`deleted`).
    """
    match notice.kind:
        case Kind.SUBSCRIBE:
            return MemberStatus.SUBSCRIBED
        case Kind.UNSUBSCRIBE if not notice.is_removal or notice.is_abuse:
            return MemberStatus.UNSUBSCRIBED
        case Kind.UNSUBSCRIBE | Kind.UPEMAIL:
            return MemberStatus.ARCHIVED
        case Kind.CLEANED:
            return MemberStatus.CLEANED
        case _:
            return ""
