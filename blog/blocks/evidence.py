"""Blocks of evidence: what a treatment does, what it risks, what regulators say, where numbers come from."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.contrib.typed_table_block.blocks import TypedTableBlock

from blog.blocks.base import Group, RichText, StoryBlock
from blog.citations import ListedSource, Source
from blog.countries import country_name

COUNTRY_HELP = _("Two letters, such as US or GB.")
#: What an author chooses and a reader is told.
STATUS_WORDS = {
    "approved": _("Approved for this use"),
    "off_label": _("Off-label: approved, but for something else"),
    "not_approved": _("Not approved"),
    "investigational": _("Investigational: given in trials only"),
    "not_required": _("Needs no approval: neither a medicine nor a device"),
}


class RegulatoryStatusBlock(StoryBlock):
    status = blocks.ChoiceBlock(
        # An empty status can be saved and is what the editorial check asks about.
        required=False,
        choices=list(STATUS_WORDS.items()),
        label=_("Status"),
    )
    country = blocks.CharBlock(required=False, max_length=2, label=_("Country"), help_text=COUNTRY_HELP)
    as_of = blocks.DateBlock(required=False, label=_("As of"), help_text=_("When you looked it up."))
    text = RichText(label=_("What regulators say"))

    class Meta:
        icon = "clipboard-list"
        label = _("Regulatory status")
        group = Group.EVIDENCE
        description = _("Whether the treatment is approved for this use, where, and as of when.")
        template = "blog/blocks/regulatory_status.html"
        form_layout = blocks.BlockGroup(["status", "text"], settings=["country", "as_of"])
        preview_value = {
            "status": "off_label",
            "country": "US",
            "as_of": date(2026, 6, 1),
            "text": "<p>The agency approved it as an anesthetic, and for nothing else.</p>",
        }

    def get_context(self, value: Any, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        context = super().get_context(value, parent_context=parent_context)
        context["status"] = STATUS_WORDS.get(value.get("status") or "", "")
        context["country"] = country_name(value.get("country") or "")
        return context


class BenefitsBlock(StoryBlock):
    title = blocks.CharBlock(default=_("What it can do"), max_length=120, label=_("Title"))
    text = RichText(label=_("Text"), help_text=_("For whom, how much, for how long, and who found it."))

    class Meta:
        icon = "circle-plus"
        label = _("Benefits")
        group = Group.EVIDENCE
        description = _("What the treatment does for people, with its sources.")
        template = "blog/blocks/section.html"
        preview_value = {
            "title": _("What it can do"),
            "text": "<p>In one trial, 4 in 10 people felt clearly better after eight weeks [1].</p>",
        }


class RisksBlock(StoryBlock):
    title = blocks.CharBlock(default=_("Risks"), max_length=120, label=_("Title"))
    text = RichText(label=_("Text"), help_text=_("At least 80 words, and at least a quarter as long as the benefits."))

    class Meta:
        icon = "warning"
        label = _("Risks")
        group = Group.EVIDENCE
        description = _("What can go wrong, how often, and what nobody knows yet.")
        template = "blog/blocks/section.html"
        preview_value = {
            "title": _("Risks"),
            "text": "<p>Dizziness is common and passes. A fall is rare, and can be serious.</p>",
        }


class AlternativesBlock(StoryBlock):
    title = blocks.CharBlock(default=_("What else there is"), max_length=120, label=_("Title"))
    text = RichText(label=_("Text"), help_text=_("Other treatments by name, and what waiting would mean."))

    class Meta:
        icon = "redirect"
        label = _("Alternatives")
        group = Group.EVIDENCE
        description = _("What somebody could do instead.")
        template = "blog/blocks/section.html"
        preview_value = {
            "title": _("What else there is"),
            "text": "<p>Talking therapy, another medicine, or watchful waiting.</p>",
        }


class WhoShouldNotBlock(StoryBlock):
    title = blocks.CharBlock(default=_("Who should not have it"), max_length=120, label=_("Title"))
    text = RichText(label=_("Text"))

    class Meta:
        icon = "circle-xmark"
        label = _("Who should not")
        group = Group.EVIDENCE
        description = _("For whom the treatment is unsafe, or needs special care.")
        template = "blog/blocks/section.html"
        preview_value = {
            "title": _("Who should not have it"),
            "text": "<ul><li>Anybody with an aneurysm.</li><li>Anybody who is pregnant, or may be.</li></ul>",
        }


class StatBlock(StoryBlock):
    figure = blocks.CharBlock(max_length=40, label=_("Figure"), help_text=_("As people say it: 8 in 10."))
    text = RichText(
        label=_("What it counts"),
        help_text=_("Who, what and after how long, with a citation: it goes on from the figure."),
    )

    class Meta:
        icon = "decimal"
        label = _("Number")
        group = Group.EVIDENCE
        description = _("One number in large letters, with what it counts and its source.")
        template = "blog/blocks/stat.html"
        preview_value = {
            "figure": _("8 in 10"),
            "text": "<p>people were still well a year after the course [1].</p>",
        }


class TableBlock(StoryBlock):
    title = blocks.CharBlock(
        required=False, max_length=200, label=_("Title"), help_text=_("What the table shows. Stands above it.")
    )
    table = TypedTableBlock(
        [
            ("text", blocks.CharBlock(required=False, label=_("Text"))),
            ("number", blocks.DecimalBlock(required=False, label=_("Number"))),
            ("rich_text", RichText(required=False, label=_("Text with citations"))),
        ],
        required=False,
        label=_("Table"),
        help_text=_("The first column names the rows."),
    )
    note = RichText(required=False, label=_("Note"), help_text=_("Below the table: where the numbers come from."))

    class Meta:
        icon = "table"
        label = _("Table")
        group = Group.EVIDENCE
        description = _("Rows and columns to compare. On a phone it scrolls by itself.")
        template = "blog/blocks/table.html"
        preview_value = {
            "title": _("How often side effects occur"),
            "table": {
                "columns": [{"type": "text", "heading": "Effect"}, {"type": "text", "heading": "People in a hundred"}],
                "rows": [{"values": ["Dizziness", "20"]}, {"values": ["Nausea", "12"]}],
                "caption": "",
            },
            "note": "<p>After one dose [1].</p>",
        }


class ReferencesBlock(StoryBlock):
    """Where the story's numbered list of references (inline `Reference` rows) is shown."""

    title = blocks.CharBlock(default=_("References"), max_length=60, label=_("Title"))

    class Meta:
        icon = "list-ol"
        label = _("References")
        group = Group.EVIDENCE
        description = _("Where the numbered list of sources stands. Without this block it stands at the end.")
        template = "blog/blocks/references.html"
        preview_value = {"title": _("References")}

    def get_preview_context(self, value: Any, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        source = Source(
            text="Quist A. A trial of morning walks. Journal of Examples. 2024.", link="https://doi.org/10.0/x"
        )
        listed = [ListedSource(number=1, source=source, mentions=())]
        return {**(parent_context or {}), "reading": {"sources": listed}}
