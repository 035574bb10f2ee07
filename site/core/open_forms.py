"""Forms that anybody may post without an account: what keeps programs from filling them in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from core.stamp import make_stamp


class OpenForm(forms.Form):
    """Carries a field that only programs fill in, and a stamp that says how old the form is."""

    #: People don't see this one; programs that fill in every field do (security case 18).
    website = forms.CharField(
        label=_("Leave this empty"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )
    stamp = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any] | None = None, *, path: str, **kwargs: Any) -> None:
        """`path` is that of the page the form stands on."""
        super().__init__(data, **kwargs)
        self._path = path

    @cached_property
    def fresh_stamp(self) -> str:
        """For the form that is shown."""
        return make_stamp(self._path, now=timezone.now())

    @property
    def is_from_a_program(self) -> bool:
        """Of a valid form: it filled in what people don't see. Nothing happens then, and it learns nothing."""
        return bool(self.cleaned_data["website"])
