"""The page of an issue's check: what was found, what was decided, what may be done. It works without scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin import messages

from core.refusals import Guarded, refuse, user_of
from newsletter.admin.preflight.decide import decide, is_allowed
from newsletter.admin.preflight.examination import Examination, look_at
from newsletter.admin.trail import Trail
from newsletter.issues.errors import IssueError
from newsletter.models import Issue

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class CheckPage(Guarded, Trail, TemplateView):
    """GET shows the latest version's findings, POST overrides one of them or asks what nobody knows yet."""

    http_method_names = ["get", "post"]
    permissions_required = ("newsletter.change_issue",)
    template_name = "newsletter/admin/preflight/check_page.html"
    page_title = gettext_lazy("The check before sending")
    header_icon = "clipboard-list"
    request: HttpRequest

    @cached_property
    def issue(self) -> Issue:
        issues = Issue.objects.select_related("newsletter", "latest_revision")
        draft: Issue = get_object_or_404(issues, pk=self.kwargs["pk"]).get_latest_revision_as_object()
        return draft

    @cached_property
    def examination(self) -> Examination:
        return look_at(self.issue, user_of(self.request))

    def above(self) -> list[tuple[str, str]]:
        return [
            (reverse("newsletter_issues:list"), _("Issues")),
            (reverse("newsletter_issues:edit", args=[self.issue.pk]), str(self.issue)),
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = {"issue": self.issue, "decisions": self.issue.decisions.select_related("user"), **kwargs}
        try:
            context["examination"] = self.examination
        except IssueError as error:
            context["problem"] = str(error)
        return super().get_context_data(**context)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_allowed(request):
            return refuse(request)
        try:
            complaint = decide(self.issue, self.examination, request)
        except IssueError as error:
            complaint = str(error)
        if complaint:
            messages.error(request, complaint)
        else:
            messages.success(request, _("Noted."))
        return redirect("newsletter_issues:check", self.issue.pk)
