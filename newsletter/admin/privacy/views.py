"""The privacy page of the admin, and the page of one processor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Min
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.viewsets.base import ViewSet
from wagtail.log_actions import log

from core.refusals import Guarded, may, refuse, shown_to, user_of
from newsletter.admin.privacy.forms import DetailForm, RetentionForm
from newsletter.admin.trail import Trail
from newsletter.audience.key_use import keys_in_use
from newsletter.audience.processors import Processor, processors
from newsletter.audience.retention import KINDS, Kind, days_of, retention
from newsletter.engine.subscriptions import SubscriptionState
from newsletter.models import (
    OutgoingHook,
    OutgoingMail,
    ProcessorDetail,
    SubscriberExport,
    SubscriberImport,
    Subscription,
)

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.forms import BoundField

VIEW = ("newsletter.view_retentionsettings",)
CHANGE = ("newsletter.change_retentionsettings",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One kind of record with how many there are now. `held` is None where counting would take too long."""

    kind: Kind
    days: int
    field: BoundField | None
    held: int | None = None
    oldest: datetime | None = None


def records(setting: str) -> tuple[QuerySet[Any], str] | None:
    """The rows of a kind that are few enough to be counted, and the field that says how old one is."""
    counted: dict[str, tuple[QuerySet[Any], str]] = {
        "pending_sign_ups": (Subscription.objects.filter(state=SubscriptionState.PENDING), "created_at"),
        "single_mails": (OutgoingMail.objects.exclude(settled_at=None), "settled_at"),
        "import_files": (SubscriberImport.objects.filter(parts__isnull=False).distinct(), "created_at"),
        "export_records": (SubscriberExport.objects.all(), "at"),
        "webhook_records": (OutgoingHook.objects.exclude(settled_at=None), "settled_at"),
    }
    return counted.get(setting)


def row_of(kind: Kind, form: RetentionForm) -> Row:
    days = days_of(kind, form.instance)
    field = form[kind.setting] if kind.setting else None
    found = records(kind.setting)
    if found is None:
        return Row(kind=kind, days=days, field=field)
    rows, since = found
    oldest = rows.order_by().aggregate(oldest=Min(since))["oldest"]
    return Row(kind=kind, days=days, field=field, held=rows.count(), oldest=oldest)


class PrivacyView(Guarded, Trail, TemplateView):
    """GET shows what holds; a POST by whoever may change it sets the days."""

    http_method_names = ["get", "head", "post"]
    permissions_required = VIEW
    template_name = "newsletter/admin/privacy/privacy.html"
    page_title = gettext_lazy("Privacy")
    header_icon = "key"
    request: HttpRequest

    @cached_property
    def form(self) -> RetentionForm:
        return RetentionForm(self.request.POST if self.request.method == "POST" else None, instance=retention())

    def post(self, request: HttpRequest) -> HttpResponse:
        user = user_of(request)
        if not may(user, required=CHANGE):
            return refuse(request)
        if not self.form.is_valid():
            messages.error(request, _("Nothing was changed yet: look at the days marked below."))
            return self.render_to_response(self.get_context_data(), status=400)
        saved = self.form.save()
        log(instance=saved, action="wagtail.edit", user=user)
        messages.success(request, _("Saved. What is older now is forgotten within the hour."))
        return redirect("newsletter_privacy:index")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        keys = keys_in_use()
        return {
            **super().get_context_data(**kwargs),
            "rows": [row_of(kind, self.form) for kind in KINDS],
            "form": self.form,
            "may_change": may(user_of(self.request), required=CHANGE),
            "processors": processors(),
            "keys": keys,
            "lost": sum(key.suppressions for key in keys if not key.is_known),
        }


class ProcessorView(Guarded, Trail, TemplateView):
    """What the configuration can't know of one processor."""

    http_method_names = ["get", "head", "post"]
    permissions_required = ("newsletter.change_processordetail",)
    template_name = "newsletter/admin/privacy/processor.html"
    header_icon = "key"
    request: HttpRequest

    @cached_property
    def processor(self) -> Processor:
        """By its place in the register: its key may hold anything.

        Raises:
            Http404: the configuration names it no more.
        """
        wanted = self.request.GET.get("key", "")
        found = next((entry for entry in processors() if entry.key == wanted), None)
        if found is None:
            raise Http404
        return found

    @cached_property
    def form(self) -> DetailForm:
        detail = self.processor.detail or ProcessorDetail(key=self.processor.key)
        return DetailForm(self.request.POST if self.request.method == "POST" else None, instance=detail)

    def get_page_title(self) -> str:
        return self.processor.host

    def above(self) -> list[tuple[str, str]]:
        return [(reverse("newsletter_privacy:index"), _("Privacy"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "processor": self.processor, "form": self.form}

    def post(self, request: HttpRequest) -> HttpResponse:
        if not self.form.is_valid():
            return self.render_to_response(self.get_context_data(), status=400)
        self.form.save()
        messages.success(request, _("Saved. The privacy page says so now."))
        return redirect("newsletter_privacy:index")


class PrivacyViewSet(ViewSet):
    name = "newsletter_privacy"
    url_prefix = "newsletter/privacy"
    icon = "key"
    menu_label = gettext_lazy("Privacy")
    menu_name = "newsletter-privacy"
    menu_item_class = shown_to(VIEW)

    def get_urlpatterns(self) -> list[Any]:
        return [
            path("", PrivacyView.as_view(), name="index"),
            path("processor/", ProcessorView.as_view(), name="processor"),
        ]
