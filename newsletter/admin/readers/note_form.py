"""The form for a note about a reader."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class NoteForm(forms.Form):
    text = forms.CharField(
        max_length=2000,
        label=_("New note"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The reader may ask to read it. Write nothing about anybody's health."),
    )
