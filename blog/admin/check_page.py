"""The page of a story's check: what was found, what was decided, what may be done. It works without scripts."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from blog.admin.crisis_help import add_crisis_help
from blog.admin.examination import Examination, look_at
from blog.editorial.decide import DecisionError, acknowledge, override
from blog.models import StoryPage
from blog.readability import picture
from core.refusals import refuse


class StoryView:
    """A view of one story's latest draft, for those who may edit or publish it: everybody else gets a plain 403."""

    request: HttpRequest
    kwargs: dict[str, Any]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        permissions = self.story.permissions_for_user(request.user)
        if not (permissions.can_edit() or permissions.can_publish()):
            return refuse(request)
        response: HttpResponse = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        return response

    @cached_property
    def story(self) -> StoryPage:
        page = get_object_or_404(StoryPage.objects.select_related("latest_revision"), pk=self.kwargs["story_id"])
        draft: StoryPage = page.get_latest_revision_as_object()
        return draft

    @cached_property
    def examination(self) -> Examination:
        return look_at(self.story, self.request.user)


class CheckPage(StoryView, WagtailAdminTemplateMixin, TemplateView):
    """GET shows, POST decides on one finding or adds crisis help."""

    http_method_names = ["get", "post"]
    template_name = "blog/admin/check_page.html"
    header_icon = "clipboard-list"
    page_title = gettext_lazy("Editorial check")

    def get_page_subtitle(self) -> str:
        return str(self.story.get_admin_display_title())

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        edit = {"url": reverse("wagtailadmin_pages:edit", args=[self.story.pk]), "label": self.get_page_subtitle()}
        return [*super().get_breadcrumbs_items(), edit, {"url": "", "label": self.get_page_title()}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **{
                "story": self.story,
                "examination": self.examination,
                "decisions": self.story.decisions.select_related("user"),
                "readability": picture(self.examination.manuscript),
                "editor_url": reverse("wagtailadmin_pages:edit", args=[self.story.pk]),
                "may_edit": self.story.permissions_for_user(self.request.user).can_edit(),
                **kwargs,
            }
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.POST.get("decision") == "crisis_help":
            complaint = self.fix()
        else:
            complaint = decide(self.story, self.examination, request)
        if complaint:
            messages.error(request, complaint)
        else:
            messages.success(request, _("Noted."))
        return redirect("blog_check", self.story.pk)

    def fix(self) -> str:
        if not self.story.permissions_for_user(self.request.user).can_edit():
            raise PermissionDenied
        lock = self.story.get_lock()
        if lock is not None and lock.for_user(self.request.user):
            return _("The story is locked. Ask whoever locked it.")
        add_crisis_help(self.story, user=self.request.user)
        return ""


def decide(story: StoryPage, examination: Examination, request: HttpRequest) -> str:
    """Note the decision that was posted; returns why it couldn't be, or nothing.

    Raises:
        PermissionDenied: this user may not.
    """
    finding = examination.find(request.POST.get("fingerprint", ""))
    if finding is None:
        return _("This sentence has changed since. Look at the findings again.")
    user: Any = request.user
    now = timezone.now()
    try:
        match request.POST.get("decision"):
            case "acknowledge":
                acknowledge(story, finding, user=user, now=now)
            case "override":
                override(story, finding, user=user, reason=request.POST.get("reason", ""), now=now)
            case _:
                return _("Choose what to do about it.")
    except DecisionError as error:
        return str(error)
    return ""
