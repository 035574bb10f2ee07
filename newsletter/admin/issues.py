"""The composer: issues as snippets whose publish action is called Approve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import OuterRef, Subquery
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, StatusTagColumn, UpdatedAtColumn
from wagtail.admin.widgets.button import Button, HeaderButton
from wagtail.snippets.views import snippets

from core.refusals import user_of
from newsletter.admin.approving import Approving
from newsletter.admin.compose import ComposeView, CopyView
from newsletter.admin.everywhere.frames import FrameView
from newsletter.admin.everywhere.page import EverywhereView, FindReaderView
from newsletter.admin.issue_buttons import more_buttons, send_buttons
from newsletter.admin.issue_form import issue_panels
from newsletter.admin.issue_templates import SaveAsTemplateView
from newsletter.admin.preflight.panel import check_urls
from newsletter.admin.publish_and_mail import PublishAndMailView
from newsletter.admin.send import ScheduleView, SendView
from newsletter.admin.story_panel import StoriesView
from newsletter.admin.test_send import TestSendView, TestsLiveView
from newsletter.admin.words import state_label
from newsletter.issues.queries import WITHDRAWN, current_campaign
from newsletter.models import Campaign, Issue, Newsletter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse


def refuse_to_delete(request: HttpRequest, instances: Sequence[Any]) -> HttpResponse | None:
    """An issue that was ever frozen into a campaign stays: its archive page and its ledger refer to it."""
    issues = [instance for instance in instances if isinstance(instance, Issue)]
    kept = [issue.subject for issue in issues if issue.campaigns.exists()]
    if not kept:
        return None
    messages.error(
        request,
        _("“%(subject)s” was scheduled or sent before and stays for the record. It can't be deleted.")
        % {"subject": "”, “".join(kept)},
    )
    return redirect("newsletter_issues:list")


class IssueCreateView(Approving, snippets.CreateView):
    def get_initial_form_instance(self) -> Issue:
        return Issue(newsletter=Newsletter.objects.first())


class IssueEditView(Approving, snippets.EditView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        campaign = current_campaign(self.object)
        context["campaign"] = campaign
        context["campaign_state"] = state_label(campaign.state) if campaign else ""
        context["may_report"] = user_of(self.request).has_perm("newsletter.report_campaign")
        return context

    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        return send_buttons(self.object, self.request)

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        return [*super().header_more_buttons, *more_buttons(self.object, self.request)]


class AnyNewsletterYet:
    """A preview needs no newsletter; only saving does."""

    def validate_form(self, form: Any) -> bool:
        form.fields["newsletter"].required = False
        valid: bool = super().validate_form(form)  # type: ignore[misc]
        return valid


class IssuePreviewOnCreateView(AnyNewsletterYet, snippets.PreviewOnCreateView):
    pass


class IssuePreviewOnEditView(AnyNewsletterYet, snippets.PreviewOnEditView):
    pass


class IssueUnpublishView(snippets.UnpublishView):
    template_name = "newsletter/admin/confirm_withdraw.html"
    page_title = gettext_lazy("Withdraw approval of")
    success_message = gettext_lazy("The approval of “%(object)s” is withdrawn. It is a draft again.")


class IssueFilterSet(WagtailFilterSet):
    class Meta:
        model = Issue
        fields = ["newsletter", "live"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["newsletter"].label = _("Newsletter")


class IssueIndexView(snippets.IndexView):
    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        buttons: list[HeaderButton] = super().header_buttons
        if user_of(self.request).has_perm("newsletter.add_issue"):
            buttons = [
                *buttons,
                HeaderButton(
                    _("New issue from new stories"),
                    url=reverse("newsletter_issues:compose"),
                    icon_name="doc-full",
                    priority=10,
                ),
            ]
        return buttons

    def get_list_more_buttons(self, instance: Issue) -> list[Button]:
        buttons: list[Button] = super().get_list_more_buttons(instance)
        extra = [
            Button(str(button.label), url=button.url, icon_name=button.icon_name, priority=12)
            for button in send_buttons(instance, self.request)
        ]
        return [*buttons, *extra, *more_buttons(instance, self.request)]


def state_of(issue: Issue) -> str:
    """One word for the list: where its campaign stands, or whether it is approved."""
    campaign_state: str | None = getattr(issue, "campaign_state", None)
    return str(state_label(campaign_state) if campaign_state else issue.status_string)


class IssueViewSet(snippets.SnippetViewSet):
    model = Issue
    icon = "mail"
    menu_label = gettext_lazy("Issues")
    menu_name = "newsletter-issues"
    url_namespace = "newsletter_issues"
    url_prefix = "newsletter/issues"
    add_view_class = IssueCreateView
    edit_view_class = IssueEditView
    index_view_class = IssueIndexView
    unpublish_view_class = IssueUnpublishView
    preview_on_add_view_class = IssuePreviewOnCreateView
    preview_on_edit_view_class = IssuePreviewOnEditView
    edit_template_name = "newsletter/admin/issue_edit.html"
    #: Ours says first which of the stories were sent before.
    copy_view_enabled = False
    filterset_class = IssueFilterSet
    list_per_page = 30

    @property
    def list_display(self) -> Sequence[str | Column]:
        return [
            "subject",
            Column("newsletter", label=gettext_lazy("Newsletter"), sort_key="newsletter"),
            StatusTagColumn("state", label=gettext_lazy("State"), accessor=state_of, primary=lambda issue: issue.live),
            UpdatedAtColumn(),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Issue]:
        campaigns = Campaign.objects.filter(issue=OuterRef("pk")).exclude(state__in=WITHDRAWN)
        return Issue.objects.select_related("newsletter").annotate(
            campaign_state=Subquery(campaigns.order_by("-pk").values("state")[:1])
        )

    def get_edit_handler(self) -> Any:
        return issue_panels().bind_to_model(self.model)

    def get_urlpatterns(self) -> list[Any]:
        return [
            *super().get_urlpatterns(),
            *check_urls(self),
            path("compose/", ComposeView.as_view(), name="compose"),
            path("copy/<int:pk>/", CopyView.as_view(), name="copy_issue"),
            path("template/<int:pk>/", SaveAsTemplateView.as_view(), name="save_as_template"),
            path("stories/<int:pk>/", StoriesView.as_view(), name="stories"),
            path("everywhere/<int:pk>/", EverywhereView.as_view(), name="everywhere"),
            path("everywhere/<int:pk>/find/", FindReaderView.as_view(), name="find_reader"),
            path("everywhere/<int:pk>/<slug:look>/", FrameView.as_view(), name="frame"),
            path("test/<int:pk>/", TestSendView.as_view(), name="test"),
            path("test/<int:pk>/live/", TestsLiveView.as_view(), name="test_live"),
            path("schedule/<int:pk>/", ScheduleView.as_view(), name="schedule"),
            path("send/<int:pk>/", SendView.as_view(), name="send"),
            path("publish-and-email/<int:story_id>/", PublishAndMailView.as_view(), name="publish_and_mail"),
        ]
