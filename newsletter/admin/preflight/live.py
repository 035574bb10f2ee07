"""The check beside the composer: the form as it stands, saved or not, is checked whenever the editor pauses."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from wagtail.snippets.views.snippets import PreviewOnCreateView, PreviewOnEditView

from core.models import PublicationSettings
from core.refusals import Guarded, refuse, user_of
from newsletter.admin.preflight.decide import decide, is_allowed
from newsletter.admin.preflight.examination import MailSize, look_at
from newsletter.engine.message import markers
from newsletter.issues.errors import IssueError
from newsletter.issues.render import lay_out
from newsletter.models import Issue, Newsletter

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class FormIssue(Guarded):
    """Builds the issue from the composer's form as Wagtail's preview does, and saves nothing."""

    http_method_names = ("post",)
    permissions_required = ("newsletter.change_issue",)
    object: Issue | None

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        try:
            super().setup(request, *args, **kwargs)  # type: ignore[misc]
        except PermissionDenied:
            self.object = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return refuse(request) if self.object is None else super().dispatch(request, *args, **kwargs)

    def issue(self, request: HttpRequest) -> tuple[Issue, bool]:
        """The issue in the form, and True; while its fields can't be read, the last saved draft and False.

        Raises:
            IssueError: there is no newsletter at all.
        """
        view: Any = self
        try:
            form = view.get_form(request.POST)
            form.fields["newsletter"].required = False
            is_valid = view.validate_form(form)
        except ValidationError:
            is_valid = False
        issue: Issue = form.save(commit=False) if is_valid else view.get_object()
        if issue.newsletter_id is None:
            stand_in = Newsletter.objects.first()
            if stand_in is None:
                raise IssueError(_("There is no newsletter yet. Create one first, then choose it here."))
            issue.newsletter = stand_in
        return issue, bool(is_valid)


class LiveCheck(FormIssue, PreviewOnEditView):
    """Answers with the findings; it also takes decisions, on an issue that was saved before."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_allowed(request):
            return refuse(request)
        try:
            issue, is_current = self.issue(request)
            return JsonResponse(answer(request, issue, is_current=is_current))
        except IssueError as error:
            return JsonResponse({"html": "", "open": 0, "summary": "", "complaint": str(error)})


class LiveCheckOfNewIssue(LiveCheck, PreviewOnCreateView):
    """The same before the first save: nothing can be overridden yet."""

    permissions_required = ("newsletter.add_issue",)


class LiveSize(FormIssue, PreviewOnEditView):
    """Only how long the mail is: quick enough to follow the writing."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            slots = markers(secrets.token_bytes(16))
            laid = lay_out(self.issue(request)[0], slots, PublicationSettings.of_default_site())
        except IssueError as error:
            return JsonResponse({"octets": None, "summary": str(error)})
        size = MailSize(octets=len(slots.unmarked(laid.html).encode()))
        return JsonResponse({"octets": size.octets, "summary": size.summary})


class LiveSizeOfNewIssue(LiveSize, PreviewOnCreateView):
    permissions_required = ("newsletter.add_issue",)


def answer(request: HttpRequest, issue: Issue, *, is_current: bool) -> dict[str, Any]:
    """The findings as HTML, with what the panel's badge and its announcement need."""
    user, complaint = user_of(request), ""
    examination = look_at(issue, user)
    if request.POST.get("decision"):
        if issue.pk is None and request.POST["decision"] == "override":
            complaint = _("Save the issue first.")
        else:
            complaint = decide(issue, examination, request)
        examination = look_at(issue, user)
    context = {"examination": examination, "issue": issue, "is_current": is_current, "in_editor": True}
    return {
        "html": render_to_string("newsletter/admin/preflight/findings.html", context, request=request),
        "open": examination.open_count,
        "summary": examination.summary,
        "complaint": complaint,
        "again": examination.again,
    }
