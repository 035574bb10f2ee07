"""What a person does about the check: overriding one finding, or asking what nobody knows yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.refusals import user_of
from newsletter.issues.ask_checklist import ask_checklist
from newsletter.issues.errors import IssueError
from newsletter.issues.lookups import look_up
from newsletter.issues.override import OVERRIDE, override

if TYPE_CHECKING:
    from django.http import HttpRequest

    from newsletter.admin.preflight.examination import Examination
    from newsletter.models import Issue


def is_allowed(request: HttpRequest) -> bool:
    """Whoever may open the check may ask; overriding needs a right of its own."""
    return request.POST.get("decision") != "override" or user_of(request).has_perm(OVERRIDE)


def decide(issue: Issue, examination: Examination, request: HttpRequest) -> str:
    """Do what was posted; returns why it couldn't be done, or nothing."""
    now = timezone.now()
    try:
        match request.POST.get("decision"):
            case "override":
                finding = examination.find(request.POST.get("fingerprint", ""))
                if finding is None:
                    return _("This was changed since. Look at the findings again.")
                override(issue, finding, user=user_of(request), reason=request.POST.get("reason", ""), now=now)
            case "look_up":
                if left := look_up(issue, now=now).unanswered:
                    text = ngettext(
                        "There was no time for one of the answers. Check again.",
                        "There was no time for %(count)d of the answers. Check again.",
                        left,
                    )
                    return text % {"count": left}
            case "ask_checklist":
                ask_checklist(issue, by=user_of(request), now=now)
            case _:
                return _("Choose what to do about it.")
    except IssueError as error:
        return str(error)
    return ""
