"""Webhooks in the admin: who is told of what, and what became of each message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.ui.components import Component
from wagtail.admin.ui.tables import Column, StatusTagColumn, TitleColumn
from wagtail.admin.viewsets.base import ViewSet
from wagtail.admin.widgets.button import HeaderButton
from wagtail.log_actions import log

from core.listing import ReadOnlyIndexView
from core.outgoing import TargetError, read_target
from core.refusals import Guarded, may, shown_to, user_of
from newsletter.admin.instants import in_zone, zone_of
from newsletter.admin.programs.secret_page import Secret, show_once
from newsletter.admin.trail import Trail
from newsletter.audience.hook_secrets import give_secret
from newsletter.audience.hooks import announce_test, send_again
from newsletter.models import HookEndpoint, HookEvent, OutgoingHook

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser
    from django.db.models import QuerySet

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


class EndpointIndexView(ReadOnlyIndexView):
    permissions_required = SEE
    model = HookEndpoint
    page_title = gettext_lazy("Webhooks")
    header_icon = "globe"
    index_url_name = "newsletter_hooks:index"
    index_results_url_name = "newsletter_hooks:index_results"
    default_ordering = "url"
    paginate_by = 50
    is_searchable = False

    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        if not user_of(self.request).has_perms(ADD):
            return []
        return [HeaderButton(label=_("New webhook"), url=reverse("newsletter_hooks:new"), icon_name="plus")]

    @cached_property
    def columns(self) -> list[Column]:
        return [
            TitleColumn("url", label=_("Address"), url_name="newsletter_hooks:show"),
            Column("description", label=_("Description")),
            Column("events", label=_("Told when"), accessor=told_when),
            StatusTagColumn("state", label=_("State"), accessor=state_of, primary=lambda endpoint: endpoint.active),
        ]


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


class ActView(HookPage):
    """POST only: something small that needs no second thought."""

    http_method_names = ["post"]
    permissions_required = CHANGE


class TestView(ActView):
    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        if self.endpoint.active:
            announce_test(self.endpoint, now=timezone.now())
            messages.success(request, _("A test is on its way. Look again in a few seconds."))
        else:
            messages.error(request, _("It is switched off. Switch it on under Edit, then send a test."))
        return redirect(self.own_url)


class AgainView(ActView):
    def post(self, request: HttpRequest, pk: int, hook: int) -> HttpResponse:
        row = get_object_or_404(OutgoingHook, pk=hook, endpoint=self.endpoint)
        if send_again(row, now=timezone.now()):
            messages.success(request, _("It is on its way once more, under the same id."))
        else:
            messages.error(request, _("It can't be sent: it is on its way already, or what it said was forgotten."))
        return redirect(self.own_url)


class ConfirmedView(HookPage):
    """GET asks, POST does."""

    template_name = "newsletter/admin/programs/confirm.html"
    words: Any = ""
    label: Any = ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **kwargs, words=self.words, label=self.label, is_serious=True, back_url=self.own_url
        )


class NewSecretView(ConfirmedView):
    permissions_required = CHANGE
    page_title = gettext_lazy("New secret")
    words = gettext_lazy(
        "A new secret is made and shown once. For 24 hours messages are signed with the old one as well, so that the "
        "other side can be changed without losing any."
    )
    label = gettext_lazy("Make a new secret")

    @sensitive_variables("text")
    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        text = give_secret(self.endpoint, now=timezone.now())
        self.endpoint.save(update_fields=["sealed_secret", "secret_rolled_at"])
        log(instance=self.endpoint, action="wagtail.edit", user=user_of(request))
        return show_secret(request, self.endpoint, text)


class DeleteView(ConfirmedView):
    permissions_required = DELETE
    page_title = gettext_lazy("Delete a webhook")
    words = gettext_lazy("It is told nothing more, and its log goes with it.")
    label = gettext_lazy("Delete it")

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        log(instance=self.endpoint, action="wagtail.delete", user=user_of(request), deleted=True)
        self.endpoint.delete()
        messages.success(request, _("Deleted."))
        return redirect("newsletter_hooks:index")


class StoppedHooksPanel(Component):
    """A notice on the admin's first page, for those who can mend it."""

    name = "newsletter_hooks"
    template_name = "newsletter/admin/programs/stopped_panel.html"
    order = 20

    def __init__(self, user: AbstractUser) -> None:
        self.user = user

    @property
    def stopped(self) -> QuerySet[HookEndpoint]:
        return HookEndpoint.objects.filter(active=False).exclude(stopped_because="")

    def is_shown(self) -> bool:
        return may(self.user, required=CHANGE) and self.stopped.exists()

    def get_context_data(self, parent_context: dict[str, Any]) -> dict[str, Any]:
        return {"stopped": self.stopped}


class HookViewSet(ViewSet):
    name = "newsletter_hooks"
    url_prefix = "newsletter/webhooks"
    icon = "globe"
    menu_label = gettext_lazy("Webhooks")
    menu_name = "newsletter-hooks"
    menu_item_class = shown_to(SEE)

    def get_urlpatterns(self) -> list[Any]:
        return [
            path("", EndpointIndexView.as_view(), name="index"),
            path("results/", EndpointIndexView.as_view(results_only=True), name="index_results"),
            path("new/", NewEndpointView.as_view(), name="new"),
            path("<int:pk>/", EndpointView.as_view(), name="show"),
            path("<int:pk>/edit/", EditEndpointView.as_view(), name="edit"),
            path("<int:pk>/secret/", NewSecretView.as_view(), name="secret"),
            path("<int:pk>/delete/", DeleteView.as_view(), name="delete"),
            path("<int:pk>/test/", TestView.as_view(), name="test"),
            path("<int:pk>/again/<int:hook>/", AgainView.as_view(), name="again"),
        ]
