"""What goes in and out, as JSON. Input that nobody asked for is refused: no field can be set by guessing its name."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated

from ninja import Field, Schema
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, ConfigDict

from newsletter.engine.subscriptions import EndReason, SubscriptionState
from newsletter.models import Frequency

#: The largest id that a database can hold.
MOST = 2**63 - 1
Id = Annotated[int, Field(ge=1, le=MOST)]
Slug = Annotated[str, Field(pattern=r"^[-a-zA-Z0-9_]+$", max_length=50)]
#: No control characters: they would reach headers, and PostgreSQL keeps no NUL.
Line = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=200)]
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9_+/-]*$", max_length=64)]


def _in_iso_form(value: object) -> object:
    """Numbers would be read as seconds since 1970, which nobody means."""
    if isinstance(value, str) and not re.match(r"\d{4}-\d\d-\d\dT", value):
        raise ValueError("an instant with its time zone, as in 2026-05-01T00:00:00Z")
    return value


def _in_utc(value: datetime) -> datetime:
    """PostgreSQL takes no zone of sixteen hours and more, which the format allows (RFC 3339 section 5.6)."""
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("an instant between the years 1 and 9999") from None


Instant = Annotated[AwareDatetime, BeforeValidator(_in_iso_form), AfterValidator(_in_utc)]


class Input(Schema):
    model_config = ConfigDict(extra="forbid")


class SignUp(Input):
    """Somebody who wants to read a newsletter. They are mailed, and become a reader once they confirm."""

    newsletter: Slug = Field(description="Its slug.", examples=["rounds"])
    email: str = Field(max_length=1000, examples=["ana@example.com"])
    name: str = Field("", max_length=1000, examples=["Ana"])
    frequency: Frequency = Frequency.EACH_STORY
    topics: list[Slug] = Field([], max_length=50, description="Slugs of topics; none means all.")
    language: Code = Field("", description="Empty: the newsletter's.")
    source: Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f?#@]*$", max_length=120)] = Field(
        "",
        description="Where they asked, such as the path of a page. It becomes part of the evidence; no address in it.",
        examples=["/waiting-room/"],
    )


class Accepted(Schema):
    """The same for every address, known or not."""

    status: str = Field("accepted", description="A mail goes out soon, unless the address was mailed just before.")


class SubscriptionOut(Schema):
    newsletter: str
    state: SubscriptionState
    ended_reason: EndReason | None
    frequency: Frequency
    topics: list[str] = Field(description="Slugs; none means all.")
    created_at: datetime
    confirmed_at: datetime | None
    ended_at: datetime | None
    paused_until: datetime | None


class Reader(Schema):
    id: int
    email: str
    name: str
    language: str = Field(description="Empty: the newsletter's.")
    time_zone: str = Field(description="Empty: the newsletter's.")
    created_at: datetime
    tags: list[str]
    attributes: dict[str, str]
    subscriptions: list[SubscriptionOut]


class Readers(Schema):
    items: list[Reader]
    next: int | None = Field(description="Pass it as `after` to get the next ones; null at the end.")


class ReaderFilter(Input):
    newsletter: Slug | None = Field(None, description="Only those with a subscription to it.")
    state: SubscriptionState | None = Field(None, description="Only those with a subscription in this state.")
    created_since: Instant | None = Field(None, description="Only those known since then; with a time zone.")
    after: int = Field(0, ge=0, le=MOST, description="`next` of the page before.")
    limit: int = Field(100, ge=1, le=100)


class Address(Input):
    email: str = Field(max_length=1000, examples=["ana@example.com"])


class SubscriptionChange(Input):
    newsletter: Slug
    frequency: Frequency | None = None
    topics: list[Slug] | None = Field(None, max_length=50, description="Slugs; an empty list means all.")


class ReaderChange(Input):
    """What is left out or null stays as it is."""

    name: str | None = Field(None, max_length=1000)
    language: Code | None = None
    time_zone: Code | None = Field(None, examples=["Europe/Berlin"])
    subscriptions: list[SubscriptionChange] = Field([], max_length=20, description="Confirmed ones only.")
    tags: list[Line] | None = Field(None, max_length=100, description="Names of tags; these and no others.")
    attributes: dict[Slug, Line | None] = Field(
        {}, max_length=50, description="By key, as text; null takes one away. Others stay."
    )


class Ending(Input):
    newsletter: Slug | None = Field(None, description="Its slug; left out or null: all of them.")


class NewsletterOut(Schema):
    slug: str
    name: str
    description: str
    language: str
    time_zone: str
    hidden: bool = Field(description="Takes no sign-ups and has no public page.")


class Newsletters(Schema):
    items: list[NewsletterOut]


class IssueOut(Schema):
    id: int
    newsletter: str
    subject: str
    sent_at: datetime
    recipients: int
    url: str | None = Field(description="Its page in the archive; null where the newsletter is hidden.")


class Issues(Schema):
    items: list[IssueOut]
    next: int | None = Field(description="Pass it as `before` to get the older ones; null at the end.")


class IssueFilter(Input):
    newsletter: Slug | None = Field(None, description="Only its issues.")
    before: int = Field(MOST, ge=1, le=MOST, description="`next` of the page before.")
    limit: int = Field(50, ge=1, le=50)


class WholeIssue(IssueOut):
    html: str = Field(description="As it was mailed, without anything personal.")
