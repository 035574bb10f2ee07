"""What a story's body is made of. Each block names its web template; the mail twins are the newsletter's."""

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.images.blocks import ImageBlock

STORY_TEXT_FEATURES = ["bold", "italic", "link", "ol", "ul"]


class HeadingBlock(blocks.StructBlock):
    text = blocks.CharBlock(max_length=160, label=_("heading"))
    level = blocks.ChoiceBlock(choices=[("2", _("Section")), ("3", _("Subsection"))], default="2", label=_("level"))

    class Meta:
        icon = "title"
        label = _("Heading")
        template = "blog/blocks/heading.html"


class FigureBlock(blocks.StructBlock):
    image = ImageBlock(label=_("image"))
    caption = blocks.CharBlock(required=False, max_length=300, label=_("caption"))
    credit = blocks.CharBlock(required=False, max_length=120, label=_("credit"))

    class Meta:
        icon = "image"
        label = _("Image")
        template = "blog/blocks/figure.html"


class QuoteBlock(blocks.StructBlock):
    text = blocks.TextBlock(label=_("quotation"))
    source = blocks.CharBlock(required=False, max_length=160, label=_("who said it"))

    class Meta:
        icon = "openquote"
        label = _("Quote")
        template = "blog/blocks/quote.html"


class CalloutBlock(blocks.StructBlock):
    tone = blocks.ChoiceBlock(
        choices=[("key", _("Key points")), ("note", _("Note")), ("caution", _("Caution"))],
        default="note",
        label=_("tone"),
    )
    title = blocks.CharBlock(required=False, max_length=120, label=_("title"))
    text = blocks.RichTextBlock(features=STORY_TEXT_FEATURES, label=_("text"))

    class Meta:
        icon = "info-circle"
        label = _("Callout")
        template = "blog/blocks/callout.html"


class ReferencesBlock(blocks.StructBlock):
    """Where the story's numbered list of references (inline `Reference` rows) is shown."""

    title = blocks.CharBlock(default=_("References"), max_length=60, label=_("title"))

    class Meta:
        icon = "list-ol"
        label = _("References")
        template = "blog/blocks/references.html"


class CrisisHelpBlock(blocks.StructBlock):
    """Crisis lines of the publication's country, from the `CrisisResource` snippets."""

    title = blocks.CharBlock(default=_("If you are in crisis"), max_length=80, label=_("title"))
    text = blocks.TextBlock(required=False, label=_("text"))

    class Meta:
        icon = "warning"
        label = _("Crisis help")
        template = "blog/blocks/crisis_help.html"


class SignatureBlock(blocks.StructBlock):
    closing = blocks.CharBlock(required=False, max_length=160, label=_("closing phrase"))
    name = blocks.CharBlock(max_length=100, label=_("name"))
    credential = blocks.CharBlock(required=False, max_length=60, label=_("credential"))

    class Meta:
        icon = "pick"
        label = _("Signature")
        template = "blog/blocks/signature.html"


class StoryBody(blocks.StreamBlock):
    heading = HeadingBlock()
    text = blocks.RichTextBlock(
        features=STORY_TEXT_FEATURES, label=_("Text"), icon="pilcrow", template="blog/blocks/text.html"
    )
    image = FigureBlock()
    quote = QuoteBlock()
    callout = CalloutBlock()
    references = ReferencesBlock()
    crisis_help = CrisisHelpBlock()
    signature = SignatureBlock()
