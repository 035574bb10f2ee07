"""The forms that anybody may post without an account: signing up, and asking for the mail once more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils import translation
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from blog.models import Topic
from core.open_forms import OpenForm
from newsletter.audience.wording import version_for, words_of
from newsletter.models import Frequency, Newsletter
from newsletter.web.forms import AddressField, FrequencyField, NameField

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    TopicChoice = forms.ModelMultipleChoiceField[Topic]
else:
    TopicChoice = forms.ModelMultipleChoiceField

#: More than any publication has; a longer list is no reader's.
MOST_TOPICS = 200


class NewsletterField(forms.ChoiceField):
    """One of the newsletters that the page has read already: choosing costs no query."""

    newsletters: Sequence[Newsletter] = ()

    def __init__(self) -> None:
        super().__init__(
            label=_("Which newsletter"),
            widget=forms.RadioSelect,
            error_messages={"required": _("Choose the newsletter you want.")},
        )

    def offer(self, newsletters: Sequence[Newsletter]) -> None:
        self.newsletters = newsletters
        self.choices = [
            (
                newsletter.slug,
                f"{newsletter.name}: {newsletter.description}" if newsletter.description else newsletter.name,
            )
            for newsletter in newsletters
        ]

    def clean(self, value: Any) -> Newsletter:
        slug = super().clean(value)
        return next(newsletter for newsletter in self.newsletters if newsletter.slug == slug)


class TopicsField(TopicChoice):
    """What somebody wants to read about.

    A topic that is not there (any more) is left out: a form on another site may be years old, and is no reason to
    refuse its reader.
    """

    def __init__(self) -> None:
        super().__init__(
            queryset=Topic.objects.all(),
            label=_("Topics"),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            help_text=_("Tick what you want to read about. None ticked means all of them."),
        )

    def clean(self, value: Any) -> list[Topic]:  # type: ignore[override]
        ids = {int(number) for number in _numbers(value or [])}
        return list(Topic.objects.filter(pk__in=ids)) if ids else []


def _numbers(values: Iterable[Any]) -> list[str]:
    texts = [str(value) for value in values][:MOST_TOPICS]
    return [text for text in texts if text.isascii() and text.isdecimal() and len(text) < 10]


class LanguageField(forms.ChoiceField):
    """In which language the reader wants our mails; an unknown one is the newsletter's."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Language of our mails to you"),
            required=False,
            initial=translation.get_language,
            choices=_languages,
        )

    def validate(self, value: Any) -> None:
        """Whatever it is, `clean` makes something of it."""

    def clean(self, value: Any) -> str:
        language: str = super().clean(value)
        return language if language in dict(settings.LANGUAGES) else ""


def _languages() -> list[tuple[str, Any]]:
    return list(settings.LANGUAGES)


class SubscribeForm(OpenForm):
    """Asks for an address, and for what the publication leaves to its readers' choice.

    Looking at an address that was typed costs no query: see `newsletter.audience.sign_ups`.
    """

    newsletter = NewsletterField()
    email = AddressField()
    name = NameField()
    frequency = FrequencyField()
    topics = TopicsField()
    language = LanguageField()

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        newsletters: Sequence[Newsletter],
        place: str,
        path: str,
        chosen: Mapping[str, Any] | None = None,
    ) -> None:
        """`place` tells apart two forms on one page; `path` is the page the form stands on; `chosen` is filled in."""
        super().__init__(data, path=path, auto_id=f"subscribe-{place}-%s", initial=dict(chosen or {}))
        field = self.fields["newsletter"]
        assert isinstance(field, NewsletterField)  # noqa: S101 - for the type checker
        field.offer(newsletters)
        self.wording = version_for(*newsletters)
        if len(newsletters) == 1:
            field.widget = forms.HiddenInput()
            self.initial["newsletter"] = newsletters[0].slug
        self._may_ask_topics = any(asks_topics(newsletter) for newsletter in newsletters)
        #: A service that mails everybody alike keeps to no frequency, so it isn't asked for.
        self.asks_frequency = any(newsletter.can.narrows for newsletter in newsletters)
        if len(settings.LANGUAGES) < 2:
            del self.fields["language"]

    @property
    def consent_text(self) -> str:
        return words_of(self.wording)

    @cached_property
    def asks_topics(self) -> bool:
        """Whether there is anything to choose from; read where the form is shown, which then shows what was read."""
        return self._may_ask_topics and bool(self["topics"].subwidgets)

    def go_along_hidden(self) -> None:
        """All that was filled in is shown as text, and stands in hidden inputs: these have no hints to refer to."""
        for shown in self:
            shown.help_text = ""

    @property
    def chosen_language(self) -> Any:
        """Its name, of a valid form; empty where the newsletter's own will do, or nobody was asked."""
        return dict(settings.LANGUAGES).get(self.cleaned_data.get("language", ""), "")

    def clean_topics(self) -> list[Topic]:
        """None where the chosen newsletter doesn't ask: whoever posts some all the same gets all stories."""
        newsletter = self.cleaned_data.get("newsletter")
        return self.cleaned_data["topics"] if newsletter and asks_topics(newsletter) else []

    def clean_frequency(self) -> Frequency:
        """What every reader gets where the chosen newsletter keeps to no frequency."""
        newsletter = self.cleaned_data.get("newsletter")
        if newsletter and not newsletter.can.narrows:
            return Frequency.EACH_STORY
        return Frequency(self.cleaned_data["frequency"])


def asks_topics(newsletter: Newsletter) -> bool:
    """Whether it wants to know, and its backend can keep to it."""
    return newsletter.asks_topics and newsletter.can.fits_reader


class AgainForm(OpenForm):
    """Nothing arrived: the address once more, since nothing of the first time is kept in the browser."""

    email = AddressField()

    def __init__(self, data: Mapping[str, Any] | None = None, *, path: str) -> None:
        super().__init__(data, path=path, auto_id="again-%s")
