"""Sending a test of an issue to oneself, or to an address that its newsletter opens for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView, View
from wagtail.admin import messages

from core.refusals import Guarded, user_of
from newsletter.admin.trail import Trail
from newsletter.issues.errors import IssueError
from newsletter.issues.test_send import open_to, send_test
from newsletter.issues.test_send_there import is_possible, send_test_there, tests_of
from newsletter.models import Issue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse


#: Seconds between looks at what became of a test.
LOOKS_EVERY = 2
HERE, THERE = "here", "there"
WAYS = (
    (THERE, gettext_lazy("Through Mailchimp, as its readers get it")),
    (HERE, gettext_lazy("By our own mail server: quicker, and the same words")),
)


class TestSendForm(forms.Form):
    __test__ = False  # it is no test case
    to = forms.ChoiceField(label=gettext_lazy("To"))
    through = forms.ChoiceField(
        label=gettext_lazy("How"), choices=WAYS, initial=THERE, widget=forms.RadioSelect, required=False
    )

    def __init__(self, *args: Any, addresses: Sequence[str], both_ways: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not both_ways:
            del self.fields["through"]
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
        shown = {"issue": self.draft, "form": self.form(), **tests_context(self.draft)}
        return super().get_context_data(**{**shown, **kwargs})

    def form(self, data: Any = None) -> TestSendForm:
        newsletter = self.draft.newsletter
        addresses = open_to(user_of(self.request), newsletter)
        return TestSendForm(data, addresses=addresses, both_ways=is_possible(newsletter))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        issue = get_object_or_404(Issue, pk=pk)
        to, now = request.POST.get("to", ""), timezone.now()
        try:
            if request.POST.get("through") == THERE:
                send_test_there(issue, by=user_of(request), to=to, now=now)
                messages.success(request, _("Mailchimp is asked to send a test. What becomes of it stands below."))
                return redirect("newsletter_issues:test", pk)
            mail = send_test(issue, by=user_of(request), to=to, now=now)
        except IssueError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("A test is on its way to %(address)s.") % {"address": mail.recipient})
        return redirect("newsletter_issues:edit", pk)


class TestsLiveView(Guarded, View):
    """What became of the tests that went through Mailchimp, as a fragment; no address is in it."""

    __test__ = False  # it is no test case
    http_method_names = ["get", "head"]
    permissions_required = ("newsletter.test_campaign",)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        issue = get_object_or_404(Issue, pk=pk)
        return render(request, "newsletter/admin/test_send_live.html", {"issue": issue, **tests_context(issue)})


def tests_context(issue: Issue) -> dict[str, Any]:
    """What `newsletter/admin/test_send_live.html` shows: the last tests, and when to look again."""
    tests = tests_of(issue)
    return {"tests": tests, "seconds": LOOKS_EVERY if any(test.settled_at is None for test in tests) else 0}
