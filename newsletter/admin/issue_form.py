"""The composer's form: its panels, and what it asks for before an issue can be approved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.forms.models import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, ObjectList

from newsletter.admin.mailed_by import EverybodyPanel, WhoGetsItPanel

if TYPE_CHECKING:
    from django.utils.functional import Promise

SUBJECT_SHOWN = 60
PREVIEW_SHOWN = (40, 110)


class IssueForm(WagtailAdminModelForm):
    """A draft may be empty; an approved issue may not."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """What the newsletter's backend can't do is not offered, unless it was chosen before: then it can be emptied,
        and the check before sending says so.
        """
        super().__init__(*args, **kwargs)
        if self.instance.newsletter_id is None:
            return
        can = self.instance.newsletter.can
        for name, is_offered in (
            ("segment", can.narrows),
            ("frequency", can.narrows),
            ("fits_reader", can.fits_reader),
        ):
            posted = self.data.get(self.add_prefix(name))
            if name in self.fields and not (is_offered or posted or getattr(self.instance, name)):
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        if not self.is_deferred_validation and "body" in cleaned and not cleaned["body"]:
            self.add_error(
                "body", _("This issue is empty: add a story or some text. “New issue from new stories” adds them all.")
            )
        return cleaned


def counted(minimum: int, maximum: int) -> dict[str, str | Promise]:
    """Attributes that make `newsletter/admin.js` count the characters below the field."""
    between = gettext_lazy("{count} characters; {min}–{max} show well")
    up_to = gettext_lazy("{count} characters; up to {max} show well")
    return {
        "data-controller": "newsletter-length",
        "data-action": "input->newsletter-length#count",
        "data-newsletter-length-min-value": str(minimum),
        "data-newsletter-length-max-value": str(maximum),
        "data-newsletter-length-words-value": between if minimum > 1 else up_to,
    }


class LineInput(forms.TextInput):
    """One line of a mail's header: line breaks and tabs that were pasted become spaces."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str | None:
        value = super().value_from_datadict(data, files, name)
        return " ".join(value.split()) if isinstance(value, str) else value


def issue_panels() -> ObjectList:
    return ObjectList(
        [
            FieldPanel(
                "newsletter",
                heading=gettext_lazy("Newsletter"),
                help_text=gettext_lazy("Who gets it, and which stories count as not yet sent."),
                widget=forms.Select,
            ),
            FieldPanel(
                "subject",
                widget=LineInput(attrs=counted(1, SUBJECT_SHOWN)),
                help_text=gettext_lazy("Phones show about the first 40 characters."),
            ),
            FieldPanel("preview_text", widget=LineInput(attrs=counted(*PREVIEW_SHOWN))),
            FieldPanel("body"),
            WhoGetsItPanel(
                [
                    EverybodyPanel(),
                    FieldPanel("frequency"),
                    FieldPanel("segment", widget=forms.Select),
                    FieldPanel("fits_reader"),
                    FieldPanel("unlisted"),
                ],
                heading=gettext_lazy("Who gets it"),
                classname="collapsed",
            ),
        ],
        base_form_class=IssueForm,
    )
