"""The form in which a story is written."""

from __future__ import annotations

from typing import Any

from wagtail.admin.forms import WagtailAdminPageForm


class StoryForm(WagtailAdminPageForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Who writes is usually who signs; an editor without an author page chooses one.
        author = getattr(self.for_user, "author_page", None)
        if author is not None and self.instance.pk is None and not self.initial.get("author"):
            self.initial["author"] = author.pk
