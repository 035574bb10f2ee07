"""The welcome as its readers get it."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.generic import TemplateView

from core.refusals import Guarded
from newsletter.admin.trail import Trail
from newsletter.audience.welcome import preview
from newsletter.models import Newsletter

VIEW = ("newsletter.view_newsletter",)


class OfNewsletter(Guarded, Trail, TemplateView):
    """A page about one newsletter, below it in the trail."""

    http_method_names = ["get", "head"]
    permissions_required = VIEW
    header_icon = "mail"
    kwargs: dict[str, Any]

    @cached_property
    def newsletter(self) -> Newsletter:
        return get_object_or_404(Newsletter, pk=self.kwargs["pk"])

    def above(self) -> list[tuple[str, str]]:
        return [
            (reverse("newsletter_newsletters:index"), _("Newsletters")),
            (reverse("newsletter_newsletters:inspect", args=[self.newsletter.pk]), self.newsletter.name),
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {"newsletter": self.newsletter, **super().get_context_data(**kwargs)}


class WelcomeView(OfNewsletter):
    template_name = "newsletter/admin/sign_ups/welcome.html"

    def get_page_title(self) -> str:
        return _("The welcome")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        subject, html, text = preview(self.newsletter)
        return {**super().get_context_data(**kwargs), "subject": subject, "html": html, "text": text}
