"""API tokens: which programs have one, what each may do, when it was used; making and revoking them."""

from __future__ import annotations

from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.ui.tables import Column, StatusTagColumn
from wagtail.admin.viewsets.base import ViewSet
from wagtail.admin.widgets.button import HeaderButton
from wagtail.log_actions import log

from core.listing import ReadOnlyIndexView
from core.refusals import Guarded, shown_to, user_of
from newsletter.admin.instants import in_zone, zone_of
from newsletter.admin.programs.secret_page import Secret, show_once
from newsletter.admin.trail import Trail
from newsletter.audience.api_tokens import SCOPES, Scope, make_token, revoke
from newsletter.models import ApiToken

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet
    from django.utils.safestring import SafeString

SEE = ("newsletter.view_apitoken",)
MAKE = ("newsletter.add_apitoken",)
REVOKE = ("newsletter.change_apitoken",)

#: Days, by what the form calls them; none for a token without an end.
LIFETIMES = MappingProxyType({"30": 30, "90": 90, "365": 365, "never": None})


class TokenForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=80, help_text=gettext_lazy("Which program uses it, such as “Shop”.")
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What it may do"),
        choices=[(scope.value, words) for scope, words in SCOPES.items()],
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("As little as the program needs."),
        error_messages={"required": gettext_lazy("Tick at least one: a token that may do nothing is of no use.")},
    )
    lifetime = forms.ChoiceField(
        label=gettext_lazy("Good for"),
        choices=[
            ("30", gettext_lazy("30 days")),
            ("90", gettext_lazy("90 days")),
            ("365", gettext_lazy("A year")),
            ("never", gettext_lazy("Until it is revoked")),
        ],
        initial="365",
    )

    def expires_at(self, now: datetime) -> datetime | None:
        days = LIFETIMES[self.cleaned_data["lifetime"]]
        return None if days is None else now + timedelta(days=days)


class TokenIndexView(ReadOnlyIndexView):
    permissions_required = SEE
    model = ApiToken
    page_title = gettext_lazy("API tokens")
    header_icon = "key"
    index_url_name = "newsletter_tokens:index"
    index_results_url_name = "newsletter_tokens:index_results"
    default_ordering = "-created_at"
    paginate_by = 50
    is_searchable = False

    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        if not user_of(self.request).has_perms(MAKE):
            return []
        return [HeaderButton(label=_("New token"), url=reverse("newsletter_tokens:new"), icon_name="plus")]

    def get_base_queryset(self) -> QuerySet[ApiToken]:
        return ApiToken.objects.select_related("created_by").defer("digest")

    @cached_property
    def columns(self) -> list[Column]:
        zone, now = zone_of(user_of(self.request)), timezone.now()
        return [
            Column("name", label=_("Program")),
            Column("hint", label=_("Begins with"), accessor=lambda token: f"{token.hint}…"),
            Column("scopes", label=_("May"), accessor=lambda token: lines(token.scopes)),
            StatusTagColumn(
                "state",
                label=_("State"),
                accessor=lambda token: state_of(token, now),
                primary=lambda token: state_of(token, now) == _("good"),
            ),
            Column("expires_at", label=_("Expires"), accessor=lambda token: shown(token.expires_at, zone)),
            Column("last_used_at", label=_("Last used"), accessor=lambda token: shown(token.last_used_at, zone)),
            RevokeColumn("revoke", label="", accessor=lambda token: token),
        ]


class RevokeColumn(Column):
    """The way to revoke a token that still opens something."""

    cell_template_name = "newsletter/admin/programs/revoke_cell.html"

    def get_cell_context_data(self, instance: ApiToken, parent_context: dict[str, Any]) -> dict[str, Any]:
        context: dict[str, Any] = super().get_cell_context_data(instance, parent_context)
        context["url"] = "" if instance.revoked_at else reverse("newsletter_tokens:revoke", args=[instance.pk])
        return context


def lines(scopes: list[str]) -> SafeString:
    return format_html_join("", "<div><code>{}</code></div>", ((scope,) for scope in scopes))


def shown(instant: datetime | None, zone: str) -> str:
    return in_zone(instant, zone) if instant else _("never")


def state_of(token: ApiToken, now: datetime) -> str:
    if token.revoked_at:
        return _("revoked")
    return _("expired") if token.expires_at and token.expires_at <= now else _("good")


class TokenPage(Guarded, Trail, TemplateView):
    http_method_names = ["get", "post"]
    header_icon = "key"
    request: HttpRequest

    def above(self) -> list[tuple[str, str]]:
        return [(reverse("newsletter_tokens:index"), _("API tokens"))]


class NewTokenView(TokenPage):
    permissions_required = MAKE
    template_name = "newsletter/admin/programs/new_token.html"
    page_title = gettext_lazy("New token")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**{"form": TokenForm(), **kwargs})

    @sensitive_variables("text", "secret")
    def post(self, request: HttpRequest) -> HttpResponse:
        form, now = TokenForm(request.POST), timezone.now()
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        token, text = make_token(
            name=form.cleaned_data["name"],
            scopes=[Scope(scope) for scope in form.cleaned_data["scopes"]],
            expires_at=form.expires_at(now),
            by=user_of(request),
            now=now,
        )
        log(instance=token, action="wagtail.create", user=user_of(request))
        secret = Secret(
            title=_("Copy the token now"),
            words=_("Give it to “%(name)s” and keep it nowhere else. It can't be shown again; a lost one is replaced.")
            % {"name": token.name},
            text=text,
            back_url=reverse("newsletter_tokens:index"),
            back_label=_("I have copied it"),
            icon="key",
        )
        return show_once(request, secret)


class RevokeTokenView(TokenPage):
    permissions_required = REVOKE
    template_name = "newsletter/admin/programs/confirm.html"
    page_title = gettext_lazy("Revoke a token")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        token = get_object_or_404(ApiToken, pk=self.kwargs["pk"])
        words = _("“%(name)s” is refused from now on, in the middle of whatever it does. It can't be taken back.")
        return super().get_context_data(
            **kwargs,
            words=words % {"name": token.name},
            label=_("Revoke it"),
            is_serious=True,
            back_url=reverse("newsletter_tokens:index"),
        )

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        token = get_object_or_404(ApiToken, pk=pk)
        if revoke(token, now=timezone.now()):
            log(instance=token, action="wagtail.edit", user=user_of(request))
        messages.success(request, _("“%(name)s” is revoked.") % {"name": token.name})
        return redirect("newsletter_tokens:index")


class TokenViewSet(ViewSet):
    name = "newsletter_tokens"
    url_prefix = "newsletter/tokens"
    icon = "key"
    menu_label = gettext_lazy("API tokens")
    menu_name = "newsletter-tokens"
    menu_item_class = shown_to(SEE)

    def get_urlpatterns(self) -> list[Any]:
        return [
            path("", TokenIndexView.as_view(), name="index"),
            path("results/", TokenIndexView.as_view(results_only=True), name="index_results"),
            path("new/", NewTokenView.as_view(), name="new"),
            path("<int:pk>/revoke/", RevokeTokenView.as_view(), name="revoke"),
        ]
