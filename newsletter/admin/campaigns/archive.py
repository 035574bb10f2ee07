"""How an issue stands in the archive: in its list, by its address only, or withdrawn with a reason."""

from __future__ import annotations

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
from newsletter.issues.archive import LONGEST_REASON, ArchiveError, put_in_archive
from newsletter.models import ArchivedAs

CHOICES = [
    (ArchivedAs.LISTED, gettext_lazy("In the archive: its list, its feed and its search lead there")),
    (ArchivedAs.UNLISTED, gettext_lazy("By its address only: whoever has the link can read it")),
    (ArchivedAs.WITHDRAWN, gettext_lazy("Withdrawn: in its place readers find your reason")),
]
DONE = {
    ArchivedAs.LISTED: gettext_lazy("It stands in the archive."),
    ArchivedAs.UNLISTED: gettext_lazy("It can be read by its address only."),
    ArchivedAs.WITHDRAWN: gettext_lazy("It is withdrawn. Readers who open its page find your reason."),
}


class ArchiveForm(forms.Form):
    shown_as = forms.ChoiceField(
        label=gettext_lazy("How it stands there"), choices=CHOICES, widget=forms.RadioSelect, initial=ArchivedAs.LISTED
    )
    because = forms.CharField(
        label=gettext_lazy("Why it is withdrawn"),
        required=False,
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Only for withdrawing. Readers see it: say what was wrong, and what holds instead."),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("shown_as") == ArchivedAs.WITHDRAWN and not given.get("because", "").strip():
            self.add_error("because", _("Say why: readers who open its page read your reason there."))
        return given


class ArchiveView(Guarded, BelowCampaign, FormView):  # type: ignore[type-arg]
    http_method_names = ["get", "post"]
    permissions_required = ("newsletter.schedule_campaign",)
    template_name = "newsletter/admin/campaigns/archive.html"
    form_class = ArchiveForm
    page_title = gettext_lazy("In the archive")

    def get_initial(self) -> dict[str, Any]:
        return {"shown_as": self.campaign.archived_as, "because": self.campaign.withdrawn_because}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**{**kwargs, "campaign": self.campaign})

    def form_valid(self, form: ArchiveForm) -> HttpResponse:
        shown_as, because = ArchivedAs(form.cleaned_data["shown_as"]), form.cleaned_data["because"]
        user = user_of(self.request)
        try:
            put_in_archive(self.campaign.pk, shown_as=shown_as, because=because, user=user, now=timezone.now())
        except ArchiveError as error:
            messages.error(self.request, str(error))
        else:
            messages.success(self.request, f"“{self.campaign.subject}”: {DONE[shown_as]}")
        return self.back()
