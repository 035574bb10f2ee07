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
from wagtail.admin.ui.tables import Column, StatusTagColumn, UpdatedAtColumn
from wagtail.admin.widgets.button import Button, HeaderButton
from wagtail.snippets.action_menu import ActionMenuItem, PublishMenuItem, UnpublishMenuItem
from wagtail.snippets.side_panels import SnippetStatusSidePanel
from wagtail.snippets.views import snippets

from core.refusals import user_of
from newsletter.admin.compose import ComposeView, CopyView
from newsletter.admin.everywhere.frames import FrameView
from newsletter.admin.everywhere.page import EverywhereView, FindReaderView
from newsletter.admin.issue_form import issue_panels
from newsletter.admin.issue_templates import SaveAsTemplateView
from newsletter.admin.send import ScheduleView, SendView
from newsletter.admin.story_panel import StoriesSidePanel
from newsletter.admin.test_send import TestSendView
from newsletter.admin.words import state_label
from newsletter.issues.queries import WITHDRAWN, current_campaign
from newsletter.models import Campaign, Issue, Newsletter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse


class ApproveMenuItem(PublishMenuItem):
    label = gettext_lazy("Approve")
    icon_name = "check"
    template_name = "newsletter/admin/approve_button.html"


class WithdrawMenuItem(UnpublishMenuItem):
    label = gettext_lazy("Withdraw approval")
    icon_name = "cross"


def name_the_actions(menu_items: list[ActionMenuItem], request: HttpRequest, context: dict[str, Any]) -> None:
    """In an issue's menu, publishing is approving: it sends nothing."""
    if not issubclass(context["model"], Issue):
        return
    for place, item in enumerate(menu_items):
        if type(item) is PublishMenuItem:
            menu_items[place] = ApproveMenuItem(order=item.order)
        elif type(item) is UnpublishMenuItem:
            menu_items[place] = WithdrawMenuItem(order=item.order)


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


class IssueStatusSidePanel(SnippetStatusSidePanel):
    """Wagtail's panel with our words, and without the schedule that issues don't have."""

    @classmethod
    def instead_of(cls, panel: SnippetStatusSidePanel) -> IssueStatusSidePanel:
        return cls(
            panel.object,
            panel.request,
            live_object=panel.live_object,
            usage_url=panel.usage_url,
            history_url=panel.history_url,
            last_updated_info=panel.last_updated_info,
        )

    def get_status_templates(self, context: dict[str, Any]) -> list[str]:
        templates: list[str] = super().get_status_templates(context)
        templates[0] = "newsletter/admin/issue_status.html"
        return templates

    def get_scheduled_publishing_context(self, parent_context: dict[str, Any]) -> dict[str, Any]:
        return {"draftstate_enabled": False}


class ApprovalWords:
    """What the create and edit views say after an action."""

    action: str
    object: Issue
    request: HttpRequest

    def get_success_message(self, instance: Issue | None = None) -> str:
        if self.action != "publish":
            message: str = super().get_success_message(instance)  # type: ignore[misc]
            return message
        return _("“%(issue)s” is approved. It goes out only when somebody sends or schedules it.") % {
            "issue": instance or self.object
        }

    def get_success_buttons(self) -> list[Any]:
        """None: one stays in the editor."""
        return []

    def get_success_url(self) -> str:
        """After approving one stays here, where Send and Schedule are."""
        if self.action in {"publish", "submit"}:
            return reverse("newsletter_issues:edit", args=[self.object.pk])
        url: str = super().get_success_url()  # type: ignore[misc]
        return url

    def get_side_panels(self) -> Any:
        panels = super().get_side_panels()  # type: ignore[misc]
        for place, panel in enumerate(panels):
            if type(panel) is SnippetStatusSidePanel:
                panels[place] = IssueStatusSidePanel.instead_of(panel)
        if self.object is not None and self.object.pk:
            panels.append(StoriesSidePanel(self.object, self.request))
        return panels


class IssueCreateView(ApprovalWords, snippets.CreateView):
    def get_initial_form_instance(self) -> Issue:
        return Issue(newsletter=Newsletter.objects.first())


class IssueEditView(ApprovalWords, snippets.EditView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        campaign = current_campaign(self.object)
        context["campaign"] = campaign
        context["campaign_state"] = state_label(campaign.state) if campaign else ""
        context["may_report"] = user_of(self.request).has_perm("newsletter.report_campaign")
        return context

    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        return [see_everywhere(self.object), *send_buttons(self.object, self.request)]

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        return [*super().header_more_buttons, *copy_buttons(self.object, self.request)]


def see_everywhere(issue: Issue) -> HeaderButton:
    address = reverse("newsletter_issues:everywhere", args=[issue.pk])
    return HeaderButton(_("See it everywhere"), url=address, icon_name="view", priority=-10)


def copy_buttons(issue: Issue, request: HttpRequest) -> list[Button]:
    """What else can be made of the issue."""
    wanted = [
        ("newsletter.add_issue", "newsletter_issues:copy_issue", _("Copy this issue"), "copy"),
        ("newsletter.add_issuetemplate", "newsletter_issues:save_as_template", _("Save as template"), "download"),
    ]
    return [
        Button(label, url=reverse(name, args=[issue.pk]), icon_name=icon, priority=13)
        for permission, name, label, icon in wanted
        if user_of(request).has_perm(permission)
    ]


def send_buttons(issue: Issue, request: HttpRequest) -> list[HeaderButton]:
    """What this user may do with the issue beyond writing it."""
    wanted = [
        ("newsletter.test_campaign", "test", _("Send a test"), "mail", ""),
        ("newsletter.schedule_campaign", "schedule", _("Schedule"), "calendar-alt", ""),
        ("newsletter.send_campaign", "send", _("Send now"), "resubmit", ""),
    ]
    return [
        HeaderButton(
            label,
            url=reverse(f"newsletter_issues:{name}", args=[issue.pk]),
            icon_name=icon,
            classname=classname,
            priority=10 * place,
        )
        for place, (permission, name, label, icon, classname) in enumerate(wanted)
        if user_of(request).has_perm(permission)
    ]


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
            for button in [see_everywhere(instance), *send_buttons(instance, self.request)]
        ]
        return [*buttons, *extra, *copy_buttons(instance, self.request)]


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
    list_filter = ["newsletter", "live"]
    list_per_page = 30

    @property
    def list_display(self) -> Sequence[str | Column]:
        return [
            "subject",
            "newsletter",
            StatusTagColumn("state", label=_("State"), accessor=state_of, primary=lambda issue: issue.live),
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
            path("compose/", ComposeView.as_view(), name="compose"),
            path("copy/<int:pk>/", CopyView.as_view(), name="copy_issue"),
            path("template/<int:pk>/", SaveAsTemplateView.as_view(), name="save_as_template"),
            path("everywhere/<int:pk>/", EverywhereView.as_view(), name="everywhere"),
            path("everywhere/<int:pk>/find/", FindReaderView.as_view(), name="find_reader"),
            path("everywhere/<int:pk>/<slug:look>/", FrameView.as_view(), name="frame"),
            path("test/<int:pk>/", TestSendView.as_view(), name="test"),
            path("schedule/<int:pk>/", ScheduleView.as_view(), name="schedule"),
            path("send/<int:pk>/", SendView.as_view(), name="send"),
        ]
