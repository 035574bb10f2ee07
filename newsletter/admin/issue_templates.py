"""Issue templates: the list, their editor, and "Save as template" on an issue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.panels import FieldPanel, ObjectList
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.views.generic import CreateView, DeleteView
from wagtail.admin.viewsets.model import ModelViewSet

from core.refusals import Guarded, user_of
from newsletter.admin.trail import Trail
from newsletter.issues.starting_points import as_template
from newsletter.models import Issue, IssueTemplate, Schedule

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse


class SaveAsTemplateForm(forms.ModelForm):  # type: ignore[type-arg]  # Django subscripts it only for type checkers
    only_here = forms.BooleanField(
        required=False, initial=True, help_text=gettext_lazy("Otherwise every newsletter can start from it.")
    )

    class Meta:
        model = IssueTemplate
        fields = ["name", "description"]

    def __init__(self, *args: Any, issue: Issue, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.issue = issue
        self.fields["only_here"].label = _("Only for %(newsletter)s") % {"newsletter": issue.newsletter.name}

    def save(self, commit: bool = True) -> IssueTemplate:
        template: IssueTemplate = self.instance
        template.newsletter = self.issue.newsletter if self.cleaned_data["only_here"] else None
        template.body = as_template(self.issue.body)
        saved: IssueTemplate = super().save(commit)
        return saved


class SaveAsTemplateView(Guarded, Trail, FormView):  # type: ignore[type-arg]  # as above
    """GET asks for a name; POST keeps the issue's blocks, with one place for new stories where its cards stood."""

    http_method_names = ["get", "post"]
    permissions_required = ("newsletter.add_issuetemplate",)
    form_class = SaveAsTemplateForm
    template_name = "newsletter/admin/save_as_template.html"
    page_title = gettext_lazy("Save as template")
    header_icon = "download"
    request: HttpRequest

    @cached_property
    def issue(self) -> Issue:
        latest: Issue = get_object_or_404(Issue, pk=self.kwargs["pk"]).get_latest_revision_as_object()
        return latest

    def above(self) -> list[tuple[str, str]]:
        return [
            (reverse("newsletter_issues:list"), _("Issues")),
            (reverse("newsletter_issues:edit", args=[self.issue.pk]), str(self.issue)),
        ]

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "issue": self.issue}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**{"issue": self.issue, **kwargs})

    def form_valid(self, form: SaveAsTemplateForm) -> HttpResponse:
        form.instance.created_by = user_of(self.request)
        template = form.save()
        messages.success(
            self.request,
            _("“%(name)s” is kept. “New issue from new stories” offers it to start from.") % {"name": template.name},
        )
        return redirect("newsletter_templates:edit", template.pk)


class TemplateCreateView(CreateView):
    def save_instance(self) -> IssueTemplate:
        self.form.instance.created_by = user_of(self.request)
        saved: IssueTemplate = super().save_instance()
        return saved


class TemplateDeleteView(DeleteView):
    """Deletes what no schedule starts from."""

    template_name = "newsletter/admin/delete_template.html"

    @cached_property
    def schedules(self) -> QuerySet[Schedule]:
        return self.object.schedules.select_related("newsletter")  # type: ignore[no-any-return]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {**context, "schedules": self.schedules, "is_protected": bool(self.schedules), "usage_url": ""}

    def form_valid(self, form: Any) -> Any:
        if self.schedules:
            return self.render_to_response(self.get_context_data(), status=409)
        return super().form_valid(form)


class IssueTemplateViewSet(ModelViewSet):
    model = IssueTemplate
    name = "newsletter_templates"
    url_prefix = "newsletter/templates"
    icon = "copy"
    menu_label = gettext_lazy("Templates")
    menu_name = "newsletter-templates"
    add_view_class = TemplateCreateView
    delete_view_class = TemplateDeleteView
    copy_view_enabled = False
    ordering = ["name"]
    list_display = [
        "name",
        "description",
        Column("newsletter", label=gettext_lazy("Newsletter"), accessor=lambda made: made.newsletter or _("all")),
        DateColumn("created_at", label=gettext_lazy("Made")),
    ]

    def get_edit_handler(self) -> Any:
        panels = [
            FieldPanel("name"),
            FieldPanel("description", help_text=gettext_lazy("For whoever chooses: what it is good for.")),
            FieldPanel("newsletter", widget=forms.Select),
            FieldPanel(
                "body",
                help_text=gettext_lazy("“New stories” holds the place for what is new when an issue is composed."),
            ),
        ]
        return ObjectList(panels).bind_to_model(self.model)
