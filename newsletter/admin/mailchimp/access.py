"""Who may connect newsletters to Mailchimp, and what the pages for it share."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.generic import TemplateView
from wagtail.admin import messages

from core.refusals import Guarded
from newsletter.admin.trail import Trail
from newsletter.audience.mailchimp.choosing import of_newsletter
from newsletter.audience.mailchimp.listing import KnownAudience, known_audience
from newsletter.models import MailchimpAudience, Newsletter

CONNECT = ("newsletter.connect_mailchimp",)
ICON = "globe"
#: Of the way to a newsletter that Mailchimp sends: the number of each page.
AUDIENCE, PART, FIELDS, NEW_READERS, ACKNOWLEDGE, SWITCH = range(2, 8)


class MailchimpPage(Guarded, Trail, TemplateView):
    http_method_names = ["get", "head", "post"]
    permissions_required = CONNECT
    header_icon = ICON
    request: HttpRequest
    kwargs: dict[str, Any]

    def above(self) -> list[tuple[str, str]]:
        return [(reverse("newsletter_mailchimp:index"), _("Mailchimp"))]

    def again(self, **context: Any) -> HttpResponse:
        """The same page, saying why nothing was changed."""
        return self.render_to_response(self.get_context_data(**context), status=400)


class OfNewsletter(MailchimpPage):
    """A page about one newsletter."""

    @cached_property
    def newsletter(self) -> Newsletter:
        return get_object_or_404(Newsletter, pk=self.kwargs["pk"])

    @cached_property
    def audience(self) -> MailchimpAudience | None:
        return of_newsletter(self.newsletter)

    @property
    def own_url(self) -> str:
        return reverse("newsletter_mailchimp:newsletter", args=[self.newsletter.pk])

    def above(self) -> list[tuple[str, str]]:
        return [*super().above(), (self.own_url, self.newsletter.name)]

    def to(self, name: str) -> HttpResponse:
        return redirect(f"newsletter_mailchimp:{name}", self.newsletter.pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**{"newsletter": self.newsletter, "audience": self.audience, **kwargs})


class Step(OfNewsletter):
    """A page on the way; `step` is its number."""

    step = AUDIENCE

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**{"step": self.step, "back_url": self.own_url, **kwargs})


class LaterStep(Step):
    """A page that needs an audience: without one, the way begins where it is chosen."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._to_the_audience() or super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return self._to_the_audience() or self.take(request)

    def take(self, request: HttpRequest) -> HttpResponseBase:
        """What a POST does."""
        raise NotImplementedError

    def _to_the_audience(self) -> HttpResponse | None:
        if self.audience is not None:
            return None
        messages.info(self.request, _("Choose an audience first."))
        return self.to("audience")

    @property
    def chosen(self) -> MailchimpAudience:
        assert self.audience is not None  # noqa: S101 - `get` and `post` see to it
        return self.audience

    @cached_property
    def known(self) -> KnownAudience | None:
        """None: it is gone over there, or the account was disconnected."""
        return known_audience(self.chosen.list_id)
