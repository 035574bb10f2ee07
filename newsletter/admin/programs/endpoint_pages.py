"""The pages of one webhook: made, changed, and looked at with the log of its messages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.log_actions import log

from core.outgoing import TargetError, read_target
from core.refusals import Guarded, user_of
from newsletter.admin.instants import in_zone, zone_of
from newsletter.admin.programs.secret_page import Secret, show_once
from newsletter.admin.trail import Trail
from newsletter.audience.hook_secrets import give_secret
from newsletter.models import HookEndpoint, HookEvent, OutgoingHook

SEE = ("newsletter.view_hookendpoint",)
ADD = ("newsletter.add_hookendpoint",)
CHANGE = ("newsletter.change_hookendpoint",)
DELETE = ("newsletter.delete_hookendpoint",)

#: A test goes out by hand only.
CHOOSABLE = [(event.value, event.label) for event in HookEvent if event != HookEvent.TEST]
LOG_PAGE = 30


class EndpointForm(forms.ModelForm[HookEndpoint]):
    events = forms.MultipleChoiceField(
        label=gettext_lazy("Tell it when"),
        choices=CHOOSABLE,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Tick at least one event.")},
    )

    class Meta:
        model = HookEndpoint
        fields = ["url", "description", "events", "active"]
        widgets = {"url": forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"})}
        field_classes = {"url": forms.CharField}

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"].strip()
        try:
            read_target(url, named=frozenset(settings.NEWSLETTER_HOOKS_ALLOW))
        except TargetError as error:
            raise forms.ValidationError(str(error)) from error
        return url

    def save(self, commit: bool = True) -> HookEndpoint:
        """Switching it on again is a fresh start."""
        if self.instance.active:
            self.instance.stopped_because, self.instance.failing_since = "", None
        return super().save(commit)


def told_when(endpoint: HookEndpoint) -> str:
    return "; ".join(str(label) for value, label in CHOOSABLE if value in endpoint.events)


def state_of(endpoint: HookEndpoint) -> str:
    if endpoint.stopped_because:
        return _("stopped by itself")
    if not endpoint.active:
        return _("switched off")
    return _("failing") if endpoint.failing_since else _("on")


class HookPage(Guarded, Trail, TemplateView):
    http_method_names = ["get", "post"]
    header_icon = "globe"
    request: HttpRequest

    def above(self) -> list[tuple[str, str]]:
        return [(reverse("newsletter_hooks:index"), _("Webhooks"))]

    @cached_property
    def endpoint(self) -> HookEndpoint:
        return get_object_or_404(HookEndpoint, pk=self.kwargs["pk"])

    @property
    def own_url(self) -> str:
        return reverse("newsletter_hooks:show", args=[self.endpoint.pk])


@sensitive_variables("text", "secret")
def show_secret(request: HttpRequest, endpoint: HookEndpoint, text: str) -> HttpResponse:
    secret = Secret(
        title=_("Copy the secret now"),
        words=_(
            "The other side checks with it that a message comes from here (Standard Webhooks). "
            "It can't be shown again; a lost one is replaced."
        ),
        text=text,
        back_url=reverse("newsletter_hooks:show", args=[endpoint.pk]),
        back_label=_("I have copied it"),
        icon="globe",
    )
    return show_once(request, secret)


class NewEndpointView(HookPage):
    permissions_required = ADD
    template_name = "newsletter/admin/programs/endpoint_form.html"
    page_title = gettext_lazy("New webhook")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **{"form": EndpointForm(), "back_url": reverse("newsletter_hooks:index"), **kwargs}
        )

    @sensitive_variables("text")
    def post(self, request: HttpRequest) -> HttpResponse:
        form = EndpointForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        endpoint = form.save(commit=False)
        text = give_secret(endpoint, now=timezone.now())
        endpoint.created_by_id = user_of(request).pk
        endpoint.save()
        log(instance=endpoint, action="wagtail.create", user=user_of(request))
        return show_secret(request, endpoint, text)


class EditEndpointView(HookPage):
    permissions_required = CHANGE
    template_name = "newsletter/admin/programs/endpoint_form.html"
    page_title = gettext_lazy("Edit a webhook")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **{"form": EndpointForm(instance=self.endpoint), "back_url": self.own_url, **kwargs}
        )

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        form = EndpointForm(request.POST, instance=self.endpoint)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        log(instance=form.save(), action="wagtail.edit", user=user_of(request))
        messages.success(request, _("Saved."))
        return redirect(self.own_url)


class EndpointView(HookPage):
    """One endpoint: how it does, and the log of its messages. No payload: who a reader is, the readers' pages tell."""

    http_method_names = ["get"]
    permissions_required = SEE
    template_name = "newsletter/admin/programs/endpoint.html"

    def get_page_title(self) -> str:
        return self.endpoint.description or _("Webhook")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        zone = zone_of(user_of(self.request))
        rows = OutgoingHook.objects.filter(endpoint=self.endpoint).defer("payload").prefetch_related("tries")
        page = Paginator(rows.order_by("-pk"), LOG_PAGE).get_page(self.request.GET.get("p"))
        return super().get_context_data(
            **kwargs,
            endpoint=self.endpoint,
            state=state_of(self.endpoint),
            told_when=told_when(self.endpoint),
            failing_since=in_zone(self.endpoint.failing_since, zone) if self.endpoint.failing_since else "",
            may_change=user_of(self.request).has_perms(CHANGE),
            page=page,
            rows=[self._row(hook, zone) for hook in page],
        )

    def _row(self, hook: OutgoingHook, zone: str) -> dict[str, Any]:
        return {
            "hook": hook,
            "id": f"msg_{hook.event_id.hex}",
            "made_at": in_zone(hook.created_at, zone),
            "again_at": in_zone(hook.next_attempt_at, zone) if hook.state == "pending" else "",
            "tries": [(in_zone(one.at, zone), one) for one in hook.tries.all()],
            "may_again": hook.state in {"sent", "failed"} and self.endpoint.active,
        }
