"""The forms that readers fill in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsletter.audience.wording import CONSENT_TEXT
from newsletter.models import Frequency, Newsletter
from newsletter.web.stamp import make_stamp

if TYPE_CHECKING:
    from collections.abc import Sequence


class NewsletterField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name}: {obj.description}" if obj.description else obj.name


class SubscribeForm(forms.Form):
    """Asks for an address, and with several newsletters for the one that is meant."""

    email = forms.CharField(
        label=_("Your email address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false", "autocapitalize": "none"}),
        error_messages={
            "required": _("Write your email address, such as name@example.com."),
            "max_length": _("This address is too long to be one. Please check it."),
        },
    )
    name = forms.CharField(
        label=_("Your name"),
        required=False,
        max_length=100,
        help_text=_("If you like us to greet you by it."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"max_length": _("At most 100 characters, please.")},
    )
    newsletter = NewsletterField(
        label=_("Which newsletter"),
        queryset=Newsletter.objects.none(),
        to_field_name="slug",
        empty_label=None,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the newsletter you want.")},
    )
    frequency = forms.ChoiceField(
        label=_("How often"),
        choices=Frequency.choices,
        initial=Frequency.EACH_STORY,
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("Choose one of these.")},
    )
    #: People don't see this one; programs that fill in every field do (security case 18).
    website = forms.CharField(
        label=_("Leave this empty"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )
    stamp = forms.CharField(required=False, widget=forms.HiddenInput)
    consent_text = CONSENT_TEXT

    def __init__(self, *args: Any, newsletters: Sequence[Newsletter], place: str, path: str, **kwargs: Any) -> None:
        """`place` tells apart two forms on one page; `path` is the page the form stands on."""
        super().__init__(*args, auto_id=f"subscribe-{place}-%s", **kwargs)
        field = self.fields["newsletter"]
        assert isinstance(field, NewsletterField)  # noqa: S101 - for the type checker
        field.queryset = Newsletter.objects.visible()
        if len(newsletters) == 1:
            field.widget = forms.HiddenInput()
            field.initial = newsletters[0].slug
        self.fresh_stamp = make_stamp(path, now=timezone.now())

    def clean_frequency(self) -> str:
        return self.cleaned_data["frequency"] or Frequency.EACH_STORY
