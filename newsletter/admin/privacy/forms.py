"""The forms of the privacy page: days, and what is known of a processor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from newsletter.audience.retention import KINDS
from newsletter.models import ProcessorDetail, RetentionSettings

if TYPE_CHECKING:
    RetentionBase = forms.ModelForm[RetentionSettings]
    DetailBase = forms.ModelForm[ProcessorDetail]
else:
    RetentionBase = DetailBase = forms.ModelForm


class RetentionForm(RetentionBase):
    class Meta:
        model = RetentionSettings
        fields = [kind.setting for kind in KINDS if kind.setting]
        error_messages = {
            name: {
                "invalid": _("Write the number of days in digits."),
                "required": _("Write the number of days: nothing is kept for ever."),
            }
            for name in fields
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = "newsletter-days"
            field.widget.attrs["inputmode"] = "numeric"


class DetailForm(DetailBase):
    url = forms.URLField(label=_("Its privacy page"), required=False, assume_scheme="https")

    class Meta:
        model = ProcessorDetail
        fields = ["name", "country", "agreement_on", "url"]
        widgets = {"agreement_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}
