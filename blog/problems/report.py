"""The use case: a reader reports a problem with a page."""

from __future__ import annotations

from datetime import datetime

from wagtail.models import Page

from blog.models import ProblemReport


def report_problem(
    *, page: Page | None, title: str, path: str, kind: str, text: str, email: str = "", now: datetime
) -> ProblemReport:
    """Keep it for the editors.

    Args:
        page: None when it is gone by now, or when the report is about the whole site.
        title: of the page, as the reader saw it.
        path: of the page, without the query.
    """
    return ProblemReport.objects.create(
        page=page,
        page_title=title[:255],
        path=path[:500],
        kind=kind,
        text=text,
        email=email,
        created_at=now,
        changed_at=now,
    )
