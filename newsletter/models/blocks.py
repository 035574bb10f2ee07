"""What an issue is composed of. Each block has an MJML and a plain-text template, for `newsletter.issues.render`."""

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.images.blocks import ImageBlock

from newsletter.models.story_chooser import StoryChooserBlock

MAIL_TEXT_FEATURES = ["bold", "italic", "link", "ol", "ul", "h2", "h3"]


class StoryCardBlock(blocks.StructBlock):
    story = StoryChooserBlock(label=_("story"))
    intro = blocks.TextBlock(
        required=False, max_length=600, label=_("your words"), help_text=_("Empty: the story's standfirst.")
    )
    show_image = blocks.BooleanBlock(required=False, default=True, label=_("show its picture"))

    class Meta:
        icon = "doc-full"
        label = _("Story")


class ButtonBlock(blocks.StructBlock):
    text = blocks.CharBlock(max_length=60, label=_("text"))
    url = blocks.URLBlock(label=_("address"))

    class Meta:
        icon = "link"
        label = _("Button")


class PictureBlock(blocks.StructBlock):
    image = ImageBlock(label=_("image"))
    caption = blocks.CharBlock(required=False, max_length=200, label=_("caption"))

    class Meta:
        icon = "image"
        label = _("Image")


class IssueBody(blocks.StreamBlock):
    story = StoryCardBlock()
    text = blocks.RichTextBlock(features=MAIL_TEXT_FEATURES, label=_("Text"), icon="pilcrow")
    image = PictureBlock()
    button = ButtonBlock()
    divider = blocks.StaticBlock(label=_("Divider"), icon="horizontalrule", admin_text=_("A thin line."))
