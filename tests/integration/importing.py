"""Importing a file in a test: all steps in a row, as the command takes them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime

from newsletter.audience.importing import job as importing
from newsletter.models import ConsentEvent, ConsentKind, Newsletter, SubscriberImport, Subscription

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
BASIS = "Asked for the letter at our talk."

MAILCHIMP = (
    "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LATITUDE,LONGITUDE,"
    "GMTOFF,DSTOFF,TIMEZONE,CC,REGION,LAST_CHANGED,LEID,EUID,NOTES,TAGS"
)
MAILCHIMP_ROWS = (
    MAILCHIMP,
    'Ada@Example.org,Ada,Quist,2,"2020-02-03 04:05:06",203.0.113.9,"2020-02-03 04:09:00",203.0.113.9,40.7,-74.0,-5,-4,'
    'America/New_York,US,NY,"2021-01-01 00:00:00",1,a1,"Asked about ketamine","""Talk"",""Press, local"""',
    "bo@example.org,Bo,,2,,,,,,,,,,,,2021-01-01 00:00:00,2,b2,,",
)
SUBSTACK_ROWS = (
    "email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at",
    "ada@example.org,false,,other,false,2022-03-16T08:03:11.123Z,",
    "bo@example.org,true,2027-01-01T00:00:00.000Z,yearly,true,2022-03-16T08:03:11.123Z,2022-03-16T08:03:11.123Z",
)
GHOST_ROWS = (
    "id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at,labels,tiers",
    '1,ada@example.org,Ada Quist,Doctor,true,false,,2022-03-16T08:03:11.000Z,,"Talk,Press",',
    "2,bo@example.org,Bo,,false,false,,2022-03-16T08:03:11.000Z,,,",
    "3,cy@example.org,Cy,,true,false,,2022-03-16T08:03:11.000Z,2023-01-01T00:00:00.000Z,,",
)
LISTMONK_ROWS = (
    "uuid,email,name,attributes,status,created_at,updated_at",
    '7c5a,ada@example.org,Ada,"{""city"": ""Graz""}",enabled,2022-03-16 09:03:11.123456 +0100 CET,',
    "7c5b,bo@example.org,Bo,{},blocklisted,2022-03-16 08:03:11.1 +0000 UTC,2022-03-16 08:03:11 +0000 UTC",
    "7c5c,cy@example.org,Cy,{},disabled,2022-03-16 08:03:11.1 +0000 UTC,2022-03-16 08:03:11 +0000 UTC",
)


def started(
    newsletter: Newsletter, content: str | bytes | Sequence[str], *, name: str = "readers.csv"
) -> SubscriberImport:
    """The import after the upload."""
    if not isinstance(content, str | bytes):
        content = "\n".join(content) + "\n"
    raw = content.encode() if isinstance(content, str) else content
    return importing.start(newsletter, io.BytesIO(raw), name, by=None, now=NOW)


def staged(newsletter: Newsletter, content: str | bytes | Sequence[str], **more: object) -> SubscriberImport:
    """The import after its rehearsal."""
    job = started(newsletter, content)
    importing.set_mapping(job, {**job.mapping, **more.pop("mapping", {})}, basis=BASIS, **more)  # type: ignore[arg-type, dict-item]
    assert importing.stage(job, stop=lambda: False)
    return job


def imported(newsletter: Newsletter, content: str | bytes | Sequence[str], **more: object) -> SubscriberImport:
    """The import, done."""
    job = staged(newsletter, content, **more)
    importing.confirm_import(job)
    assert importing.merge(job, stop=lambda: False)
    return job


def states(newsletter: Newsletter) -> dict[str, str]:
    """State by address."""
    rows = Subscription.objects.filter(newsletter=newsletter).order_by("subscriber__email")
    return dict(rows.values_list("subscriber__email", "state"))


def events(newsletter: Newsletter) -> list[ConsentEvent]:
    """What imports have left as evidence, by address."""
    rows = ConsentEvent.objects.filter(kind=ConsentKind.IMPORTED, subscription__newsletter=newsletter)
    return list(rows.order_by("subscription__subscriber__email", "pk"))


def errors(job: SubscriberImport) -> list[list[str]]:
    """The file of refused rows without its header."""
    text = io.StringIO(newline="")
    importing.write_errors(job, text)
    return list(csv.reader(text.getvalue().splitlines(keepends=True)))[1:]
