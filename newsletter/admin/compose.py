"""The button "New issue from new stories"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView
from wagtail.admin import messages

from core.refusals import Guarded, user_of
from newsletter.admin.trail import Trail
from newsletter.issues.compose import compose
from newsletter.issues.errors import IssueError
from newsletter.issues.queries import unsent_stories
from newsletter.models import Newsletter

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class ComposeForm(forms.Form):
    newsletter = forms.ModelChoiceField(
        label=gettext_lazy("Newsletter"), queryset=Newsletter.objects.all(), empty_label=None
    )


class ComposeView(Guarded, Trail, FormView):  # type: ignore[type-arg]  # Django subscripts it only for type checkers
    """GET shows which stories are new; POST makes a draft of them and opens it."""

    permissions_required = ("newsletter.add_issue",)
    form_class = ComposeForm
    template_name = "newsletter/admin/compose.html"
    page_title = gettext_lazy("New issue from new stories")
    header_icon = "mail"
    request: HttpRequest

    def above(self) -> list[tuple[str, str]]:
        return [(reverse("newsletter_issues:list"), _("Issues"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        context["choices"] = [
            (newsletter, list(unsent_stories(newsletter).select_related("author")))
            for newsletter in Newsletter.objects.all()
        ]
        return context

    def form_valid(self, form: ComposeForm) -> HttpResponse:
        try:
            issue = compose(form.cleaned_data["newsletter"], user=user_of(self.request))
        except IssueError as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        messages.success(self.request, _("A draft with all new stories. Nothing is sent until you say so."))
        return redirect("newsletter_issues:edit", issue.pk)
