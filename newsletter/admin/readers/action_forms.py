"""What an action on readers asks for before it is done."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from newsletter.models import Newsletter, SubscriberTag

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Evidence outlives the reader's address, so none may stand in it.
_ADDRESS = re.compile(r"\S@\S")


def without_address(text: str) -> None:
    """
    Raises:
        ValidationError: there is an address in it.
    """
    if _ADDRESS.search(text):
        raise forms.ValidationError(
            _("Please leave addresses out: this is kept as evidence, even when the reader is erased.")
        )


class ActionForm(forms.Form):
    """`count` is how many readers the action is for."""

    def __init__(self, data: Mapping[str, Any] | None = None, *, count: int) -> None:
        super().__init__(data)
        self.count = count


class TagForm(ActionForm):
    tag = forms.ModelChoiceField(SubscriberTag.objects.all(), label=_("Tag"), empty_label=_("Please choose"))


class UntagForm(TagForm):
    """The same question."""


class EndForm(ActionForm):
    newsletter = forms.ModelChoiceField(
        Newsletter.objects.all(), required=False, label=_("Newsletter"), empty_label=_("Every newsletter")
    )
    reason = forms.CharField(
        max_length=200,
        label=_("How they asked for it"),
        help_text=_("Kept as evidence, such as: asked in person on Monday. No address, nothing about health."),
        validators=[without_address],
    )


class ResendForm(ActionForm):
    """Nothing to ask."""


class EraseForm(ActionForm):
    typed = forms.CharField(label=_("Number of readers"), widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(self, data: Mapping[str, Any] | None = None, *, count: int) -> None:
        super().__init__(data, count=count)
        self.fields["typed"].help_text = _("To confirm, please type the number %(count)s.") % {"count": count}

    def clean_typed(self) -> str:
        typed = str(self.cleaned_data["typed"]).strip()
        if typed != str(self.count):
            raise forms.ValidationError(
                _("This is not the number of readers, which is %(count)s now. Nobody was erased.")
                % {"count": self.count}
            )
        return typed
