"""Who may see readers at all, and what views about one reader share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from core.refusals import Guarded
from newsletter.models import Subscriber

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpResponse

VIEW: Sequence[str] = ("newsletter.view_subscriber",)


class OfOneReader(Guarded):
    """A view about the reader whose number stands in the address."""

    permissions_required: Sequence[str] = VIEW
    kwargs: dict[str, Any]

    @cached_property
    def reader(self) -> Subscriber:
        return get_object_or_404(Subscriber, pk=self.kwargs["pk"])

    def to_reader(self) -> HttpResponse:
        return redirect("newsletter_subscribers:show", self.reader.pk)

    def above_reader(self) -> list[tuple[str, str]]:
        """(address, label) of the pages between the start and a page below the reader's."""
        own = reverse("newsletter_subscribers:show", args=[self.reader.pk])
        return [(reverse("newsletter_subscribers:index"), _("Subscribers")), (own, self.reader.email)]
