"""What the tests of problem reports share: posting the form as a browser does."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from blog.models import ProblemReport
from core.stamp import make_stamp

if TYPE_CHECKING:
    from django.test import Client
    from django.test.client import _MonkeyPatchedWSGIResponse

    from blog.models import StoryPage


def send_report(
    client: Client, page: object = "", *, shown: float = 60, path: str = "/stories/one/", **fields: Any
) -> _MonkeyPatchedWSGIResponse:
    """Post the form that was shown some seconds ago for the page at `path`."""
    stamp = make_stamp(path, now=timezone.now() - timedelta(seconds=shown))
    given = {"page": page, "kind": "error", "text": "The second number is wrong.", "email": "", "stamp": stamp}
    return client.post("/report/", {**given, **fields})


def make_report(story: StoryPage | None = None, **fields: Any) -> ProblemReport:
    now = timezone.now()
    given: dict[str, Any] = {
        "page": story,
        "page_title": story.title if story else "Rounds",
        "path": "/",
        "kind": ProblemReport.Kind.ERROR,
        "text": "The second number is wrong.",
        "created_at": now,
        "changed_at": now,
    }
    report: ProblemReport = ProblemReport.objects.create(**{**given, **fields})
    return report
