"""A turn of keeping the audience there in step: what its steps share."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from newsletter.audience.mailchimp import members
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.errors import (
    DownError,
    MailchimpError,
    NotFoundError,
    ThrottledError,
    UnexpectedAnswerError,
)
from newsletter.models import MailchimpAudience, MailchimpBatch

#: Seconds after which a turn begins nothing new.
TURN = 5.0
#: How long single calls of a turn are left alone by others.
LEASE = timedelta(minutes=3)


@dataclass(kw_only=True)
class Turn:
    audience: MailchimpAudience
    api: Mailchimp
    now: datetime
    #: What a person has to look at; empty when all is well.
    problem: str = ""
    #: Who should be gone and stays, in words for a person; it is the worst that can be, and is said first.
    refused: str = ""
    open: list[MailchimpBatch] = field(default_factory=list)
    #: How many members are on their way or wait: until they are there, an earlier problem is not known to be over.
    under_way: int = 0
    _failed: bool = False
    _answered: bool = False
    _end: float = field(default_factory=lambda: time.monotonic() + TURN)

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._end

    @property
    def until(self) -> datetime:
        """Up to when members that are sent one by one are under way."""
        return self.now + LEASE

    @contextmanager
    def about_one(self, member_id: int, *, erasing: bool = False) -> Iterator[list[MailchimpError]]:
        """Ask about one contact. What fails puts that one off: it stands in the list, and the others go on.

        `erasing`: it is about deleting the contact. An erasure that comes in the middle of another call is not put off.

        Raises:
            ThrottledError: the others would fare no better.
        """
        failed: list[MailchimpError] = []
        try:
            yield failed
        except ThrottledError:
            raise
        except (DownError, UnexpectedAnswerError) as error:
            failed.append(error)
            self._failed = True
            members.put_off(self.audience, member_id, now=self.now, erasing=erasing)
        else:
            self._answered = True

    def check_it_was_one(self) -> None:
        """Where something failed and nothing went well: whether Mailchimp answers at all.

        Raises:
            MailchimpError: it does not, and nobody's contact was to blame.
        """
        if self._failed and not self._answered:
            check_is_there(self.audience, self.api)


def check_is_there(audience: MailchimpAudience, api: Mailchimp) -> None:
    """Raises:
    NotFoundError: it is the audience itself that was not found.
    """
    api.audience(audience.list_id)


def is_not_found(audience: MailchimpAudience, api: Mailchimp) -> bool:
    """Whether the audience is gone, if anybody can say."""
    try:
        check_is_there(audience, api)
    except NotFoundError:
        return True
    return False
