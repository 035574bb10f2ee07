"""New issues: from new stories, in what one chooses to start from; and the copy of an earlier one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin import messages

from core.refusals import Guarded, user_of
from newsletter.admin.compose_form import ComposeForm, NewsletterForm
from newsletter.admin.story_words import StoryLine, lines_for
from newsletter.admin.trail import Trail
from newsletter.issues.compose import compose, copy_issue
from newsletter.issues.errors import IssueError
from newsletter.issues.queries import stories_in
from newsletter.issues.story_history import histories
from newsletter.models import Issue, Newsletter

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class ComposeView(Guarded, Trail, TemplateView):
    """GET shows which stories are new; POST makes a draft of those that were chosen and opens it."""

    http_method_names = ["get", "post"]
    permissions_required = ("newsletter.add_issue",)
    template_name = "newsletter/admin/compose.html"
    page_title = gettext_lazy("New issue from new stories")
    header_icon = "mail"
    request: HttpRequest

    def above(self) -> list[tuple[str, str]]:
        return [(reverse("newsletter_issues:list"), _("Issues"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        bound: ComposeForm | None = kwargs.pop("bound", None)
        forms = [
            bound if bound and bound.newsletter == newsletter else ComposeForm(newsletter=newsletter)
            for newsletter in Newsletter.objects.all()
        ]
        return super().get_context_data(**{"forms": forms, **kwargs})

    def post(self, request: HttpRequest) -> HttpResponse:
        which = NewsletterForm(request.POST)
        if not which.is_valid():
            raise Http404
        form = ComposeForm(request.POST, newsletter=which.cleaned_data["newsletter"])
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(bound=form))
        try:
            issue = compose(
                form.newsletter,
                stories=form.chosen,
                start=form.starting_point,
                displays=form.displays,
                user=user_of(request),
            )
        except IssueError as error:
            form.add_error(None, str(error))
            return self.render_to_response(self.get_context_data(bound=form))
        messages.success(request, _("A draft with the new stories. Nothing is sent until you say so."))
        return redirect("newsletter_issues:edit", issue.pk)


class CopyView(Guarded, Trail, TemplateView):
    """GET says what the copy would carry and what of it was sent before; POST makes it and opens it."""

    http_method_names = ["get", "post"]
    permissions_required = ("newsletter.add_issue",)
    template_name = "newsletter/admin/copy.html"
    page_title = gettext_lazy("Copy this issue")
    header_icon = "copy"
    request: HttpRequest

    @cached_property
    def issue(self) -> Issue:
        latest: Issue = get_object_or_404(Issue, pk=self.kwargs["pk"]).get_latest_revision_as_object()
        return latest

    @cached_property
    def lines(self) -> list[StoryLine]:
        stories = stories_in(self.issue)
        return lines_for(self.issue.newsletter, stories, histories(self.issue.newsletter, stories, now=timezone.now()))

    def above(self) -> list[tuple[str, str]]:
        return [
            (reverse("newsletter_issues:list"), _("Issues")),
            (reverse("newsletter_issues:edit", args=[self.issue.pk]), str(self.issue)),
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        again = sum(line.is_sent_here for line in self.lines)
        return super().get_context_data(**{"issue": self.issue, "lines": self.lines, "again": again, **kwargs})

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        copy = copy_issue(self.issue, user=user_of(request))
        again = [line.story.title for line in self.lines if line.is_sent_here]
        if again:
            messages.warning(
                request,
                _("A draft with the same stories. Sent before: “%(titles)s”. Readers who have them get them again.")
                % {"titles": "”, “".join(again)},
            )
        else:
            messages.success(request, _("A draft with the same words and stories. Nothing is sent until you say so."))
        return redirect("newsletter_issues:edit", copy.pk)
