"""Blocks of running text: headings, boxes, quotations, questions."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blog.blocks.base import Group, RichText, StoryBlock


class HeadingBlock(StoryBlock):
    text = blocks.CharBlock(max_length=160, label=_("Heading"))
    level = blocks.ChoiceBlock(
        choices=[("2", _("Section")), ("3", _("Subsection"))],
        default="2",
        label=_("Level"),
        help_text=_("A subsection belongs to the section above it."),
    )

    class Meta:
        icon = "title"
        label = _("Heading")
        group = Group.TEXT
        description = _("Says what the next part is about. Sections stand in the contents list.")
        template = "blog/blocks/heading.html"
        preview_value = {"text": _("What the first weeks are like"), "level": "2"}


class KeyPointsBlock(StoryBlock):
    title = blocks.CharBlock(default=_("Key points"), max_length=80, label=_("Title"))
    text = RichText(label=_("Points"), help_text=_("Three to five short lines: what to remember."))

    class Meta:
        icon = "list-ul"
        label = _("Key points")
        group = Group.TEXT
        description = _("What a reader should take away, before the story begins.")
        template = "blog/blocks/key_points.html"
        preview_value = {
            "title": _("Key points"),
            "text": "<ul><li>It eases low mood for some people, within weeks.</li>"
            "<li>It asks for effort when effort is hardest.</li></ul>",
        }


class CalloutBlock(StoryBlock):
    tone = blocks.ChoiceBlock(
        choices=[("key", _("Key points")), ("note", _("Note")), ("caution", _("Caution"))],
        default="note",
        label=_("Tone"),
    )
    title = blocks.CharBlock(required=False, max_length=120, label=_("Title"))
    text = RichText(label=_("Text"))

    class Meta:
        icon = "info-circle"
        label = _("Callout")
        group = Group.TEXT
        description = _("A box beside the main thread: a note, or something to be careful about.")
        template = "blog/blocks/callout.html"
        preview_value = {
            "tone": "caution",
            "title": _("Before you start"),
            "text": "<p>Ask your doctor first if your heart is weak.</p>",
        }


class QuoteBlock(StoryBlock):
    text = blocks.TextBlock(label=_("Quotation"), help_text=_("The person's own words, without quotation marks."))
    source = blocks.CharBlock(required=False, max_length=160, label=_("Who said it"))

    class Meta:
        icon = "openquote"
        label = _("Quote")
        group = Group.TEXT
        description = _("What somebody else said or wrote.")
        template = "blog/blocks/quote.html"
        preview_value = {"text": _("I heard the birds again."), "source": _("A reader")}


class PullQuoteBlock(StoryBlock):
    text = blocks.TextBlock(label=_("Sentence"), help_text=_("One sentence of the story that is worth a second look."))
    source = blocks.CharBlock(required=False, max_length=160, label=_("Who says it"))

    class Meta:
        icon = "openquote"
        label = _("Pull quote")
        group = Group.TEXT
        description = _("A sentence of the story itself, in large letters.")
        template = "blog/blocks/pull_quote.html"
        preview_value = {"text": _("The step that works is the one you can take today."), "source": ""}


class QuestionBlock(blocks.StructBlock):
    question = blocks.CharBlock(max_length=200, label=_("Question"))
    answer = RichText(label=_("Answer"))

    class Meta:
        icon = "help"
        label = _("Question")


class FaqBlock(StoryBlock):
    title = blocks.CharBlock(default=_("Questions people ask"), max_length=120, label=_("Title"))
    items = blocks.ListBlock(QuestionBlock(), label=_("Questions"))

    class Meta:
        icon = "help"
        label = _("Questions and answers")
        group = Group.TEXT
        description = _("Questions that readers really ask, each with a short answer.")
        template = "blog/blocks/faq.html"
        preview_value = {
            "title": _("Questions people ask"),
            "items": [
                {
                    "question": "How long does a session take?",
                    "answer": "<p>About an hour, with the rest after it.</p>",
                },
                {"question": "May I drive home?", "answer": "<p>No. Let somebody else drive that day.</p>"},
            ],
        }
