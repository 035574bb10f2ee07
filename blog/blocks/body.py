"""The body of a story: its blocks in the order of the picker."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blog.blocks.around import RelatedStoriesBlock, SignatureBlock, SubscribeFormBlock
from blog.blocks.base import PREVIEW, Group, RichText
from blog.blocks.evidence import (
    AlternativesBlock,
    BenefitsBlock,
    ReferencesBlock,
    RegulatoryStatusBlock,
    RisksBlock,
    StatBlock,
    TableBlock,
    WhoShouldNotBlock,
)
from blog.blocks.media import EmbedBlock, FigureBlock
from blog.blocks.patients import CrisisHelpBlock, PatientStoryBlock
from blog.blocks.text import (
    CalloutBlock,
    FaqBlock,
    HeadingBlock,
    KeyPointsBlock,
    PullQuoteBlock,
    QuoteBlock,
)


class StoryBody(blocks.StreamBlock):
    text = RichText(
        label=_("Text"),
        icon="pilcrow",
        group=Group.TEXT,
        description=_("Paragraphs and lists. Most of a story is made of these."),
        template="blog/blocks/text.html",
        preview_template=PREVIEW,
        preview_value="<p>Most people feel <b>a little lighter</b> after some weeks [1]. Some don’t.</p>",
    )
    heading = HeadingBlock()
    key_points = KeyPointsBlock()
    callout = CalloutBlock()
    quote = QuoteBlock()
    pull_quote = PullQuoteBlock()
    faq = FaqBlock()
    benefits = BenefitsBlock()
    risks = RisksBlock()
    regulatory_status = RegulatoryStatusBlock()
    alternatives = AlternativesBlock()
    who_should_not = WhoShouldNotBlock()
    stat = StatBlock()
    table = TableBlock()
    references = ReferencesBlock()
    patient_story = PatientStoryBlock()
    crisis_help = CrisisHelpBlock()
    image = FigureBlock()
    embed = EmbedBlock()
    signature = SignatureBlock()
    subscribe_form = SubscribeFormBlock()
    related_stories = RelatedStoriesBlock()
