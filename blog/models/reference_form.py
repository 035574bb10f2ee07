"""The rows of references in the story's form: what is pasted is put in order, a draft is never refused for it."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, InlinePanel
from wagtail.admin.panels.base import get_form_for_model

from blog.identifiers import check_web_address, normal_doi, normal_pmid

KEY = re.compile(r"[a-z0-9]{4,16}")
#: Fields that say where the source is found.
PLACES = ("doi", "pmid", "url")


class PlaceField(forms.CharField):
    """Where a source is found: put in its normal form, or refused with the remedy.

    While a draft is saved or previewed, what can't be put in order is kept as it was typed: the writer may be halfway
    through it. Publishing asks again.
    """

    def normal(self, typed: str) -> str:
        raise NotImplementedError

    def clean(self, value: Any) -> str:
        typed = str(super().clean(value))
        try:
            return self.normal(typed)
        except ValidationError:
            if getattr(self, "is_deferred_validation", False):
                return typed
            raise


class DoiField(PlaceField):
    def normal(self, typed: str) -> str:
        return normal_doi(typed)


class PmidField(PlaceField):
    def normal(self, typed: str) -> str:
        return normal_pmid(typed)


class AddressField(PlaceField):
    def normal(self, typed: str) -> str:
        if not typed:
            return ""
        address = typed if re.match(r"[a-zA-Z][\w+.-]*:", typed) else f"https://{typed}"
        check_web_address(address)
        return address


class ReferenceForm(WagtailAdminModelForm):
    #: Goes with the row, unseen.
    key = forms.CharField(required=False, label="", widget=forms.HiddenInput)
    doi = DoiField(required=False, max_length=250, label=_("DOI"))
    pmid = PmidField(required=False, max_length=100, label=_("PMID"))
    url = AddressField(required=False, max_length=300, label=_("address"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kwargs.get("instance") is None:
            # The template of a new row: rows made from it in the browser must not share one key.
            self.initial["key"] = ""

    @property
    def row(self) -> int:
        """Its place in the list as the writer sees it, counted from 1; deleted rows don't count."""
        formset, _dash, own = (self.prefix or "references-0").rpartition("-")
        total = self.data.get(f"{formset}-TOTAL_FORMS", "")
        rows = range(int(total) if total.isdecimal() and len(total) < 5 else 0)

        def place(index: int) -> tuple[int, int]:
            order = self.data.get(f"{formset}-{index}-ORDER", "")
            return (int(order) if order.isdecimal() else index, index)

        shown = sorted((index for index in rows if not self.data.get(f"{formset}-{index}-DELETE")), key=place)
        return shown.index(int(own)) + 1 if own.isdecimal() and int(own) in shown else 1

    def add_error(self, field: str | None, error: Any) -> None:
        if field in PLACES:
            messages = error.messages if isinstance(error, ValidationError) else [str(error)]
            named = gettext("Reference %(row)s: %(message)s")
            error = ValidationError([named % {"row": self.row, "message": message} for message in messages])
        super().add_error(field, error)

    def _get_validation_exclusions(self) -> set[str]:
        """The model's own validators would refuse in a draft what the fields above let through."""
        excluded: set[str] = super()._get_validation_exclusions()
        return excluded | set(PLACES) if self.is_deferred_validation else excluded

    def clean_key(self) -> str:
        """The browser's, if it is one, else the row's own; a new row comes with a new one."""
        key = str(self.cleaned_data["key"])
        return key if KEY.fullmatch(key) else str(self.instance.key)

    def get_field_updates_for_resave(self) -> list[tuple[str, str]]:
        """After an autosave the open page learns the key of a row that had none yet."""
        updates: list[tuple[str, str]] = super().get_field_updates_for_resave()
        name = self.add_prefix("key")
        if self.instance.key != self.data.get(name):
            updates.append((name, self.instance.key))
        return updates


class KeyPanel(FieldPanel):
    """Puts the key into the form without showing it, also when versions are compared."""

    def __init__(self, field_name: str = "key", **kwargs: Any) -> None:
        super().__init__(field_name, **{"classname": "w-hidden", **kwargs})

    def get_comparison_class(self) -> None:
        return None


class ReferencesPanel(InlinePanel):
    def get_form_options(self) -> dict[str, Any]:
        options: dict[str, Any] = super().get_form_options()
        formset = options["formsets"][self.relation_name]
        formset["form"] = get_form_for_model(
            self.db_field.related_model,
            form_class=ReferenceForm,
            defer_required_on_fields=self.child_edit_handler.get_form_options().get("defer_required_on_fields", []),
        )
        return options
