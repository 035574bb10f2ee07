"""Deleting a segment, as long as no issue is for it: a draft without its segment would go to everybody."""

from __future__ import annotations

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.log_actions import log
from wagtail.models import Revision

from core.refusals import Guarded, user_of
from newsletter.admin.segments.listing import DELETE
from newsletter.admin.trail import Trail
from newsletter.models import Issue, Segment


def issues_of(segment: Segment) -> list[Issue]:
    """Those that are for the segment now, or were in a version that somebody may go back to."""
    of_issues = ContentType.objects.get_for_model(Issue)
    versions = Revision.objects.filter(content_type=of_issues, content__segment=segment.pk)
    named = {int(pk) for pk in versions.values_list("object_id", flat=True)}
    return list(Issue.objects.filter(pk__in=named | set(segment.issues.values_list("pk", flat=True))).order_by("pk"))


class DeleteView(Guarded, Trail, TemplateView):
    http_method_names = ["get", "post"]
    permissions_required = DELETE
    header_icon = "crosshairs"
    page_title = gettext_lazy("Delete a segment")
    template_name = "newsletter/admin/segments/delete.html"
    request: HttpRequest

    def above(self) -> list[tuple[str, str]]:
        return [(reverse("newsletter_segments:index"), _("Segments"))]

    @cached_property
    def segment(self) -> Segment:
        return get_object_or_404(Segment, pk=self.kwargs["pk"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs, segment=self.segment, issues=issues_of(self.segment))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        if issues_of(self.segment):
            return self.render_to_response(self.get_context_data(), status=409)
        log(instance=self.segment, action="wagtail.delete", user=user_of(request), deleted=True)
        self.segment.delete()
        messages.success(request, _("“%(name)s” is deleted. Its readers stay.") % {"name": self.segment.name})
        return redirect("newsletter_segments:index")
