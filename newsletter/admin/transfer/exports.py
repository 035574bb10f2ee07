"""Taking readers out as a file: a page that says which and how many, one POST that hands them out, the log of all."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin.ui.tables import Column
from wagtail.admin.viewsets.base import ViewSet
from wagtail.admin.widgets.button import HeaderButton

from core.listing import ReadOnlyIndexView
from core.refusals import Guarded, shown_to, user_of
from core.spreadsheets import csv_pieces, write_workbook
from newsletter.admin.instants import in_zone, zone_of
from newsletter.admin.trail import Trail
from newsletter.audience.export import GROUPS, STATES, Selection, export
from newsletter.audience.segment_names import told
from newsletter.engine.segment_rules import SegmentRulesError
from newsletter.engine.subscriptions import SubscriptionState
from newsletter.models import Newsletter, Segment, SubscriberExport

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from django.http.response import HttpResponseBase

EXPORT = ("newsletter.export_subscriber",)
#: A workbook is written whole before its first byte goes out; beyond this that takes longer than a browser waits.
LARGEST_WORKBOOK = 100_000

KINDS = {"csv": gettext_lazy("CSV, for any program"), "xlsx": gettext_lazy("Excel workbook (XLSX)")}
COLUMNS = {
    "name": gettext_lazy("Name"),
    "choices": gettext_lazy("Frequency, language, time zone, topics"),
    "tags": gettext_lazy("Tags"),
    "attributes": gettext_lazy("Attributes"),
    "dates": gettext_lazy("When they asked, confirmed, left"),
}


class ExportForm(forms.Form):
    newsletter = forms.ModelChoiceField(Newsletter.objects.all(), label=gettext_lazy("Newsletter"), empty_label=None)
    states = forms.MultipleChoiceField(
        label=gettext_lazy("Readers"),
        choices=list(STATES.items()),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Tick at least one group of readers.")},
    )
    segment = forms.ModelChoiceField(
        Segment.objects.all(), label=gettext_lazy("Segment"), required=False, empty_label=gettext_lazy("All of them")
    )
    columns = forms.MultipleChoiceField(
        label=gettext_lazy("Columns"),
        choices=list(COLUMNS.items()),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy("Beside the address and the status. Take no more than you need."),
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind of file"), choices=list(KINDS.items()))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors:
            try:
                self.selection().subscriptions(now=timezone.now())
            except SegmentRulesError as error:
                self.add_error("segment", told(error))
        return data

    def selection(self) -> Selection:
        """What a valid form asks for."""
        data = self.cleaned_data
        return Selection(
            newsletter=data["newsletter"],
            states=frozenset(data["states"]),
            segment=data["segment"],
            groups=frozenset(data["columns"]),
        )


class ExportView(Guarded, Trail, TemplateView):
    """GET says what would be handed out, POST hands it out."""

    http_method_names = ["get", "post"]
    permissions_required = EXPORT
    template_name = "newsletter/admin/transfer/export.html"
    page_title = gettext_lazy("Export readers")
    header_icon = "download"
    request: HttpRequest

    def above(self) -> list[tuple[str, str]]:
        return [(reverse("newsletter_exports:index"), _("Exports"))]

    @cached_property
    def form(self) -> ExportForm:
        return ExportForm(self.request.POST if self.request.method == "POST" else self.request.GET or self.usual())

    def usual(self) -> dict[str, Any]:
        """What most people want: everybody who reads the first newsletter."""
        first = Newsletter.objects.first()
        return {
            "newsletter": first.pk if first else "",
            "states": [SubscriptionState.CONFIRMED.value],
            "columns": list(GROUPS),
            "kind": "csv",
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = self.form
        context = {**kwargs, "form": form, "is_any": Newsletter.objects.exists()}
        if form.is_valid():
            selection = form.selection()
            number = selection.subscriptions(now=timezone.now()).order_by().count()
            context |= {
                "hidden": ExportForm(form.data, auto_id=False),
                "number": number,
                "words": selection.words(),
                "is_too_large": is_too_large(form.cleaned_data["kind"], number),
                "largest": LARGEST_WORKBOOK,
            }
        return super().get_context_data(**context)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        form = self.form
        if not form.is_valid():
            return self.render_to_response(self.get_context_data())
        now, kind, selection = timezone.now(), form.cleaned_data["kind"], form.selection()
        if is_too_large(kind, selection.subscriptions(now=now).order_by().count()):
            return self.render_to_response(self.get_context_data())
        _log, rows = export(selection, form=kind.upper(), by=user_of(request), now=now)
        return as_csv(rows, selection, now) if kind == "csv" else as_workbook(rows, selection, now)


def is_too_large(kind: str, number: int) -> bool:
    return kind == "xlsx" and number > LARGEST_WORKBOOK


def headers(selection: Selection, now: datetime, ending: str) -> dict[str, str]:
    """A newsletter's slug is ASCII letters, digits, hyphens and underscores: it may stand in a file's name."""
    name = f"readers-{selection.newsletter.slug}-{now:%Y-%m-%d}.{ending}"
    return {
        "Content-Disposition": content_disposition_header(True, name) or "attachment",
        "Cache-Control": "private, no-store",
    }


def as_csv(rows: Iterator[list[str]], selection: Selection, now: datetime) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        csv_pieces(rows), content_type="text/csv; charset=utf-8", headers=headers(selection, now, "csv")
    )


def as_workbook(rows: Iterator[list[str]], selection: Selection, now: datetime) -> FileResponse:
    content = tempfile.TemporaryFile()  # noqa: SIM115 - FileResponse closes it
    write_workbook(rows, content)
    content.seek(0)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return FileResponse(content, content_type=kind, headers=headers(selection, now, "xlsx"))


class ExportIndexView(ReadOnlyIndexView):
    """Who took readers out as a file, when, which, how many."""

    permissions_required = EXPORT
    model = SubscriberExport
    page_title = gettext_lazy("Exports")
    header_icon = "download"
    index_url_name = "newsletter_exports:index"
    index_results_url_name = "newsletter_exports:index_results"
    default_ordering = "-at"
    paginate_by = 50
    is_searchable = False

    @cached_property
    def no_results_message(self) -> str:
        return _("Nobody has taken readers out as a file yet.")

    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        return [HeaderButton(label=_("Export readers"), url=reverse("newsletter_exports:new"), icon_name="download")]

    @cached_property
    def columns(self) -> list[Column]:
        zone = zone_of(user_of(self.request))
        return [
            Column("what", label=_("What")),
            Column("by_name", label=_("Who"), sort_key="by_name"),
            Column("at", label=_("When (your time)"), accessor=lambda log: in_zone(log.at, zone), sort_key="at"),
            Column(
                "rows", label=_("Readers"), accessor=lambda log: _("not finished") if log.rows is None else log.rows
            ),
        ]


class ExportViewSet(ViewSet):
    name = "newsletter_exports"
    url_prefix = "newsletter/exports"
    icon = "download"
    menu_label = gettext_lazy("Exports")
    menu_name = "newsletter-exports"
    menu_item_class = shown_to(EXPORT)

    def get_urlpatterns(self) -> list[Any]:
        return [
            path("", ExportIndexView.as_view(), name="index"),
            path("results/", ExportIndexView.as_view(results_only=True), name="index_results"),
            path("new/", ExportView.as_view(), name="new"),
        ]
