"""Addresses that must not be mailed: asking for one, and putting one on the list. Taking off is the reader's alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView
from wagtail.admin import messages

from core.refusals import Guarded
from newsletter.admin.readers.access import VIEW
from newsletter.admin.readers.words import SUPPRESSIONS
from newsletter.admin.trail import Trail
from newsletter.audience.suppression import SuppressionReason, suppress, why_suppressed
from newsletter.engine.addresses import AddressError, normalise

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class SuppressionForm(forms.Form):
    email = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=1000,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_email(self) -> str:
        try:
            return normalise(self.cleaned_data["email"])
        except AddressError as error:
            raise forms.ValidationError(_(str(error))) from None


class SuppressionsView(Guarded, Trail, FormView[SuppressionForm]):
    """Only hashes are kept, so there is nothing to list: an address is typed, and never stands in an address."""

    http_method_names = ["get", "head", "post"]
    permissions_required = (*VIEW, "newsletter.change_subscriber")
    template_name = "newsletter/admin/readers/suppressions.html"
    page_title = gettext_lazy("Suppressed addresses")
    header_icon = "no-view"
    form_class = SuppressionForm
    request: HttpRequest

    def above(self) -> list[tuple[str, str]]:
        return [(reverse("newsletter_subscribers:index"), _("Subscribers"))]

    def form_valid(self, form: SuppressionForm) -> HttpResponse:
        address = form.cleaned_data["email"]
        if "suppress" in self.request.POST:
            suppress(address, reason=SuppressionReason.OPERATOR, now=timezone.now())
            messages.success(
                self.request,
                _("%(address)s is on the list. Its subscriptions have ended.") % {"address": address},
            )
            return redirect("newsletter_subscribers:suppressions")
        reason = why_suppressed(address)
        return self.render_to_response(
            self.get_context_data(
                form=form, asked=address, why=SUPPRESSIONS.get(reason, reason) if reason else "", is_listed=bool(reason)
            )
        )
