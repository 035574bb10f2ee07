"""Which readers: the filters of the list, which the actions on all that match go by, too."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets import AdminDateInput

from newsletter.admin.readers.search import ForgottenSearchError, matching, recall
from newsletter.admin.readers.words import STATES
from newsletter.audience.segment_names import look_up, told
from newsletter.audience.segments import members
from newsletter.engine.segment_rules import SegmentRulesError, parse
from newsletter.models import (
    Frequency,
    Newsletter,
    Segment,
    Subscriber,
    SubscriberTag,
    SubscriberTagging,
    Subscription,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.contrib.sessions.backends.base import SessionBase
    from django.db.models import QuerySet
    from django.utils.functional import Promise

ANY = [("", _("Any"))]
#: The filters that one and the same subscription has to meet.
OF_A_SUBSCRIPTION = ("newsletter", "state", "frequency")


class ReaderFilters(forms.Form):
    """All of them optional. Unbound data such as a page number is ignored."""

    search = forms.CharField(required=False, max_length=16, widget=forms.HiddenInput)
    newsletter = forms.ModelChoiceField(
        Newsletter.objects.all(), required=False, empty_label=_("Any"), label=_("Newsletter")
    )
    state = forms.ChoiceField(choices=[*ANY, *STATES.items()], required=False, label=_("State"))
    frequency = forms.ChoiceField(choices=[*ANY, *Frequency.choices], required=False, label=_("How often"))
    tag = forms.ModelChoiceField(SubscriberTag.objects.all(), required=False, empty_label=_("Any"), label=_("Tag"))
    segment = forms.ModelChoiceField(Segment.objects.all(), required=False, empty_label=_("Any"), label=_("Segment"))
    language = forms.ChoiceField(
        choices=[*ANY, *settings.LANGUAGES], required=False, label=_("Language"), help_text=_("As the reader chose it.")
    )
    joined_from = forms.DateField(required=False, widget=AdminDateInput, label=_("Joined from"))
    joined_to = forms.DateField(required=False, widget=AdminDateInput, label=_("Joined until"))

    def __init__(self, data: Mapping[str, Any], *, session: SessionBase, now: datetime) -> None:
        super().__init__(data)
        self.session = session
        self.now = now
        if len(settings.LANGUAGES) < 2:
            del self.fields["language"]

    def clean_search(self) -> str:
        """The words that were searched for, from the session."""
        key = self.cleaned_data["search"]
        if not key:
            return ""
        try:
            return recall(self.session, key)
        except ForgottenSearchError:
            raise forms.ValidationError(_("This search is over. Please search again.")) from None

    def clean_segment(self) -> Segment | None:
        """One whose rules name what is gone finds nobody, and the page says why."""
        segment: Segment | None = self.cleaned_data["segment"]
        if segment:
            try:
                look_up(parse(segment.rules))
            except SegmentRulesError as error:
                raise forms.ValidationError(told(error)) from None
        return segment

    def clean(self) -> dict[str, Any]:
        chosen = self.cleaned_data
        begin, end = chosen.get("joined_from"), chosen.get("joined_to")
        if begin and end and begin > end:
            self.add_error("joined_to", _("This day is before the first one. Please swap the two."))
        return chosen

    def readers(self) -> QuerySet[Subscriber]:
        """Those who meet all of the filters; nobody while a filter is wrong."""
        if not self.is_valid():
            return Subscriber.objects.none()
        chosen = self.cleaned_data
        found = Subscriber.objects.all()
        if chosen["segment"]:
            found = members(chosen["segment"].rules, now=self.now)
        if wanted := {name: chosen[name] for name in OF_A_SUBSCRIPTION if chosen[name]}:
            # A list that is made once: asking for each reader in turn takes seconds where few or none match.
            found = found.filter(pk__in=Subscription.objects.filter(**wanted).values("subscriber"))
        if chosen["tag"]:
            found = found.filter(pk__in=SubscriberTagging.objects.filter(tag=chosen["tag"]).values("subscriber"))
        if chosen.get("language"):
            found = found.filter(language=chosen["language"])
        if chosen["joined_from"]:
            found = found.filter(created_at__gte=_midnight(chosen["joined_from"]))
        if chosen["joined_to"]:
            found = found.filter(created_at__lt=_midnight(chosen["joined_to"] + timedelta(days=1)))
        return matching(found, chosen["search"]) if chosen["search"] else found

    def in_force(self) -> dict[str, str]:
        """The parameters that were given, as the page's address holds them."""
        given = {name: str(self.data.get(name, "")).strip() for name in self.fields}
        return {name: value for name, value in given.items() if value}

    def described(self) -> list[tuple[str | Promise, str, str]]:
        """(label, value, query without it) of each filter in force."""
        if not self.is_valid():
            return []
        given = self.in_force()
        return [
            (
                _("Search") if name == "search" else self.fields[name].label or name,
                self._shown(name),
                urlencode({other: value for other, value in given.items() if other != name}),
            )
            for name in given
        ]

    def _shown(self, name: str) -> str:
        value, field = self.cleaned_data[name], self.fields[name]
        if isinstance(field, forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField):
            return str(dict(field.choices)[value])  # type: ignore[arg-type]
        return date_format(value) if isinstance(value, date) else str(value)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
