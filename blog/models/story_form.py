"""The form in which a story is written."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.admin.forms import WagtailAdminPageForm

from blog.models import defaults
from blog.models.audio import AudioError, check_audio
from blog.models.review_dates import ReviewDatesError, check_review_dates


class StoryForm(WagtailAdminPageForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        publication = defaults.publication_of(self.parent_page)
        if "conflict_statement" in self.fields:
            field = self.fields["conflict_statement"]
            field.help_text = defaults.conflict_hint(publication)
            field.widget.attrs["placeholder"] = publication.conflict_statement
        if self.instance.pk is not None:
            return
        author = defaults.author_of(self.for_user)
        self._begin_with("author", author.pk if author else None)
        self._begin_with("body", defaults.body_of(self._meta.model.body.field.stream_block, author))
        self._begin_with("review_due_on", defaults.review_due(publication, today=timezone.localdate()))

    def _begin_with(self, name: str, value: Any) -> None:
        if value is not None and not self.initial.get(name):
            self.initial[name] = value

    def clean_audio(self) -> Any:
        document = self.cleaned_data.get("audio")
        if document is not None and "audio" in self.changed_data:
            try:
                check_audio(document)
            except AudioError as error:
                self.add_error("audio", str(error))
        return document

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        reviewed, due = cleaned.get("reviewed_on"), cleaned.get("review_due_on")
        if {"reviewed_on", "review_due_on"} & set(self.changed_data):
            try:
                check_review_dates(reviewed, due, today=timezone.localdate())
            except ReviewDatesError as error:
                self.add_error(error.field, str(error))
        if cleaned.get("reviewer") and cleaned["reviewer"] == cleaned.get("author"):
            self.add_error(
                "reviewer", _("An author can't review the own story. Choose somebody else, or leave it empty.")
            )
        updated, published = cleaned.get("updated_on"), cleaned.get("published_on")
        if "updated_on" in self.changed_data and updated and published and updated < published:
            self.add_error("updated_on", _("A story can't have been updated before it was published."))
        return cleaned

    def save(self, commit: bool = True) -> Any:
        """Save it; a new story begins as a draft even where it is published at once: publishing passes the gate."""
        if self.instance.pk is None:
            self.instance.live = False
        return super().save(commit=commit)
