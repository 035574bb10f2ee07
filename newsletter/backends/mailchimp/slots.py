"""A few connections for all processes together: Mailchimp takes 10 at once from a user, and answers 429 to more."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

#: Of 10: other programs of the practice may use the same user.
MOST_AT_ONCE = 6


class Slots(Protocol):
    def taken(self, *, seconds: float) -> AbstractContextManager[None]:
        """Wait for a free one, at most so long, and hold it.

        Raises:
            ThrottledError: none became free in time.
        """
        ...


class Unlimited:
    """For one call at a time, in checks and tests."""

    def taken(self, *, seconds: float) -> AbstractContextManager[None]:
        return nullcontext()
