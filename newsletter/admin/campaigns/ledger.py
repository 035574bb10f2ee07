"""The ledger as a file, for those who may see addresses."""

from __future__ import annotations

import io
import tempfile

from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.text import slugify
from django.views.generic import View

from core.refusals import Guarded
from newsletter.admin.campaigns.access import LEDGER, without_content
from newsletter.delivery.ledger import write_ledger


class LedgerView(Guarded, View):
    """The ledger as CSV: every recipient's address with what became of the mail."""

    http_method_names = ["get"]
    permissions_required = LEDGER

    def get(self, request: HttpRequest, pk: int) -> FileResponse:
        campaign = get_object_or_404(without_content(), pk=pk)
        content = tempfile.TemporaryFile()  # noqa: SIM115 - FileResponse closes it
        text = io.TextIOWrapper(content, encoding="utf-8", newline="")
        write_ledger(campaign, text)
        text.flush()
        text.detach()
        content.seek(0)
        name = f"ledger-{campaign.pk}-{slugify(campaign.subject)[:40] or 'campaign'}.csv"
        return FileResponse(
            content,
            as_attachment=True,
            filename=name,
            content_type="text/csv; charset=utf-8",
            headers={"Cache-Control": "private, no-store"},
        )
