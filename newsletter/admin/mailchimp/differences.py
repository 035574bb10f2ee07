"""Who is here and not at Mailchimp, or there and not here: numbers for a page, and all of them as a file."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy

from core.refusals import refuse, user_of
from core.spreadsheets import csv_pieces
from newsletter.admin.mailchimp.access import LaterStep
from newsletter.audience.mailchimp.differences import counts, export

EXPORT = "newsletter.export_subscriber"


class DifferencesView(LaterStep):
    """GET counts them, which takes a while with many readers; a POST by whoever may export hands out the file."""

    template_name = "newsletter/admin/mailchimp/differences.html"
    page_title = gettext_lazy("What differs")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**{**self._counted(), **kwargs})

    def _counted(self) -> dict[str, Any]:
        found = counts(self.chosen, now=timezone.now())
        return {
            "newsletter": self.newsletter,
            "sides": [(words, list(ones)) for words, ones in groupby(found, key=lambda one: one.side_words)],
            "may_export": user_of(self.request).has_perm(EXPORT),
        }

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """`?part=1` is the table alone, for the page that fetches it later."""
        if "part" in request.GET and self.audience is not None:
            return render(request, "newsletter/admin/mailchimp/differences_table.html", self._counted())
        return super().get(request, *args, **kwargs)

    def take(self, request: HttpRequest) -> HttpResponseBase:
        user, now = user_of(request), timezone.now()
        if not user.has_perm(EXPORT):
            return refuse(request)
        name = f"mailchimp-{self.newsletter.slug}-{now:%Y-%m-%d}.csv"
        return StreamingHttpResponse(
            csv_pieces(export(self.chosen, by=user, now=now)),
            content_type="text/csv; charset=utf-8",
            headers={
                "Content-Disposition": content_disposition_header(True, name) or "attachment",
                "Cache-Control": "private, no-store",
            },
        )
