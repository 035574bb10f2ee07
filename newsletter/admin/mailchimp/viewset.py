"""The addresses of the pages about Mailchimp, and their place in the menu."""

from __future__ import annotations

from typing import Any

from django.urls import path
from django.utils.translation import gettext_lazy as _
from wagtail.admin.viewsets.base import ViewSet

from core.refusals import shown_to
from newsletter.admin.mailchimp.access import CONNECT, ICON
from newsletter.admin.mailchimp.account import CheckView, DisconnectView, IndexView, KeyView
from newsletter.admin.mailchimp.audience import AudienceView, FetchView, PartView
from newsletter.admin.mailchimp.differences import DifferencesView
from newsletter.admin.mailchimp.fields import FieldsView, NewReadersView
from newsletter.admin.mailchimp.status import AgainView, ShowView
from newsletter.admin.mailchimp.switch import AcknowledgeView, SwitchOffView, SwitchOnView


class MailchimpViewSet(ViewSet):
    name = "newsletter_mailchimp"
    url_prefix = "newsletter/mailchimp"
    icon = ICON
    menu_label = _("Mailchimp")
    menu_name = "newsletter-mailchimp"
    menu_item_class = shown_to(CONNECT)

    def get_urlpatterns(self) -> list[Any]:
        return [
            path("", IndexView.as_view(), name="index"),
            path("key/", KeyView.as_view(), name="key"),
            path("check/", CheckView.as_view(), name="check"),
            path("disconnect/", DisconnectView.as_view(), name="disconnect"),
            path("<int:pk>/", ShowView.as_view(), name="newsletter"),
            path("<int:pk>/audience/", AudienceView.as_view(), name="audience"),
            path("<int:pk>/part/", PartView.as_view(), name="part"),
            path("<int:pk>/fetch/", FetchView.as_view(), name="fetch"),
            path("<int:pk>/fields/", FieldsView.as_view(), name="fields"),
            path("<int:pk>/new-readers/", NewReadersView.as_view(), name="new_readers"),
            path("<int:pk>/acknowledge/", AcknowledgeView.as_view(), name="acknowledge"),
            path("<int:pk>/on/", SwitchOnView.as_view(), name="on"),
            path("<int:pk>/off/", SwitchOffView.as_view(), name="off"),
            path("<int:pk>/differences/", DifferencesView.as_view(), name="differences"),
            path("<int:pk>/again/", AgainView.as_view(), name="again"),
        ]
