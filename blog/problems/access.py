"""Who works on which reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from blog.models import ProblemReport, StoryPage

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser
    from django.db.models import QuerySet

EVERY = "blog.change_problemreport"
OWN = "blog.view_problemreport"


def reports_of(user: AbstractUser) -> QuerySet[ProblemReport]:
    """Those the user may read and work on: all, or those on stories that she owns or signs, or none.

    As with publishing (`blog.permissions`): the smaller permission reaches one's own stories only. An address that a
    reader left is personal, so nobody else sees the rest.
    """
    if user.has_perm(EVERY):
        return ProblemReport.objects.all()
    if not user.has_perm(OWN):
        return ProblemReport.objects.none()
    own = StoryPage.objects.filter(Q(owner=user) | Q(author__user=user))
    return ProblemReport.objects.filter(page__in=own.values("pk"))
