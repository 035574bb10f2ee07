"""The form that reports a problem with a page: no account, no script, nobody else involved."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe
from wagtail.models import Page, Site

from blog.models import ProblemReport
from blog.problems.report import report_problem
from core.client import client_ip, network
from core.limits import Limit
from core.models import PublicationSettings
from core.open_forms import OpenForm
from core.stamp import Stamp, StampError, read_stamp

#: Enough for everybody in one clinic who finds something wrong; a program wants more.
FROM_ONE_NETWORK = Limit(name="network-reports", amount=10, every=timedelta(hours=1))
#: What a form costs that came back within a second of being shown.
QUICK_COST = 5
LONGEST_TEXT = 2000
#: Everything but tab and line breaks that no keyboard types.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class TextField(forms.CharField):
    """Plain text of several lines, with one kind of line break."""

    def to_python(self, value: Any) -> str:
        # Browsers send CR LF for each line break, and count one character in `maxlength`.
        lines = str(value or "").replace("\r\n", "\n").replace("\r", "\n")
        return super().to_python(CONTROL.sub("", lines)) or ""


class ProblemForm(OpenForm):
    kind = forms.ChoiceField(
        label=_("What is it about?"),
        choices=ProblemReport.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what it is about."), "invalid_choice": _("Choose one of these.")},
    )
    text = TextField(
        label=_("What did you notice?"),
        help_text=_(
            "Quote the words if you can. Please write nothing about your own health: this is no way to a doctor."
        ),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={
            "required": _("Tell us what you noticed."),
            "max_length": _("This is too long: 2,000 characters at most. The first thing you noticed is enough."),
        },
    )
    email = forms.EmailField(
        label=_("Your email address"),
        required=False,
        max_length=254,
        help_text=_(
            "Only if you want an answer. Only editors see it, and it is removed 30 days after they close the report."
        ),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false", "autocapitalize": "none"}),
        error_messages={"invalid": _("This is no email address. Mend it, or leave it empty.")},
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, path: str) -> None:
        super().__init__(data, path=path, auto_id="report-%s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What the report is about: a page, or without one the whole publication."""

    page: Page | None
    title: str
    path: str


# No CSRF token, as with signing up: the form works without cookies, acts with no login, carries a stamp that ties it to
# a page of ours, and is counted.
@csrf_exempt
@sensitive_post_parameters("email", "text")
@require_http_methods(["GET", "HEAD", "POST"])
def report_page(request: HttpRequest) -> HttpResponse:
    """`?page=<id>` of a page that readers can see; without it, a report about the whole site."""
    data = request.POST if request.method == "POST" else None
    stamp, is_stale = _stamp_of(request)
    subject = _subject_of(request, stamp)
    form = ProblemForm(data, path=subject.path)
    if data is None:
        return _page(request, form, subject)
    if not form.is_valid():
        return _page(request, form, subject, status=400)
    done = HttpResponseRedirect(reverse("blog:reported"))
    if form.is_from_a_program:
        return done
    if is_stale or stamp is None:
        return _page(request, form, subject, status=400, stale=True)
    now = timezone.now()
    if not FROM_ONE_NETWORK.spend(network(client_ip(request)), now=now, cost=QUICK_COST if stamp.quick else 1):
        return _too_many(request, form, subject)
    words = {name: form.cleaned_data[name] for name in ("kind", "text", "email")}
    report_problem(page=subject.page, title=subject.title, path=subject.path, now=now, **words)
    return done


@require_safe
def reported(request: HttpRequest) -> HttpResponse:
    """Where every report ends."""
    return render(request, "blog/problem_thanks.html")


def _stamp_of(request: HttpRequest) -> tuple[Stamp | None, bool]:
    """The stamp of the form that came in, and whether it was too old or altered."""
    if request.method != "POST":
        return None, False
    try:
        return read_stamp(request.POST.get("stamp", ""), now=timezone.now()), False
    except StampError:
        return None, True


def _subject_of(request: HttpRequest, stamp: Stamp | None) -> Subject:
    """
    Raises:
        Http404: there is no such page that readers can see, and the form didn't stand under one that was there today.
    """
    given = request.POST.get("page") or request.GET.get("page") or ""
    site = Site.find_for_request(request)
    if site is None:
        raise Http404
    if not given:
        return Subject(page=None, title=str(PublicationSettings.for_site(site).name), path="/")
    readable = Page.objects.live().public().descendant_of(site.root_page, inclusive=True)
    # More digits than a page's number ever has would be too many for the database.
    page = readable.filter(pk=int(given)).first() if given.isascii() and given.isdecimal() and len(given) < 10 else None
    if page is not None:
        return Subject(page=page, title=page.title, path=page.get_url(request) or "/")
    if stamp is not None and stamp.path != "/":
        # Taken away while the reader was typing: what was typed is not lost.
        return Subject(page=None, title=stamp.path, path=stamp.path)
    raise Http404


def _page(
    request: HttpRequest, form: ProblemForm, subject: Subject, *, status: int = 200, stale: bool = False
) -> HttpResponse:
    context = {"form": form, "subject": subject, "stale": stale}
    return render(request, "blog/problem_form.html", context, status=status)


def _too_many(request: HttpRequest, form: ProblemForm, subject: Subject) -> HttpResponse:
    context = {"form": form, "subject": subject}
    response = render(request, "blog/problem_too_many.html", context, status=429)
    response["Retry-After"] = str(int(FROM_ONE_NETWORK.every.total_seconds()))
    return response
