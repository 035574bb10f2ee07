"""Publish & email: from a story's editor to readers' mailboxes in one dialog."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.widgets.button import HeaderButton

from blog.models import StoryPage
from core.refusals import Guarded, may, refuse, user_of
from newsletter.admin.instants import for_both, in_zone, zone_of
from newsletter.admin.issue_form import PREVIEW_SHOWN, SUBJECT_SHOWN, LineInput, counted
from newsletter.admin.preflight.examination import grouped
from newsletter.admin.schedule_form import ScheduleForm
from newsletter.admin.send import after_send
from newsletter.admin.trail import Trail
from newsletter.issues.checks.places import NEWSLETTER
from newsletter.issues.errors import IssueError
from newsletter.issues.findings import Finding, Level
from newsletter.issues.preflight import preflight
from newsletter.issues.publish_and_mail import Plan, Shown, publish_and_mail, rehearsed
from newsletter.issues.reach import reach
from newsletter.issues.starts import earliest, end_of_hold
from newsletter.models import Approval, Newsletter
from newsletter.models.blocks import DISPLAYS, FULL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.contrib.auth.models import AbstractUser
    from django.http import HttpRequest, HttpResponse

PERMISSIONS = ("newsletter.add_issue", "newsletter.publish_issue", "newsletter.schedule_campaign")
SOON, LATER = "soon", "later"


class PublishForm(ScheduleForm):
    """Which newsletter, how it reads in the mailbox, and when."""

    newsletter = forms.ModelChoiceField(
        label=gettext_lazy("Newsletter"), queryset=Newsletter.objects.all(), empty_label=None
    )
    subject = forms.CharField(
        label=gettext_lazy("Subject"), max_length=200, widget=LineInput(attrs=counted(1, SUBJECT_SHOWN))
    )
    preview_text = forms.CharField(
        label=gettext_lazy("Preview text"),
        max_length=150,
        required=False,
        widget=LineInput(attrs=counted(*PREVIEW_SHOWN)),
    )
    display = forms.ChoiceField(label=gettext_lazy("How much of it"), choices=DISPLAYS)
    when = forms.ChoiceField(
        label=gettext_lazy("When"),
        choices=[(SOON, gettext_lazy("As soon as possible")), (LATER, gettext_lazy("At the time below"))],
        widget=forms.RadioSelect,
    )
    field_order = ("newsletter", "subject", "preview_text", "display", "when", "date", "time", "zone")

    def clean(self) -> dict[str, Any]:
        """`at` is None for as soon as possible: what stands in the fields for a date counts for nothing then."""
        if self.cleaned_data.get("when") != SOON:
            return super().clean()
        for name in ("date", "time", "zone"):
            self.errors.pop(name, None)
        return {**self.cleaned_data, "at": None, "zone": ""}


class PublishAndMailView(Guarded, Trail, TemplateView):
    """GET shows what would happen; POST does it once, or shows it again for other choices."""

    http_method_names = ["get", "post"]
    permissions_required = PERMISSIONS
    template_name = "newsletter/admin/publish_and_mail.html"
    page_title = gettext_lazy("Publish & email")
    header_icon = "mail"
    request: HttpRequest

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.story.permissions_for_user(request.user).can_publish():
            return refuse(request)
        return super().dispatch(request, *args, **kwargs)

    @property
    def user(self) -> AbstractUser:
        return user_of(self.request)

    @cached_property
    def story(self) -> StoryPage:
        found: StoryPage = get_object_or_404(
            StoryPage.objects.select_related("latest_revision"), pk=self.kwargs["story_id"]
        )
        return found

    def above(self) -> list[tuple[str, str]]:
        return [(reverse("wagtailadmin_pages:edit", args=[self.story.pk]), self.story.get_admin_display_title())]

    def form(self, data: Any = None) -> PublishForm:
        newsletter = Newsletter.objects.first()
        zones = [newsletter.time_zone if newsletter else "UTC", zone_of(self.user)]
        form = PublishForm(data, zones=zones, now=timezone.now(), newsletter=chosen_newsletter(data) or newsletter)
        if newsletter is not None:
            plan = Plan.preset(self.story.get_latest_revision_as_object(), newsletter, display=FULL)
            form.initial.update(
                newsletter=newsletter.pk,
                subject=plan.subject,
                preview_text=plan.preview_text,
                display=plan.display,
                when=SOON,
            )
        return form

    def plan(self, form: PublishForm) -> Plan | None:
        """What the form says; of an unbound one what it starts with. None while it can't be read."""
        if form.is_bound:
            if not form.is_valid():
                return None
            chosen: dict[str, Any] = form.cleaned_data
            return Plan(**{name: chosen[name] for name in ("newsletter", "subject", "preview_text", "display")})
        newsletter = Newsletter.objects.first()
        if newsletter is None:
            return None
        return Plan.preset(self.story.get_latest_revision_as_object(), newsletter, display=FULL)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form: PublishForm = kwargs.pop("form", None) or self.form()
        context = super().get_context_data(**{"story": self.story, "version": "", "form": form, **kwargs})
        plan = self.plan(form)
        if plan is None:
            return context
        issue = rehearsed(self.story, plan)
        findings = preflight(issue)
        if plan.newsletter.approval == Approval.SOMEBODY_ELSE:
            findings.insert(0, approved_by_nobody_else(plan.newsletter))
        at = self.instant(form, plan, timezone.now())
        return {
            **context,
            "plan": plan,
            "version": str(Shown.of(self.story, plan, at=at if form.is_bound and form.cleaned_data["at"] else None)),
            "reach": reach(issue),
            "times": for_both(at.replace(second=0), user=self.user, newsletter=plan.newsletter),
            "hold": plan.newsletter.hold_minutes,
            "groups": grouped(findings),
            "blockers": any(finding.level == Level.BLOCKER for finding in findings),
        }

    def instant(self, form: PublishForm, plan: Plan, now: datetime) -> datetime:
        """What was chosen, but not before it can have been called back."""
        chosen: datetime | None = form.cleaned_data["at"] if form.is_bound else None
        return max(chosen, earliest(plan.newsletter, now)) if chosen else end_of_hold(plan.newsletter, now)

    def post(self, request: HttpRequest, story_id: int) -> HttpResponse:
        form = self.form(request.POST)
        plan = self.plan(form)
        if plan is None or "confirm" not in request.POST:
            return self.render_to_response(self.get_context_data(form=form))
        now = timezone.now()
        at = self.instant(form, plan, now)
        zone = form.cleaned_data["zone"] or zone_of(self.user)
        try:
            campaign = publish_and_mail(
                self.story,
                plan,
                seen=Shown.read(request.POST.get("version", "")),
                at=at,
                time_zone=zone,
                user=self.user,
                now=now,
                at_once=form.cleaned_data["at"] is None,
            )
        except IssueError as error:
            # Read anew: who mails the newsletter may have changed a moment ago.
            return self.render_to_response(self.get_context_data(form=self.form(request.POST), error=str(error)))
        when = in_zone(campaign.scheduled_at, zone_of(self.user))
        text = _("“%(title)s” is published and goes out by mail on %(when)s. Until then one click calls the mail back.")
        messages.success(request, text % {"title": self.story.title, "when": when})
        return redirect(after_send(campaign, self.user))


