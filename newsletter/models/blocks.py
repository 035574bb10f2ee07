"""What an issue is composed of. Each block has an MJML and a plain-text template, for `newsletter.issues.render`."""

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.images.blocks import ImageBlock

from newsletter.models.story_chooser import StoryChooserBlock

#: How much of a story stands in the mail.
FULL, EXCERPT, HEADLINE = "full", "excerpt", "headline"
DISPLAYS = [
    (FULL, _("In full: readers need not leave the mail")),
    (EXCERPT, _("Excerpt: its standfirst or your words, and a button to read on")),
    (HEADLINE, _("Headline: title, author and a link")),
]
MAIL_TEXT_FEATURES = ["bold", "italic", "link", "ol", "ul", "h2", "h3"]


class StoryCardBlock(blocks.StructBlock):
    story = StoryChooserBlock(label=_("Story"))
    display = blocks.ChoiceBlock(
        choices=DISPLAYS,
        default=EXCERPT,
        label=_("How much of it"),
        help_text=_(
            "A mail over 100 kB is cut off by Gmail: a story that would make it longer stands there as an excerpt, and "
            "the check before sending tells you."
        ),
    )
    intro = blocks.TextBlock(
        required=False,
        max_length=600,
        label=_("Your words"),
        help_text=_("Empty: the story's standfirst; a headline goes without."),
    )
    show_image = blocks.BooleanBlock(required=False, default=True, label=_("Show its picture"))

    class Meta:
        icon = "doc-full"
        label = _("Story")
        description = _("A published story: in full, as an excerpt with a button to read on, or as a headline.")


class ButtonBlock(blocks.StructBlock):
    text = blocks.CharBlock(max_length=60, label=_("Text"))
    url = blocks.URLBlock(label=_("Address"))

    class Meta:
        icon = "link"
        label = _("Button")
        description = _("One link that stands out.")


class PictureBlock(blocks.StructBlock):
    image = ImageBlock(label=_("Image"))
    caption = blocks.CharBlock(required=False, max_length=200, label=_("Caption"))

    class Meta:
        icon = "image"
        label = _("Image")
        description = _("A picture as wide as the mail. Say what it shows: many readers don't load pictures.")


class IssueBody(blocks.StreamBlock):
    story = StoryCardBlock()
    text = blocks.RichTextBlock(features=MAIL_TEXT_FEATURES, label=_("Text"), icon="pilcrow")
    image = PictureBlock()
    button = ButtonBlock()
    divider = blocks.StaticBlock(label=_("Divider"), icon="minus", admin_text=_("A thin line."))


class NewStoriesBlock(blocks.StructBlock):
    """In a template only: where the stories that are new at the time are put."""

    display = blocks.ChoiceBlock(choices=DISPLAYS, default=EXCERPT, label=_("How much of each"))

    class Meta:
        icon = "doc-full"
        label = _("New stories")
        description = _("Where the stories stand that are new when an issue is composed.")


class TemplateBody(IssueBody):
    """An issue's blocks, and the place for what is new."""

    new_stories = NewStoriesBlock()
