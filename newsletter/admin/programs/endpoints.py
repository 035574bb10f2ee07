"""Webhooks in the admin: who is told of what, and what became of each message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.ui.components import Component
from wagtail.admin.ui.tables import Column, StatusTagColumn, TitleColumn
from wagtail.admin.viewsets.base import ViewSet
from wagtail.admin.widgets.button import HeaderButton

from core.listing import ReadOnlyIndexView
from core.refusals import may, shown_to, user_of
from newsletter.admin.programs.endpoint_acts import AgainView, DeleteView, NewSecretView, TestView
from newsletter.admin.programs.endpoint_pages import (
    ADD,
    CHANGE,
    SEE,
    EditEndpointView,
    EndpointView,
    NewEndpointView,
    state_of,
    told_when,
)
from newsletter.models import HookEndpoint

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser
    from django.db.models import QuerySet


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
