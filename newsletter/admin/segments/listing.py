"""The list of segments: what each says, and which issues wait for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.widgets.button import HeaderButton

from core.listing import ReadOnlyIndexView
from core.refusals import user_of
from newsletter.audience.segment_names import told, words
from newsletter.engine.segment_rules import SegmentRulesError, parse
from newsletter.models import Segment

if TYPE_CHECKING:
    from django.db.models import QuerySet

VIEW = ("newsletter.view_segment",)
ADD = ("newsletter.add_segment",)
CHANGE = ("newsletter.change_segment",)
DELETE = ("newsletter.delete_segment",)


class SegmentIndexView(ReadOnlyIndexView):
    permissions_required = VIEW
    model = Segment
    page_title = gettext_lazy("Segments")
    header_icon = "crosshairs"
    index_url_name = "newsletter_segments:index"
    index_results_url_name = "newsletter_segments:index_results"
    default_ordering = "name"
    paginate_by = 50
    is_searchable = False
    request: HttpRequest

    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        if not user_of(self.request).has_perms(ADD):
            return []
        return [HeaderButton(label=_("New segment"), url=reverse("newsletter_segments:new"), icon_name="plus")]

    def get_base_queryset(self) -> QuerySet[Segment]:
        return Segment.objects.annotate(used=Count("issues"))

    @cached_property
    def columns(self) -> list[Column]:
        may_change = user_of(self.request).has_perms(CHANGE)
        name = (
            TitleColumn("name", label=_("Name"), url_name="newsletter_segments:edit", sort_key="name")
            if may_change
            else Column("name", label=_("Name"), sort_key="name")
        )
        return [
            name,
            Column("rules", label=_("Everybody who"), accessor=described),
            Column("used", label=_("Issues"), accessor="used"),
        ]


def described(segment: Segment) -> str:
    """The rules in words; what is wrong with them, where they can't be read."""
    try:
        return words(parse(segment.rules))
    except SegmentRulesError as error:
        return told(error)
