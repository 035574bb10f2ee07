"""The second step of an import: which column of the file is what, with some of its values to look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView

from core.refusals import Guarded
from newsletter.admin.trail import Trail
from newsletter.admin.transfer.upload import IMPORT
from newsletter.admin.transfer.words import FIELDS
from newsletter.audience.importing.errors import MappingError, WrongStateError
from newsletter.audience.importing.fields import ATTRIBUTE, SEVERAL, Field
from newsletter.audience.importing.job import Preview, preview, set_mapping
from newsletter.engine.sensitive import is_about_health
from newsletter.models import ImportState, SubscriberAttribute, SubscriberImport, SubscriberTag

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.utils.functional import Promise

#: States in which the columns can be named, or named anew.
CHANGEABLE = frozenset({ImportState.UPLOADED, ImportState.STAGED})
#: Values of a column that are shown, and of each no more than these characters.
SAMPLES, LONGEST = 3, 40
#: Tags for everybody in a file; more would be a mistake.
MOST_TAGS = 10
LONGEST_TAG = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class FileColumn:
    """A column of the file as the page shows it. `why` says why it is proposed to be left out."""

    samples: tuple[str, ...]
    field: forms.BoundField
    why: str


class ColumnsForm(forms.Form):
    """One select a column, named `column-<index>`, and tags for everybody."""

    tags = forms.CharField(
        label=gettext_lazy("Tags for everybody in this file"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("With commas between them; new ones are made. Never anything about health."),
        widget=forms.TextInput(attrs={"list": "known-tags", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, seen: Preview, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seen = seen
        choices = list(field_choices())
        for index in self.importable():
            self.fields[f"column-{index}"] = forms.ChoiceField(
                label=seen.header[index],
                help_text="; ".join(samples(seen.rows, index)) or _("nothing in the first rows"),
                choices=choices,
                initial=seen.mapping.get(str(index), Field.IGNORE),
                error_messages={"invalid_choice": _("Choose one of the fields in the list.")},
            )

    def importable(self) -> list[int]:
        return [index for index, name in enumerate(self.seen.header) if not is_about_health(name)]

    def columns(self) -> list[FileColumn]:
        return [
            FileColumn(
                samples=samples(self.seen.rows, index),
                field=self[f"column-{index}"],
                why=self.seen.left_out.get(self.seen.header[index], ""),
            )
            for index in self.importable()
        ]

    def never(self) -> list[str]:
        """Names of the columns that can't be imported."""
        return [name for name in self.seen.header if is_about_health(name)]

    def mapping(self) -> dict[str, str]:
        """Column -> field, of a valid form; what is left out isn't in it."""
        chosen = {str(index): self.cleaned_data[f"column-{index}"] for index in self.importable()}
        return {index: field for index, field in chosen.items() if field != Field.IGNORE}

    def clean_tags(self) -> list[str]:
        words = (" ".join(tag.split()) for tag in self.cleaned_data["tags"].split(","))
        tags = list(dict.fromkeys(filter(None, words)))
        if len(tags) > MOST_TAGS:
            text = _("More than %(most)s tags for everybody don't tell anybody apart. Choose fewer.")
            raise forms.ValidationError(text % {"most": MOST_TAGS})
        for tag in tags:
            if is_about_health(tag):
                text = _("“%(tag)s” says something about people's health. Choose another word, or leave it out.")
                raise forms.ValidationError(text % {"tag": tag})
            if len(tag) > LONGEST_TAG:
                text = _("“%(tag)s…” is too long for a tag: %(longest)s characters at most.")
                raise forms.ValidationError(text % {"tag": tag[:30], "longest": LONGEST_TAG})
        return tags

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        taken: dict[str, int] = {}
        for index in self.importable():
            field = data.get(f"column-{index}", Field.IGNORE)
            if field == Field.IGNORE:
                continue
            if field in taken and field not in SEVERAL:
                self.add_error(f"column-{index}", self.twice(field, taken[field]))
            taken.setdefault(field, index)
        if Field.EMAIL not in taken:
            text = _("No column holds the addresses yet. Choose “Address” beside the column that does.")
            self.add_error(None, text)
        return data

    def twice(self, field: str, first: int) -> str:
        text = _("The column “%(column)s” is “%(field)s” already. Leave one of the two out.")
        return text % {"column": self.seen.header[first], "field": words_of(field)}


def samples(rows: Any, index: int) -> tuple[str, ...]:
    """The first values of a column that differ and say something."""
    values = dict.fromkeys(row[index].strip() for row in rows if index < len(row))
    values.pop("", None)
    return tuple(value if len(value) <= LONGEST else f"{value[:LONGEST]}…" for value in list(values)[:SAMPLES])


def field_choices() -> Iterator[tuple[str | Promise, Any]]:
    yield Field.IGNORE, _("Leave it out")
    for group, fields in FIELDS.items():
        yield group, list(fields.items())
    attributes = SubscriberAttribute.objects.order_by("label").values_list("key", "label")
    if own := [(f"{ATTRIBUTE}{key}", label) for key, label in attributes]:
        yield _("Attributes"), own


def words_of(field: str) -> str:
    for _group, fields in field_choices():
        if isinstance(fields, list):
            for name, label in fields:
                if name == field:
                    return str(label)
    return field


class ColumnsView(Guarded, Trail, FormView):  # type: ignore[type-arg]
    http_method_names = ["get", "post"]
    permissions_required = IMPORT
    form_class = ColumnsForm
    template_name = "newsletter/admin/transfer/columns.html"
    page_title = gettext_lazy("Name the columns")
    header_icon = "upload"
    request: HttpRequest

    @cached_property
    def job(self) -> SubscriberImport:
        return get_object_or_404(SubscriberImport.objects.select_related("newsletter"), pk=self.kwargs["pk"])

    @cached_property
    def seen(self) -> Preview:
        return preview(self.job)

    def above(self) -> list[tuple[str, str]]:
        return [(reverse("newsletter_imports:index"), _("Imports"))]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.moved_on() or super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.moved_on() or super().post(request, *args, **kwargs)

    def moved_on(self) -> HttpResponse | None:
        """Another window, or somebody else, was faster."""
        if self.job.state in CHANGEABLE:
            return None
        return redirect("newsletter_imports:show", self.job.pk)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "seen": self.seen, "initial": {"tags": ", ".join(self.job.tags)}}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {
            **context,
            "step": 2,
            "job": self.job,
            "columns": context["form"].columns(),
            "never": context["form"].never(),
            "origin": self.seen.origin_label,
            "notes": self.seen.notes,
            "known_tags": SubscriberTag.objects.values_list("name", flat=True)[:100],
        }

    def form_valid(self, form: ColumnsForm) -> HttpResponse:
        try:
            set_mapping(self.job, form.mapping(), basis=self.job.basis, tags=form.cleaned_data["tags"])
        except MappingError as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        except WrongStateError:
            pass  # another window was faster; the page of the import says where it is
        return redirect("newsletter_imports:show", self.job.pk)
