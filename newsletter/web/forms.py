"""The forms that readers fill in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from blog.models import Topic
from newsletter.engine.addresses import AddressError, given_name, normalise
from newsletter.models import Frequency, LeavingCause, Subscription
from newsletter.web.zones import city, zones_by_region

if TYPE_CHECKING:
    from collections.abc import Mapping


class NameField(forms.CharField):
    """How a reader likes to be greeted: one line without markup or links (security cases 12 and 13)."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Your name"),
            required=False,
            max_length=100,
            strip=False,  # a line break at the end is refused, not mended
            help_text=_("Mails to you carry it beside your address."),
            widget=forms.TextInput(attrs={"autocomplete": "name"}),
            error_messages={"max_length": _("This name is too long: 100 characters at most.")},
        )

    def clean(self, value: Any) -> str:
        try:
            return given_name(super().clean(value))
        except AddressError as error:
            raise forms.ValidationError(gettext(error.problem.value)) from None


class AddressField(forms.CharField):
    """A mail address, cleaned to its one normal form (security case 14)."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Your email address"),
            strip=False,
            widget=forms.EmailInput(
                attrs={"autocomplete": "email", "spellcheck": "false", "autocapitalize": "none", "maxlength": "254"}
            ),
            error_messages={"required": _("Please enter an email address.")},
        )

    def clean(self, value: Any) -> str:
        try:
            return normalise(super().clean(value))
        except AddressError as error:
            raise forms.ValidationError(gettext(error.problem.value)) from None


class FrequencyField(forms.ChoiceField):
    def __init__(self) -> None:
        super().__init__(
            label=_("How often"),
            choices=Frequency.choices,
            initial=Frequency.EACH_STORY,
            required=False,
            widget=forms.RadioSelect,
            error_messages={"invalid_choice": _("Choose one of these.")},
        )

    def clean(self, value: Any) -> Frequency:
        return Frequency(super().clean(value) or Frequency.EACH_STORY)


class LeaveForm(forms.Form):
    """Why somebody leaves, if they want to say so."""

    cause = forms.ChoiceField(
        label=_("Would you tell us why?"),
        choices=LeavingCause.choices,
        required=False,
        widget=forms.RadioSelect,
        help_text=_("Only if you like. It helps us to do better."),
    )

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, auto_id="leave-%s")


class PreferencesForm(forms.Form):
    """What a reader may change with a link from a mail."""

    name = NameField()
    frequency = FrequencyField()
    topics = forms.ModelMultipleChoiceField(
        label=_("Topics"),
        queryset=Topic.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Tick what you want to read about. None ticked means all of them."),
        error_messages={"invalid_choice": _("Choose from these topics.")},
    )

    language = forms.ChoiceField(
        label=_("Language of our mails to you"),
        required=False,
        error_messages={"invalid_choice": _("Choose one of these languages.")},
    )
    time_zone = forms.ChoiceField(
        label=_("Your time zone"),
        required=False,
        error_messages={"invalid_choice": _("Choose a time zone from the list.")},
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, subscription: Subscription) -> None:
        subscriber, newsletter = subscription.subscriber, subscription.newsletter
        initial = {
            "name": subscriber.name,
            "frequency": subscription.frequency,
            "topics": [topic.pk for topic in subscription.topics.all()],
            "language": subscriber.language,
            "time_zone": subscriber.time_zone,
        }
        super().__init__(data, initial=initial, auto_id="preferences-%s")
        field = self.fields["topics"]
        assert isinstance(field, forms.ModelMultipleChoiceField)  # noqa: S101 - for the type checker
        field.queryset = Topic.objects.all()
        for name, is_kept_to in (("frequency", newsletter.can.narrows), ("topics", newsletter.can.fits_reader)):
            if not is_kept_to:
                del self.fields[name]
        if len(settings.LANGUAGES) > 1:
            self._choose("language", _languages(newsletter.language))
        else:
            del self.fields["language"]
        self._choose("time_zone", _zones(newsletter.time_zone, subscriber.time_zone))

    def _choose(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        field.choices = choices

    def clean_time_zone(self) -> str | None:
        """None leaves it as it is: a page from before a change of ours may post without it."""
        return self.cleaned_data["time_zone"] if "time_zone" in self.data else None

    def clean_language(self) -> str | None:
        return self.cleaned_data["language"] if "language" in self.data else None


def _languages(usual: str) -> list[Any]:
    names = dict(settings.LANGUAGES)
    as_newsletter = gettext("As the newsletter: %(language)s") % {"language": names.get(usual, usual)}
    return [("", as_newsletter), *settings.LANGUAGES]


def _zones(usual: str, chosen: str) -> list[Any]:
    """The newsletter's first, then by part of the world; one that is not in the list (an old name) stays choosable."""
    regions = zones_by_region()
    choices: list[Any] = [("", gettext("As the newsletter: %(zone)s") % {"zone": city(usual)}), *regions]
    if chosen and chosen not in {name for _region, zones in regions for name, _city in zones}:
        choices.append((chosen, chosen))
    return choices
