"""Problem reports in the admin: a list with states, and a page for each with the steps that it may take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from wagtail.admin.ui.tables import Column, DateColumn, StatusTagColumn, TitleColumn
from wagtail.admin.viewsets.base import ViewSet
from wagtail.models import Page

from blog.models import ProblemReport
from blog.problems.access import OWN, reports_of
from blog.problems.change import change_state
from blog.problems.errors import ProblemError
from blog.problems.purge import ADDRESSES_KEPT
from blog.problems.states import CLOSED, STEPS, UNSETTLED, State
from core.listing import ReadOnlyIndexView
from core.refusals import Guarded, shown_to, user_of

if TYPE_CHECKING:
    from django.db.models import QuerySet

#: What the button of each step says.
STEP_LABELS = {
    State.OPEN: gettext_lazy("Look into it"),
    State.SOLVED: gettext_lazy("Solved"),
    State.DISMISSED: gettext_lazy("Nothing to do"),
}


class ProblemIndexView(ReadOnlyIndexView):
    """The newest first; a doctor sees those on her own stories."""

    permissions_required = (OWN,)
    model = ProblemReport
    page_title = gettext_lazy("Problem reports")
    header_icon = "warning"
    index_url_name = "blog_problems:index"
    index_results_url_name = "blog_problems:index_results"
    default_ordering = "-created_at"
    paginate_by = 50
    list_filter = ["state", "kind"]
    search_fields = ["page_title", "text", "note", "email"]

    def get_base_queryset(self) -> QuerySet[ProblemReport]:
        return reports_of(user_of(self.request)).select_related("changed_by")

    @cached_property
    def columns(self) -> list[Column]:
        return [
            TitleColumn(
                "text",
                label=_("What was noticed"),
                accessor=lambda report: Truncator(report.text).chars(90),
                get_url=lambda report: reverse("blog_problems:show", args=[report.pk]),
            ),
            Column("kind", label=_("About"), accessor="get_kind_display", sort_key="kind"),
            Column("page_title", label=_("Page"), sort_key="page_title"),
            StatusTagColumn(
                "state",
                label=_("State"),
                accessor="get_state_display",
                primary=lambda report: report.state in UNSETTLED,
                sort_key="state",
            ),
            DateColumn("created_at", label=_("Came"), sort_key="created_at"),
            Column("changed_by", label=_("Last changed by")),
        ]


class StepForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("For the editors: what was found, what was done. Readers never see it."),
    )
    #: The state that the editor saw, and the one that it shall have.
    after = forms.ChoiceField(choices=State.choices, widget=forms.HiddenInput)
    to = forms.ChoiceField(choices=State.choices)


class ProblemView(Guarded, View):
    """One report; a POST takes it a step further."""

    permissions_required = (OWN,)
    http_method_names = ["get", "head", "post"]

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        report = self.report(pk)
        return self.page(report, StepForm(initial={"note": report.note, "after": report.state}))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        report, form = self.report(pk), StepForm(request.POST)
        if not form.is_valid():
            return self.page(report, form, status=400)
        try:
            change_state(report, user=user_of(request), now=timezone.now(), **form.cleaned_data)
        except ProblemError as error:
            form.add_error(None, str(error))
            report.refresh_from_db()
            return self.page(report, form, status=409)
        messages.success(request, _("The report is now: %(state)s.") % {"state": report.get_state_display()})
        return HttpResponseRedirect(reverse("blog_problems:index"))

    def report(self, pk: int) -> ProblemReport:
        """
        Raises:
            Http404: there is none, or it is about somebody else's story.
        """
        return get_object_or_404(reports_of(user_of(self.request)).select_related("page", "changed_by"), pk=pk)

    def page(self, report: ProblemReport, form: StepForm, *, status: int = 200) -> HttpResponse:
        state = State(report.state)
        page: Any = report.page
        context = {
            "report": report,
            "form": form,
            "steps": [(step.value, STEP_LABELS[step]) for step in STEPS[state]],
            "is_closed": state in CLOSED,
            "kept_days": ADDRESSES_KEPT.days,
            "page_url": page.get_url(self.request) if isinstance(page, Page) and page.live else "",
            "may_edit": page is not None and page.permissions_for_user(user_of(self.request)).can_edit(),
        }
        return render(self.request, "blog/admin/problem.html", context, status=status)


class ProblemViewSet(ViewSet):
    name = "blog_problems"
    url_prefix = "stories/problems"
    icon = "warning"
    menu_label = gettext_lazy("Problem reports")
    menu_name = "blog-problems"
    menu_order = 160
    add_to_admin_menu = True
    menu_item_class = shown_to((OWN,))

    def get_urlpatterns(self) -> list[Any]:
        return [
            path("", ProblemIndexView.as_view(), name="index"),
            path("results/", ProblemIndexView.as_view(results_only=True), name="index_results"),
            path("<int:pk>/", ProblemView.as_view(), name="show"),
        ]
