"""Choosing how fast a campaign may go."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView
from wagtail.admin import messages

from core.refusals import Guarded, may, user_of
from newsletter.admin.campaigns.access import REPORT, without_content
from newsletter.admin.campaigns.numbers import about, grouped, speed_line
from newsletter.admin.trail import Trail
from newsletter.delivery.control import ControlError
from newsletter.delivery.progress import progress
from newsletter.delivery.speed import MOST_AN_HOUR, UNFINISHED, change_speed

if TYPE_CHECKING:
    from newsletter.models import Campaign


class SpeedForm(forms.Form):
    messages_per_hour = forms.IntegerField(
        label=gettext_lazy("Most mails an hour"),
        required=False,
        min_value=1,
        max_value=MOST_AN_HOUR,
        localize=False,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"min_value": gettext_lazy("At least 1. To stop for now, pause the campaign instead.")},
    )


class SpeedView(Guarded, Trail, FormView):  # type: ignore[type-arg]
    http_method_names = ["get", "post"]
    permissions_required = ("newsletter.schedule_campaign",)
    template_name = "newsletter/admin/campaigns/speed.html"
    form_class = SpeedForm
    page_title = gettext_lazy("Change the speed")
    header_icon = "clipboard-list"
    request: HttpRequest

    @cached_property
    def campaign(self) -> Campaign:
        return get_object_or_404(without_content(), pk=self.kwargs["pk"])

    def above(self) -> list[tuple[str, str]]:
        if not may(user_of(self.request), required=REPORT):
            return []
        return [
            (reverse("newsletter_campaigns:index"), _("Campaigns")),
            (reverse("newsletter_campaigns:show", args=[self.campaign.pk]), self.campaign.subject),
        ]

    def get_initial(self) -> dict[str, Any]:
        return {"messages_per_hour": self.campaign.messages_per_hour}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **{
                **kwargs,
                "campaign": self.campaign,
                "possible": self.campaign.state in UNFINISHED,
                "speed": speed_line(self.campaign),
                "left": progress(self.campaign, now=timezone.now()).not_tried,
            }
        )

    def form_valid(self, form: SpeedForm) -> HttpResponse:
        chosen, now = form.cleaned_data["messages_per_hour"], timezone.now()
        try:
            change_speed(self.campaign.pk, chosen, user=user_of(self.request), now=now)
        except ControlError as error:
            messages.error(self.request, str(error))
        else:
            self.campaign.messages_per_hour = chosen
            messages.success(self.request, self.done(chosen))
        if may(user_of(self.request), required=REPORT):
            return redirect("newsletter_campaigns:show", self.campaign.pk)
        return redirect("wagtailadmin_home")

    def done(self, chosen: int | None) -> str:
        left = progress(self.campaign, now=timezone.now()).not_tried
        words = [f"“{self.campaign.subject}”: {speed_line(self.campaign)}"]
        if chosen and left:
            words.append(
                _("The %(left)s that wait take %(time)s.")
                % {"left": grouped(left), "time": about(timedelta(hours=left / chosen))}
            )
        return " ".join(words)
