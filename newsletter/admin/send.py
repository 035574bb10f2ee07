"""Send now and Schedule: pages that say what is going to happen, and one POST that makes it happen once.

They are views of their own: the editor's hooks also run when a draft is saved by itself every half second.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin import messages

from core.refusals import Guarded, user_of
from newsletter.admin.confirmation import Confirmation, confirmation
from newsletter.admin.instants import for_both, in_zone, zone_of
from newsletter.admin.schedule_form import ScheduleForm
from newsletter.admin.trail import Trail
from newsletter.issues.errors import IssueError
from newsletter.issues.instants import read_instant
from newsletter.issues.schedule import schedule
from newsletter.issues.starts import earliest, end_of_hold, why
from newsletter.models import Campaign, Issue, Newsletter

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser


#: How far what waits for the time to call it back may move on while somebody reads. Less than a step of any grid.
READING = timedelta(minutes=5)

TOO_LATE = gettext_lazy(
    "It is too late for the time that this page showed. Nothing was scheduled. Look at the new time, then confirm."
)


class GoingOutView(Guarded, Trail, TemplateView):
    """What the two pages share. GET changes nothing."""

    http_method_names = ["get", "post"]
    header_icon = "mail"
    request: HttpRequest

    @property
    def user(self) -> AbstractUser:
        return user_of(self.request)

    @cached_property
    def issue(self) -> Issue:
        return get_object_or_404(Issue.objects.select_related("newsletter", "latest_revision"), pk=self.kwargs["pk"])

    @cached_property
    def confirmation(self) -> Confirmation:
        return confirmation(self.issue, self.user)

    def above(self) -> list[tuple[str, str]]:
        return [
            (reverse("newsletter_issues:list"), _("Issues")),
            (reverse("newsletter_issues:edit", args=[self.issue.pk]), self.confirmation.issue.subject),
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **{"confirmation": self.confirmation, "issue": self.confirmation.issue, **kwargs}
        )

    @property
    def newsletter(self) -> Newsletter:
        return self.confirmation.issue.newsletter

    def show(self, **context: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(**context))

    def make(self, at: datetime, zone: str, now: datetime, *, at_once: bool = False) -> HttpResponse:
        """Create the campaign, or find the one that a second click or another browser created."""
        try:
            campaign = self.confirmation.campaign or schedule(
                self.issue,
                at=at,
                time_zone=zone,
                user=self.user,
                approve=self.user.has_perm("newsletter.publish_issue"),
                now=now,
                at_once=at_once,
                seen=self.request.POST.get("version", ""),
            )
        except IssueError as error:
            self.look_anew()
            return self.show(error=str(error))
        self.tell(campaign, at)
        return redirect(after_send(campaign, self.user))

    def look_anew(self) -> None:
        """What was read when the request began may be what the error is about."""
        del self.issue, self.confirmation

    def tell(self, campaign: Campaign, at: datetime) -> None:
        when = in_zone(campaign.scheduled_at, zone_of(self.user))
        if campaign.scheduled_at != at:
            text = _("“%(subject)s” was scheduled already, for %(when)s. Nothing was sent twice.")
            messages.warning(self.request, text % {"subject": campaign.subject, "when": when})
        elif campaign.scheduled_at > timezone.now():
            text = _("“%(subject)s” goes out on %(when)s. Until then one click calls it back.")
            messages.success(self.request, text % {"subject": campaign.subject, "when": when})
        else:
            messages.success(self.request, _("“%(subject)s” is going out.") % {"subject": campaign.subject})


def after_send(campaign: Campaign, user: AbstractUser) -> str:
    """The campaign's page for those who may see reports."""
    if user.has_perm("newsletter.report_campaign"):
        return reverse("newsletter_campaigns:show", args=[campaign.pk])
    return reverse("newsletter_issues:edit", args=[campaign.issue_id])


class SendView(GoingOutView):
    """Send now: one page to look at, one button."""

    permissions_required = ("newsletter.send_campaign",)
    template_name = "newsletter/admin/send.html"
    page_title = gettext_lazy("Send now")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        soonest = end_of_hold(self.newsletter, timezone.now()).replace(second=0)
        times = for_both(soonest, user=self.user, newsletter=self.newsletter)
        return super().get_context_data(**{"times": times, "hold": self.newsletter.hold_minutes, **kwargs})

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Anything waits a while, so that it can be called back; then it waits for no instant of a grid."""
        now = timezone.now()
        return self.make(end_of_hold(self.newsletter, now), zone_of(self.user), now, at_once=True)


class ScheduleView(GoingOutView):
    """Schedule: choose date, time and zone; look at them in both zones; confirm."""

    permissions_required = ("newsletter.schedule_campaign",)
    template_name = "newsletter/admin/schedule.html"
    page_title = gettext_lazy("Schedule")

    def bound_form(self, data: Any = None) -> ScheduleForm:
        zone, now = self.newsletter.time_zone, timezone.now()
        return ScheduleForm(
            data,
            zones=[zone, zone_of(self.user)],
            now=now,
            planned=self.planned(zone, now),
            newsletter=self.newsletter,
        )

    def planned(self, zone: str, now: datetime) -> datetime | None:
        """The instant that a link leads here with, as the mail about a draft does; a broken one is no instant."""
        try:
            return read_instant(self.request.GET.get("at", ""), zone=zone, now=now)
        except IssueError:
            return None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = kwargs.pop("form", None) or self.bound_form(self.request.POST or None)
        if form.is_bound and form.is_valid():
            at = self.instant(form, timezone.now())
            kwargs["at"] = at.isoformat()
            kwargs["times"] = for_both(at, user=self.user, newsletter=self.newsletter)
            kwargs["hold"] = self.newsletter.hold_minutes if at != form.cleaned_data["at"] else 0
            kwargs["why"] = why(self.newsletter)
        return super().get_context_data(**{"form": form, **kwargs})

    def instant(self, form: ScheduleForm, now: datetime) -> datetime:
        """What was chosen, but not before it can have been called back."""
        chosen: datetime = form.cleaned_data["at"]
        return max(chosen, earliest(self.newsletter, now))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        form = self.bound_form(request.POST)
        if not form.is_valid() or "confirm" not in request.POST:
            return self.show(form=form, reviewing=form.is_valid())
        now = timezone.now()
        at = self.instant(form, now)
        shown = request.POST.get("at", "")
        if not _is_as_shown(at, shown, chosen=form.cleaned_data["at"]) and self.confirmation.campaign is None:
            return self.show(form=form, error=TOO_LATE)
        return self.make(at, form.cleaned_data["zone"], now)


def _is_as_shown(at: datetime, shown: str, *, chosen: datetime) -> bool:
    """Whether `at` is what was chosen or what the page said. Where that waits for the time to call it back, of which
    the page speaks, it moves on by the minute while somebody reads.
    """
    if at == chosen:
        return True
    try:
        said = datetime.fromisoformat(shown)
        return said != chosen and timedelta(0) <= at - said <= READING
    except (TypeError, ValueError):  # nothing that a page of ours says; a time without its zone can't be compared
        return False
