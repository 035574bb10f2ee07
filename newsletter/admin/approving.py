"""Approval in the composer: publishing an issue is called approving, and what came of it is said in our words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.snippets.action_menu import ActionMenuItem, PublishMenuItem, UnpublishMenuItem, WorkflowMenuItem
from wagtail.snippets.side_panels import SnippetStatusSidePanel

from newsletter.admin.preflight.panel import CheckSidePanel
from newsletter.admin.story_panel import StoriesSidePanel
from newsletter.issues.approval import put_before, waits_for
from newsletter.models import Issue

if TYPE_CHECKING:
    from django.http import HttpRequest


APPROVED = gettext_lazy("“%(issue)s” is approved. It goes out only when somebody sends or schedules it.")


class ApproveMenuItem(PublishMenuItem):
    label = gettext_lazy("Approve")
    icon_name = "check"
    template_name = "newsletter/admin/approve_button.html"


class WithdrawMenuItem(UnpublishMenuItem):
    label = gettext_lazy("Withdraw approval")
    icon_name = "cross"


def name_the_actions(menu_items: list[ActionMenuItem], request: HttpRequest, context: dict[str, Any]) -> None:
    """In an issue's menu, publishing is approving: it sends nothing.

    Who decides the step that a submitted issue waits at approves it by that: one button, not two.
    """
    if not issubclass(context["model"], Issue):
        return
    decides = [item for item in menu_items if isinstance(item, WorkflowMenuItem) and item.name == "approve"]
    for item in decides:
        item.label = _("Approve with a comment") if item.launch_modal else _("Approve")
    if decides:
        menu_items[:] = [item for item in menu_items if type(item) is not PublishMenuItem]
    for place, item in enumerate(menu_items):
        if type(item) is PublishMenuItem:
            menu_items[place] = ApproveMenuItem(order=item.order)
        elif type(item) is UnpublishMenuItem:
            menu_items[place] = WithdrawMenuItem(order=item.order)


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


class Approving:
    """What the create and edit views of an issue do and say differently from other snippets'."""

    action: str
    object: Issue
    request: HttpRequest
    form: Any
    expects_json_response: bool
    workflow_action: str

    def get_success_message(self, instance: Issue | None = None) -> str:
        if self.action == "workflow-action":
            return self.decided()
        if self.action != "publish":
            message: str = super().get_success_message(instance)  # type: ignore[misc]
            return message
        return APPROVED % {"issue": instance or self.object}

    def decided(self) -> str:
        """What came of a step of the workflow."""
        issue = Issue.objects.get(pk=self.object.pk)
        if issue.live and not issue.has_unpublished_changes:
            text = str(APPROVED)
        elif waits_for(issue) is not None:
            text = _("Noted. “%(issue)s” waits for the next step of its approval.")
        else:
            text = _("Noted. “%(issue)s” is back with its editor, who is told.")
        return text % {"issue": issue}

    def get_success_buttons(self) -> list[Any]:
        """None: one stays in the editor."""
        return []

    def get_success_url(self) -> str:
        """After approving one stays here, where Send and Schedule are."""
        if self.action in {"publish", "submit", "workflow-action"}:
            return reverse("newsletter_issues:edit", args=[self.object.pk])
        url: str = super().get_success_url()  # type: ignore[misc]
        return url

    def get_side_panels(self) -> Any:
        panels = super().get_side_panels()  # type: ignore[misc]
        for place, panel in enumerate(panels):
            if type(panel) is SnippetStatusSidePanel:
                panels[place] = IssueStatusSidePanel.instead_of(panel)
        if not self.expects_json_response:
            panels.append(CheckSidePanel(self.form.instance, self.request))
        if self.object is not None and self.object.pk:
            panels.append(StoriesSidePanel(self.object, self.request))
        return panels

    def workflow_action_action(self) -> Any:
        """Who approves here approves what stands in the form, which was just saved."""
        task = waits_for(self.object)
        if self.workflow_action == "approve" and task is not None and self.object.latest_revision is not None:
            put_before(task, self.object.latest_revision)
        return super().workflow_action_action()  # type: ignore[misc]
