"""Choosing how fast a campaign may go."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView
from wagtail.admin import messages

from core.refusals import Guarded, user_of
from newsletter.admin.campaigns.below import BelowCampaign
from newsletter.admin.campaigns.numbers import about, grouped, speed_line
from newsletter.delivery.control import ControlError
from newsletter.delivery.progress import progress
from newsletter.delivery.speed import MOST_AN_HOUR, UNFINISHED, change_speed


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


class SpeedView(Guarded, BelowCampaign, FormView):  # type: ignore[type-arg]
    http_method_names = ["get", "post"]
    permissions_required = ("newsletter.schedule_campaign",)
    template_name = "newsletter/admin/campaigns/speed.html"
    form_class = SpeedForm
    page_title = gettext_lazy("Change the speed")

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
        return self.back()

    def done(self, chosen: int | None) -> str:
        left = progress(self.campaign, now=timezone.now()).not_tried
        words = [f"“{self.campaign.subject}”: {speed_line(self.campaign)}"]
        if chosen and left:
            words.append(
                _("The %(left)s that wait take %(time)s.")
                % {"left": grouped(left), "time": about(timedelta(hours=left / chosen))}
            )
        return " ".join(words)
