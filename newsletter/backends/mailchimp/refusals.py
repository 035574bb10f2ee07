"""What Mailchimp says when it refuses, as typed errors in words that say what to do."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from django.utils.translation import gettext as _

from newsletter.backends.mailchimp.errors import (
    ComplianceError,
    FieldProblem,
    KeyRefusedError,
    MailchimpError,
    NotFoundError,
    RefusedError,
    ThrottledError,
)
from newsletter.backends.mailchimp.masking import masked
from newsletter.backends.mailchimp.wire import Answer, read_object

#: Seconds before asking again, where Mailchimp names none.
THROTTLED = 5.0
#: The edge turned the caller away without a word: asking at once would only prolong it.
TURNED_AWAY = 60.0

_OTHER_DATA_CENTRE = re.compile(r"data\W?cent|\bus\d{1,3}\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Of either kind (problem+json, json), masked; false where Mailchimp said nothing."""

    title: str = ""
    detail: str = ""
    fields: tuple[FieldProblem, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.title or self.detail)

    @property
    def said(self) -> str:
        """In Mailchimp's words, for the end of a text."""
        words = [f"{self.title}: {self.detail}" if self.title and self.detail else self.title or self.detail]
        words += [f"{field.field}: {field.message}" if field.field else field.message for field in self.fields]
        return masked(" · ".join(word for word in words if word))


def read_problem(answer: Answer, private: Collection[str]) -> Problem:
    found = read_object(answer.body) or {}
    errors = found.get("errors")
    entries = [entry for entry in errors if isinstance(entry, dict)] if isinstance(errors, list) else []
    return Problem(
        title=_text(found.get("title"), private),
        detail=_text(found.get("detail"), private),
        fields=tuple(
            FieldProblem(_text(entry.get("field"), private), _text(entry.get("message"), private)) for entry in entries
        ),
    )


def is_final(problem: Problem) -> bool:
    """Whether a 500 means that the account is blocked (`Compliance Related`), and not that a server is out of order."""
    return "compliancerelated" in problem.title.lower().replace(" ", "")


def refusal(status: int, problem: Problem, *, wished: float) -> MailchimpError:
    """What a 4xx means; it certainly was not done."""
    if status == 401:
        text = _(
            "Mailchimp does not know this key: it was revoked, or belongs to another data centre. Please make a new "
            "one there (Account & billing > Extras > API keys) and enter it whole, with its end such as -us21."
        )
        return KeyRefusedError(text)
    if status == 403:
        return _forbidden(problem)
    if status in {404, 410}:
        return NotFoundError(_("This is not at Mailchimp (any more). Look there whether somebody has deleted it."))
    if status in {425, 429}:
        return ThrottledError(
            _("Mailchimp takes no more calls for a moment. It goes on by itself."), seconds=wished or THROTTLED
        )
    return _refused(status, problem)


def _forbidden(problem: Problem) -> MailchimpError:
    said = f"{problem.title} {problem.detail}".lower()
    if not problem:
        return ThrottledError(
            _("Mailchimp turned the call away without a reason, as it does after too many. It is tried again."),
            seconds=TURNED_AWAY,
        )
    if is_final(problem):
        return RefusedError(
            _("Mailchimp has blocked this account. Log in there: it says why, and what to do."), title=problem.title
        )
    if _OTHER_DATA_CENTRE.search(said):
        # Which one Mailchimp names, this or the other, can't be told from its words.
        return KeyRefusedError(
            _("The key belongs to another data centre than its end says. Copy it again and whole, such as …-us21.")
        )
    text = _("Mailchimp does not let the user of this key do this. Use a key of an owner or admin there. ({said})")
    return KeyRefusedError(text.format(said=problem.said), is_forbidden=True)


def _refused(status: int, problem: Problem) -> MailchimpError:
    title = problem.title.lower()
    if "compliance state" in title:
        text = _("This reader left for good, or their mails came back. Only they can subscribe again, at Mailchimp.")
        return ComplianceError(text, title=problem.title)
    if "forgotten" in title:
        text = _("This reader was deleted for good at Mailchimp. Only they can subscribe again, by its form.")
        return ComplianceError(text, title=problem.title, forgotten=True)
    text = _("Mailchimp refused this: {said}").format(said=problem.said or status)
    return RefusedError(text, title=problem.title, fields=problem.fields)


def _text(value: object, private: Collection[str]) -> str:
    return masked(str(value), private) if isinstance(value, str | int | float) else ""