def chosen_newsletter(data: Any) -> Newsletter | None:
    """The one that was posted: which instants there are depends on it. What is no choice is the form's to refuse."""
    pk = str((data or {}).get("newsletter", ""))
    return Newsletter.objects.filter(pk=pk).first() if pk.isascii() and pk.isdecimal() and len(pk) < 10 else None


def approved_by_nobody_else(newsletter: Newsletter) -> Finding:
    """Whoever presses the button is the one who composed the mail."""
    return Finding(
        rule="approval",
        level=Level.BLOCKER,
        text=_("%(newsletter)s asks for the approval of somebody else.") % {"newsletter": newsletter.name},
        remedy=_("Publish the story, make an issue of it under Newsletter > Issues and submit that for approval."),
        place=NEWSLETTER,
    )


def publish_and_mail_button(
    page: Any, user: AbstractUser, view_name: str, next_url: str = ""
) -> Iterator[HeaderButton]:
    """In the header of a story's editor, for those who may do both."""
    if view_name != "edit" or not isinstance(page.specific_deferred, StoryPage):
        return
    if may(user, required=PERMISSIONS) and page.permissions_for_user(user).can_publish():
        yield HeaderButton(
            _("Publish & email"),
            url=reverse("newsletter_issues:publish_and_mail", args=[page.pk]),
            icon_name="mail",
            priority=5,
        )
