"""Sending a test of an issue to oneself, or to an address that its newsletter opens for tests."""

from __future__ import annotations

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

from core.refusals import Guarded, user_of
from newsletter.admin.trail import Trail
from newsletter.issues.errors import IssueError
from newsletter.issues.test_send import open_to, send_test
from newsletter.models import Issue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse


class TestSendForm(forms.Form):
    __test__ = False  # it is no test case
    to = forms.ChoiceField(label=gettext_lazy("To"))

    def __init__(self, *args: Any, addresses: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.addresses = addresses
        self.fields["to"].widget.choices = [(address, address) for address in addresses]  # type: ignore[attr-defined]


class TestSendView(Guarded, Trail, TemplateView):
    """GET offers where it may go; POST sends it. An address is chosen and never typed: any other one is refused."""

    __test__ = False  # it is no test case
    permissions_required = ("newsletter.test_campaign",)
    template_name = "newsletter/admin/test_send.html"
    page_title = gettext_lazy("Send a test")
    header_icon = "mail"
    request: HttpRequest

    @cached_property
    def draft(self) -> Issue:
        issue: Issue = get_object_or_404(Issue, pk=self.kwargs["pk"]).get_latest_revision_as_object()
        return issue

    def above(self) -> list[tuple[str, str]]:
        return [
            (reverse("newsletter_issues:list"), _("Issues")),
            (reverse("newsletter_issues:edit", args=[self.draft.pk]), str(self.draft)),
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**{"issue": self.draft, "form": self.form(), **kwargs})

    def form(self, data: Any = None) -> TestSendForm:
        return TestSendForm(data, addresses=open_to(user_of(self.request), self.draft.newsletter))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        issue = get_object_or_404(Issue, pk=pk)
        try:
            mail = send_test(issue, by=user_of(request), to=request.POST.get("to", ""), now=timezone.now())
        except IssueError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("A test is on its way to %(address)s.") % {"address": mail.recipient})
        return redirect("newsletter_issues:edit", pk)
