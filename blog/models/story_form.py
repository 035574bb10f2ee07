"""The form in which a story is written."""

from __future__ import annotations

from typing import Any

from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.blocks import StreamValue
from wagtail.rich_text import RichText


class StoryForm(WagtailAdminPageForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            return
        # Who writes is usually who signs; an editor without an author page chooses one.
        author = getattr(self.for_user, "author_page", None)
        if author is not None and not self.initial.get("author"):
            self.initial["author"] = author.pk
        if not self.initial.get("body"):
            block = self._meta.model.body.field.stream_block
            self.initial["body"] = StreamValue(block, [("text", RichText(""))])
