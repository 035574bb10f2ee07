"""Imports: their list, the page of each with what can be done now, and the acts: import, cancel, take the errors."""

from __future__ import annotations

import io
import tempfile
from typing import TYPE_CHECKING, Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView, View
from wagtail.admin import messages
from wagtail.admin.ui.tables import Column, NumberColumn, StatusTagColumn, TitleColumn
from wagtail.admin.viewsets.base import ViewSet
from wagtail.admin.widgets.button import HeaderButton

from core.listing import ReadOnlyIndexView
from core.refusals import Guarded, shown_to, user_of
from newsletter.admin.instants import in_zone, zone_of
from newsletter.admin.trail import Trail
from newsletter.admin.transfer.columns import ColumnsView
from newsletter.admin.transfer.outcome import outcome, progress
from newsletter.admin.transfer.upload import IMPORT, UploadView
from newsletter.admin.transfer.words import LABELS, MOVING, STATES
from newsletter.audience.importing.errors import WrongStateError
from newsletter.audience.importing.job import cancel, confirm_import, write_errors
from newsletter.audience.importing.origins import label
from newsletter.delivery.health import health
from newsletter.models import ImportState, SubscriberImport

if TYPE_CHECKING:
    from django.db.models import QuerySet

#: States in which it can still be stopped.
CANCELLABLE = frozenset({ImportState.UPLOADED, ImportState.STAGING, ImportState.STAGED, ImportState.MERGING})
#: States in which the rows were read, and what was found is known.
READ = frozenset({ImportState.STAGED, ImportState.MERGING, ImportState.DONE})
#: States, and the step of the page that belongs to them.
STEPS = {ImportState.UPLOADED: 2, ImportState.STAGING: 3, ImportState.STAGED: 3}


def imports() -> QuerySet[SubscriberImport]:
    return SubscriberImport.objects.select_related("newsletter", "created_by")


class ImportIndexView(ReadOnlyIndexView):
    permissions_required = IMPORT
    model = SubscriberImport
    page_title = gettext_lazy("Imports")
    header_icon = "upload"
    index_url_name = "newsletter_imports:index"
    index_results_url_name = "newsletter_imports:index_results"
    default_ordering = "-created_at"
    paginate_by = 50
    is_searchable = False

    def get_base_queryset(self) -> QuerySet[SubscriberImport]:
        return imports()

    @cached_property
    def no_results_message(self) -> str:
        return _("Nobody was imported from a file yet.")

    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        return [HeaderButton(label=_("Import readers"), url=reverse("newsletter_imports:new"), icon_name="upload")]

    @cached_property
    def columns(self) -> list[Column]:
        zone = zone_of(user_of(self.request))
        return [
            TitleColumn(
                "file_name", label=_("File"), url_name="newsletter_imports:show", classname="w-text-16 newsletter-file"
            ),
            Column("newsletter", label=_("Newsletter")),
            StatusTagColumn(
                "state",
                label=_("State"),
                accessor=lambda job: str(LABELS[ImportState(job.state)]),
                primary=lambda job: job.state == ImportState.DONE,
            ),
            Column(
                "created_at",
                label=_("Uploaded (your time)"),
                accessor=lambda job: in_zone(job.created_at, zone),
                sort_key="created_at",
            ),
            Column("created_by", label=_("By"), accessor=lambda job: str(job.created_by or "")),
            NumberColumn("created", label=_("Imported"), sort_key="created"),
        ]


class OneImport(Guarded, Trail):
    """What the pages of one import share."""

    permissions_required = IMPORT
    header_icon = "upload"
    request: HttpRequest
    kwargs: dict[str, Any]

    @cached_property
    def job(self) -> SubscriberImport:
        return get_object_or_404(imports(), pk=self.kwargs["pk"])

    def above(self) -> list[tuple[str, str]]:
        return [(reverse("newsletter_imports:index"), _("Imports"))]

    def page_of_the_job(self) -> HttpResponse:
        return redirect("newsletter_imports:show", self.job.pk)


