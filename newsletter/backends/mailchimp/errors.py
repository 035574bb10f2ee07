"""What can go wrong when Mailchimp is asked. No text holds a key, an address, or what Mailchimp quoted of either."""

from __future__ import annotations

from dataclasses import dataclass

from newsletter.backends.base import BackendError


class MailchimpError(BackendError):
    """Root of them. The text is for people: what failed, and what to do."""


class KeyRefusedError(MailchimpError):
    """The key is malformed, unknown, revoked, of another data centre, or of a user who may not do this.

    The latter is `is_forbidden`.
    """

    def __init__(self, text: str, *, is_forbidden: bool = False) -> None:
        super().__init__(text)
        self.is_forbidden = is_forbidden


class DownError(MailchimpError):
    """Nobody answered, or only that the service is out of order. Nothing was done, or what may be done again."""


class ThrottledError(DownError):
    """Too many calls at once (429): ask again after `seconds`, which is what the server wished, or a guess."""

    def __init__(self, text: str, *, seconds: float) -> None:
        super().__init__(text)
        self.seconds = seconds


class UnsureError(MailchimpError):
    """The answer was lost or says nothing (timeout, reset, 5xx, empty): it may be done. Look before asking again.

    Only raised for calls that can't simply be repeated.
    """


class NotFoundError(MailchimpError):
    """404, by Mailchimp's own word: what was asked for is not there (any more)."""


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One entry of `errors`: the field that it is about, such as `MMERGE3`, and what is wrong, without any address."""

    field: str
    message: str


class RefusedError(MailchimpError):
    """400 and the like: understood, and never done like this. `title` is Mailchimp's name of the problem."""

    def __init__(self, text: str, *, title: str = "", fields: tuple[FieldProblem, ...] = ()) -> None:
        super().__init__(text)
        self.title = title
        self.fields = fields


class ComplianceError(RefusedError):
    """The member is in compliance state, or was deleted for good (`forgotten`): only the reader can subscribe again."""

    def __init__(self, text: str, *, title: str = "", forgotten: bool = False) -> None:
        super().__init__(text, title=title)
        self.forgotten = forgotten


class UnexpectedAnswerError(MailchimpError):
    """An answer that is not what the description of the API promises, such as 200 with HTML."""


class InvalidIdError(MailchimpError):
    """An id, hash, key or host that can't be one; it was not sent anywhere."""
