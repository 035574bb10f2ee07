"""The form of "New issue from new stories": what it starts from, which stories it takes, in what order, how long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletter.issues.queries import unsent_stories
from newsletter.models import Issue, IssueTemplate, Newsletter
from newsletter.models.blocks import EXCERPT, FULL, HEADLINE

if TYPE_CHECKING:
    from django.forms.boundfield import BoundField

    from blog.models import StoryPage

#: Earlier issues that one can start from, the latest first.
EARLIER = 20
TEMPLATE, ISSUE = "template", "issue"
LENGTHS = [
    #: What it starts from says it; without that an excerpt.
    ("", gettext_lazy("As usual")),
    (FULL, gettext_lazy("In full")),
    (EXCERPT, gettext_lazy("Excerpt")),
    (HEADLINE, gettext_lazy("Headline")),
]


class NewsletterForm(forms.Form):
    """Which of the newsletters on the page was meant."""

    newsletter = forms.ModelChoiceField(label=gettext_lazy("Newsletter"), queryset=Newsletter.objects.all())


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryRow:
    """One new story with its fields."""

    story: StoryPage
    take: BoundField
    place: BoundField
    display: BoundField


class ComposeForm(forms.Form):
    """The choices of one newsletter.

    Posted without its field `choosing`, as by the button on the first page, it takes all that is new, as excerpts.
    """

    choosing = forms.BooleanField(required=False, initial=True, widget=forms.HiddenInput)
    start = forms.ChoiceField(label=gettext_lazy("Start from"), required=False)

    def __init__(self, data: Any = None, *, newsletter: Newsletter) -> None:
        super().__init__(data, auto_id=f"id_{newsletter.pk}_%s")
        self.newsletter = newsletter
        self.stories: list[StoryPage] = list(unsent_stories(newsletter).select_related("author"))
        start = self.fields["start"]
        assert isinstance(start, forms.ChoiceField)  # noqa: S101 - declared above
        start.choices = starts_for(newsletter)
        for place, story in enumerate(self.stories, start=1):
            named = {"title": story.title}
            self.fields[f"story-{story.pk}"] = forms.BooleanField(label=story.title, required=False, initial=True)
            self.fields[f"place-{story.pk}"] = forms.IntegerField(
                label=_("Place of “%(title)s”") % named, required=False, min_value=1, max_value=999, initial=place
            )
            self.fields[f"display-{story.pk}"] = forms.ChoiceField(
                label=_("How much of “%(title)s”") % named, required=False, choices=LENGTHS
            )

    @property
    def rows(self) -> list[StoryRow]:
        return [
            StoryRow(
                story=story,
                take=self[f"story-{story.pk}"],
                place=self[f"place-{story.pk}"],
                display=self[f"display-{story.pk}"],
            )
            for story in self.stories
        ]

    @property
    def has_starts(self) -> bool:
        """Whether there is anything to start from."""
        return len(starts_for(self.newsletter)) > 1

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("choosing"):
            offered = {f"story-{story.pk}" for story in self.stories}
            if any(name.startswith("story-") and name not in offered for name in self.data):
                raise forms.ValidationError(
                    _("One of these stories was sent or withdrawn meanwhile. Look at the list again, then go on.")
                )
            if not self.chosen and not cleaned.get("start"):
                raise forms.ValidationError(_("Take at least one story, or choose what to start from."))
        return cleaned

    @cached_property
    def chosen(self) -> list[int] | None:
        """Ids of the stories in their order; None for all, as they come."""
        if not self.cleaned_data.get("choosing"):
            return None
        taken = [story.pk for story in self.stories if self.cleaned_data.get(f"story-{story.pk}")]
        return sorted(taken, key=lambda pk: self.cleaned_data.get(f"place-{pk}") or len(self.stories))

    @property
    def displays(self) -> dict[int, str]:
        """How much of those stories of which it was said."""
        said = {story.pk: self.cleaned_data.get(f"display-{story.pk}") for story in self.stories}
        return {pk: display for pk, display in said.items() if display}

    @property
    def starting_point(self) -> IssueTemplate | Issue | None:
        kind, _colon, pk = self.cleaned_data.get("start", "").partition(":")
        if kind == TEMPLATE:
            return IssueTemplate.objects.get(pk=pk)
        if kind == ISSUE:
            latest: Issue = Issue.objects.get(pk=pk).get_latest_revision_as_object()
            return latest
        return None


def starts_for(newsletter: Newsletter) -> list[tuple[str, Any]]:
    """The choices of "Start from", in groups: its own templates and those of all, and its latest issues."""
    templates = IssueTemplate.objects.filter(Q(newsletter=newsletter) | Q(newsletter=None)).values_list("pk", "name")
    issues = Issue.objects.filter(newsletter=newsletter).values_list("pk", "subject")[:EARLIER]
    groups: list[tuple[str, Any]] = [
        (_("A template"), [(f"{TEMPLATE}:{pk}", name) for pk, name in templates]),
        (_("An earlier issue, with the new stories in it"), [(f"{ISSUE}:{pk}", subject) for pk, subject in issues]),
    ]
    return [("", _("Nothing: only the stories")), *((name, choices) for name, choices in groups if choices)]
