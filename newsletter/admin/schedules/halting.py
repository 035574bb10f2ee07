"""Pausing everything, and letting it go on: a page, and the two buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import TemplateView
from wagtail.admin import messages

from core.refusals import Guarded, user_of
from newsletter.admin.campaigns.access import without_content
from newsletter.admin.instants import in_zone, zone_of
from newsletter.admin.schedules.access import HALT
from newsletter.admin.trail import Trail
from newsletter.delivery.halt import go_on, halt, standing

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser


class HaltForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why, for the others"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Stands on every page of the newsletter until it goes on."),
    )


def halt_in_words(user: AbstractUser) -> dict[str, Any]:
    """What stands on pages while everything is paused; empty otherwise."""
    row = standing()
    if row is None:
        return {}
    return {
        "since": in_zone(row.since.replace(second=0), zone_of(user)),
        "by": row.by.get_full_name() or row.by.get_username() if row.by else "",
        "reason": row.reason,
        "paused": row.paused,
    }


class HaltView(Guarded, Trail, TemplateView):
    """GET explains and asks for a reason, or shows what stands still; POST pauses everything."""

    http_method_names = ["get", "head", "post"]
    permissions_required = HALT
    template_name = "newsletter/admin/schedules/halt.html"
    page_title = gettext_lazy("Pause everything")
    header_icon = "no-view"
    request: HttpRequest

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        halted = halt_in_words(user_of(self.request))
        paused = without_content().filter(pk__in=halted.get("paused", []))
        return super().get_context_data(**{"form": HaltForm(), "halted": halted, "campaigns": paused, **kwargs})

    def post(self, request: HttpRequest) -> HttpResponse:
        form = HaltForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        halt(reason=form.cleaned_data["reason"], user=user_of(request), now=timezone.now())
        messages.warning(request, _("Everything is paused. Mails that were being handed over still go out."))
        return redirect("newsletter_calendar:halt")


class GoOnView(Guarded, TemplateView):
    """POST ends it."""

    http_method_names = ["post"]
    permissions_required = HALT

    def post(self, request: HttpRequest) -> HttpResponse:
        went_on = go_on(user=user_of(request), now=timezone.now())
        if went_on is None:
            messages.success(request, _("Nothing was paused: everything goes its way."))
        elif went_on:
            words = ngettext(
                "Everything goes on. %(count)d campaign is sent further.",
                "Everything goes on. %(count)d campaigns are sent further.",
                len(went_on),
            )
            messages.success(request, words % {"count": len(went_on)})
        else:
            messages.success(request, _("Everything goes on."))
        return redirect("newsletter_calendar:halt")
