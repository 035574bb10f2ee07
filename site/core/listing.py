"""Lists to look at: nothing is added, edited, deleted or exported from them."""

from __future__ import annotations

from typing import Any

from django.utils.functional import cached_property
from wagtail.admin.views.generic import IndexView
from wagtail.admin.widgets.button import HeaderButton

from core.refusals import Guarded


class ReadOnlyIndexView(Guarded, IndexView):
    http_method_names = ["get", "head"]
    #: Our own permission decides; nothing of the model's is asked for.
    any_permission_required = None
    is_searchable = True
    #: Wagtail's `?export=csv` would hand out whole tables.
    FORMATS = ()

    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        return []

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(*args, **kwargs)
        context["can_add"] = False
        return context