class ImportView(OneImport, TemplateView):
    """One page, whatever the state; while something moves it brings itself up to date."""

    http_method_names = ["get", "head"]
    template_name = "newsletter/admin/transfer/import.html"

    def get_page_title(self) -> str:
        return self.job.file_name

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.job.state == ImportState.UPLOADED:
            return redirect("newsletter_imports:columns", self.job.pk)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        job = self.job
        state = ImportState(job.state)
        return super().get_context_data(
            **kwargs,
            job=job,
            state=state,
            step=STEPS.get(state, 4),
            label=LABELS[state],
            meaning=STATES[state],
            origin=label(job.origin),
            moving=state in MOVING,
            progress=progress(job) if state in MOVING else None,
            is_worker_there=health(now=timezone.now()).worker == "ticking",
            outcome=outcome(job) if state in READ and state not in MOVING else None,
            may_cancel=state in CANCELLABLE,
        )


class ConfirmView(OneImport, View):
    """The decision. A second click, or another window, changes nothing."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        try:
            confirm_import(self.job)
        except WrongStateError:
            messages.warning(request, _("This import has moved on already. This is where it is."))
        return self.page_of_the_job()


class CancelView(OneImport, TemplateView):
    """GET asks, POST stops it."""

    http_method_names = ["get", "post"]
    template_name = "newsletter/admin/transfer/cancel.html"
    page_title = gettext_lazy("Cancel this import")

    def above(self) -> list[tuple[str, str]]:
        return [*super().above(), (reverse("newsletter_imports:show", args=[self.job.pk]), self.job.file_name)]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        job = self.job
        return super().get_context_data(
            **kwargs, job=job, possible=job.state in CANCELLABLE, is_merging=job.state == ImportState.MERGING
        )

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        try:
            cancel(self.job)
        except WrongStateError:
            messages.warning(request, _("This import has moved on already. This is where it is."))
        else:
            messages.success(request, _("Cancelled. The file and what was read of it are deleted."))
        return self.page_of_the_job()


class ErrorsView(OneImport, View):
    """The rows that were left out, with the reason of each, to mend and import again."""

    http_method_names = ["get"]

    def get(self, request: HttpRequest, pk: int) -> HttpResponse | FileResponse:
        if self.job.state not in READ:
            return self.page_of_the_job()
        content = tempfile.TemporaryFile()  # noqa: SIM115 - FileResponse closes it
        text = io.TextIOWrapper(content, encoding="utf-8-sig", newline="")  # Excel needs the mark
        write_errors(self.job, text)
        text.flush()
        text.detach()
        content.seek(0)
        return FileResponse(
            content,
            content_type="text/csv; charset=utf-8",
            headers={
                # The name of the uploaded file is the uploader's word: it stays out of a header.
                "Content-Disposition": content_disposition_header(True, f"left-out-of-import-{pk}.csv") or "attachment",
                "Cache-Control": "private, no-store",
            },
        )


class ImportViewSet(ViewSet):
    name = "newsletter_imports"
    url_prefix = "newsletter/imports"
    icon = "upload"
    menu_label = gettext_lazy("Imports")
    menu_name = "newsletter-imports"
    menu_item_class = shown_to(IMPORT)

    def get_urlpatterns(self) -> list[Any]:
        return [
            path("", ImportIndexView.as_view(), name="index"),
            path("results/", ImportIndexView.as_view(results_only=True), name="index_results"),
            path("new/", UploadView.as_view(), name="new"),
            path("<int:pk>/", ImportView.as_view(), name="show"),
            path("<int:pk>/columns/", ColumnsView.as_view(), name="columns"),
            path("<int:pk>/confirm/", ConfirmView.as_view(), name="confirm"),
            path("<int:pk>/cancel/", CancelView.as_view(), name="cancel"),
            path("<int:pk>/errors/", ErrorsView.as_view(), name="errors"),
        ]
