"""Newsletters: what one can subscribe to, and from whom it comes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList
from wagtail.admin.viewsets.model import ModelViewSet

from newsletter.admin.instants import zone_choices
from newsletter.models import Newsletter


def zone_select() -> forms.Select:
    return forms.Select(choices=zone_choices(["UTC"]))


class NewsletterViewSet(ModelViewSet):
    model = Newsletter
    name = "newsletter_newsletters"
    url_prefix = "newsletter/newsletters"
    icon = "list-ul"
    menu_label = _("Newsletters")
    menu_name = "newsletter-newsletters"
    list_display = ["name", "description", "time_zone"]
    inspect_view_enabled = True
    inspect_view_fields = ["name", "slug", "description", "sender_name", "sender_email", "reply_to", "time_zone"]
    #: A newsletter is hidden, not deleted: its issues, campaigns and consents refer to it.
    copy_view_enabled = False

    def get_edit_handler(self) -> Any:
        return ObjectList(
            [
                MultiFieldPanel(
                    [FieldPanel("name"), FieldPanel("slug"), FieldPanel("description")], heading=_("What readers see")
                ),
                MultiFieldPanel(
                    [FieldPanel("sender_name"), FieldPanel("sender_email"), FieldPanel("reply_to")],
                    heading=_("From whom it comes"),
                ),
                MultiFieldPanel(
                    [FieldPanel("time_zone", widget=zone_select()), FieldPanel("language"), FieldPanel("hidden")],
                    heading=_("Where and how"),
                ),
                MultiFieldPanel(
                    [FieldPanel("backend"), FieldPanel("uncertain_policy")],
                    heading=_("Delivery"),
                    classname="collapsed",
                ),
            ]
        ).bind_to_model(self.model)

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        common: dict[str, Any] = super().get_common_view_kwargs(**{**kwargs, "delete_url_name": None})
        return common

    def get_urlpatterns(self) -> list[Any]:
        return [pattern for pattern in super().get_urlpatterns() if pattern.name != "delete"]
