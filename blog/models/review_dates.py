"""When a story is to be reviewed again: months, and what the two dates may be."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from django.utils.translation import gettext as _

#: No text on a treatment or a condition should stand for longer without anybody looking at it.
LONGEST_MONTHS = 36


class ReviewDatesError(Exception):
    """The two dates don't go together; `field` is the one to mend, the text says how."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def check_review_dates(reviewed: date | None, due: date | None, *, today: date) -> None:
    """
    Raises:
        ReviewDatesError: the review lies in the future, the next one not after it, or more than 36 months off.
    """
    if reviewed and reviewed > today:
        raise ReviewDatesError("reviewed_on", _("This day hasn't come yet: give the day the text was last checked."))
    if due is None:
        return
    if reviewed and due <= reviewed:
        raise ReviewDatesError("review_due_on", _("The next review comes after the last one: give a later day."))
    latest = months_later(reviewed or today, LONGEST_MONTHS)
    if due > latest:
        raise ReviewDatesError(
            "review_due_on",
            _("A story is reviewed after %(months)d months at the latest: %(day)s.")
            % {"months": LONGEST_MONTHS, "day": latest.strftime("%d.%m.%Y").lstrip("0")},
        )
