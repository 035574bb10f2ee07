"""Blocks about people: a patient's story and where help is."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.snippets.blocks import SnippetChooserBlock

from blog.blocks.base import Group, RichText, StoryBlock
from blog.consent import BASIS_WORDS, ConsentBasis


class PatientStoryBlock(StoryBlock):
    """The consent record is for editors only: no template, feed or mail shows it."""

    name = blocks.CharBlock(
        required=False, max_length=80, label=_("Name"), help_text=_("As readers see it. A changed name is fine.")
    )
    text = RichText(label=_("Story"))
    basis = blocks.ChoiceBlock(
        # Without a basis the story can be saved; the editorial check stops it before it is published.
        required=False,
        choices=ConsentBasis.choices,
        label=_("Basis of consent"),
        help_text=_("Readers are told this in words."),
    )
    consent = SnippetChooserBlock(
        "blog.PatientConsent",
        required=False,
        label=_("Record of the consent"),
        help_text=_("Private. Never shown to readers."),
    )
    public_note = blocks.TextBlock(
        required=False, label=_("Note for readers"), help_text=_("Such as: the name and the town were changed.")
    )
    typical_result = blocks.TextBlock(
        required=False, label=_("What usually happens"), help_text=_("So that nobody takes one story for a promise.")
    )

    class Meta:
        icon = "user"
        label = _("Patient’s story")
        group = Group.PATIENTS
        description = _("One person’s experience, with the basis of consent and what usually happens.")
        template = "blog/blocks/patient_story.html"
        form_layout = blocks.BlockGroup(
            [
                "name",
                "text",
                "typical_result",
                blocks.BlockGroup(["basis", "public_note", "consent"], heading=_("Consent"), icon="lock"),
            ]
        )
        preview_value = {
            "name": _("Maren"),
            "text": "<p>She began with five minutes at the window each morning.</p>",
            "basis": "composite",
            "public_note": _("Details were changed."),
            "typical_result": _("Most people notice a change only after some weeks."),
        }

    def get_context(self, value: Any, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        context = super().get_context(value, parent_context=parent_context)
        context["basis"] = BASIS_WORDS.get(value.get("basis") or "", "")
        return context


class CrisisHelpBlock(StoryBlock):
    """Crisis lines of the publication's country or of another one, from the `CrisisResource` snippets."""

    title = blocks.CharBlock(default=_("If you are in crisis"), max_length=80, label=_("Title"))
    text = blocks.TextBlock(required=False, label=_("Text"))
    country = blocks.CharBlock(
        required=False,
        max_length=2,
        label=_("Country"),
        help_text=_("Two letters, such as US or GB. Empty: the publication’s country."),
    )

    class Meta:
        icon = "warning"
        label = _("Crisis help")
        group = Group.PATIENTS
        description = _("Telephone lines that answer people in a crisis. Every story that touches suicide needs it.")
        template = "blog/blocks/crisis_help.html"
        form_layout = blocks.BlockGroup(["title", "text"], settings=["country"])
        preview_value = {"title": _("If you are in crisis"), "text": _("You don’t need to be sure to call.")}
