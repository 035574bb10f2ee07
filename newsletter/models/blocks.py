"""What an issue is composed of. Each block has an MJML and a plain-text template, for `newsletter.issues.render`."""

from __future__ import annotations

from datetime import date, time
from zoneinfo import available_timezones

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.images.blocks import ImageBlock

from blog.blocks.media import AddressBlock
from newsletter.models.mail_blocks import SMALL_TEXT_FEATURES, DividerBlock, Group, MailBlock, MailText
from newsletter.models.story_chooser import StoryChooserBlock

#: How much of a story stands in the mail.
FULL, EXCERPT, HEADLINE = "full", "excerpt", "headline"
DISPLAYS = [
    (FULL, _("In full: readers need not leave the mail")),
    (EXCERPT, _("Excerpt: its standfirst or your words, and a button to read on")),
    (HEADLINE, _("Headline: title, author and a link")),
]
#: Stands with every sponsor whatever happens to the field.
DISCLOSURE = _("Paid for by the sponsor; it had no say in what we write.")


class StoryCardBlock(MailBlock):
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
        group = Group.STORIES
        description = _("A published story: in full, as an excerpt with a button to read on, or as a headline.")
        preview_value = {"story": None, "display": EXCERPT, "intro": "", "show_image": True}


class ButtonBlock(MailBlock):
    text = blocks.CharBlock(max_length=60, label=_("Text"))
    url = AddressBlock(label=_("Address"))

    class Meta:
        icon = "link"
        label = _("Button")
        group = Group.BESIDE
        description = _("One link that stands out.")
        preview_value = {"text": _("Ask us a question"), "url": "https://example.com/ask/"}


class PictureBlock(MailBlock):
    image = ImageBlock(label=_("Image"))
    caption = blocks.CharBlock(required=False, max_length=200, label=_("Caption"))

    class Meta:
        icon = "image"
        label = _("Image")
        group = Group.BESIDE
        description = _("A picture as wide as the mail. Say what it shows: many readers don't load pictures.")
        preview_value = {"image": None, "caption": _("What the picture shows, or who made it.")}


class MastheadBlock(MailBlock):
    edition = blocks.CharBlock(
        required=False, max_length=80, label=_("Edition"), help_text=_("Such as “Issue 12, spring”.")
    )
    shows_tagline = blocks.BooleanBlock(required=False, default=True, label=_("Show the publication's tagline"))

    class Meta:
        icon = "title"
        label = _("Masthead")
        group = Group.AROUND
        description = _("What stands beside the name, which is always at the top: an edition, the tagline or neither.")
        preview_value = {"edition": _("Issue 12, spring"), "shows_tagline": True}


class IntroBlock(MailBlock):
    greets = blocks.BooleanBlock(
        required=False,
        default=False,
        label=_("Greet each reader by name"),
        help_text=_("The page in the archive, and whoever gave no name, is greeted with the word below."),
    )
    salutation = blocks.CharBlock(required=False, default=_("Dear"), max_length=40, label=_("Greeting"))
    fallback = blocks.CharBlock(
        default=_("reader"), max_length=60, label=_("Without a name"), help_text=_("Such as “reader”.")
    )
    text = MailText(features=SMALL_TEXT_FEATURES, label=_("Text"))

    class Meta:
        icon = "edit"
        label = _("Intro")
        group = Group.WORDS
        description = _("A word before the stories, to each reader by name if you like.")
        preview_value = {
            "greets": True,
            "salutation": _("Dear"),
            "fallback": _("reader"),
            "text": _("<p>Two stories this week, and a question that many of you asked.</p>"),
        }


class KeyPointsBlock(MailBlock):
    title = blocks.CharBlock(default=_("Key points"), max_length=80, label=_("Title"))
    text = MailText(features=SMALL_TEXT_FEATURES, label=_("Text"), help_text=_("A list of three to five."))

    class Meta:
        icon = "list-ul"
        label = _("Key points")
        group = Group.WORDS
        description = _("What to remember of it all, in a box.")
        preview_value = {
            "title": _("Key points"),
            "text": _("<ul><li>Sleep comes first</li><li>It takes two weeks</li></ul>"),
        }


class QuoteBlock(MailBlock):
    text = blocks.TextBlock(max_length=600, label=_("Words"), help_text=_("Without quotation marks."))
    source = blocks.CharBlock(max_length=160, label=_("Who said it"), help_text=_("And where, if it was published."))

    class Meta:
        icon = "openquote"
        label = _("Quote")
        group = Group.WORDS
        description = _("Somebody's own words, and whose they are.")
        preview_value = {
            "text": _("You can go home when the world stands still."),
            "source": _("A nurse of the clinic"),
        }


class CrisisBlock(MailBlock):
    """As the block of the same name in a story (`blog.blocks.patients`)."""

    title = blocks.CharBlock(default=_("If you are in crisis"), max_length=80, label=_("Title"))
    text = blocks.TextBlock(required=False, max_length=600, label=_("Your words"))
    country = blocks.CharBlock(
        required=False,
        max_length=2,
        label=_("Country"),
        help_text=_("Two letters, such as US or GB. Empty: the publication’s country."),
    )

    class Meta:
        icon = "warning"
        label = _("Crisis help")
        group = Group.BESIDE
        description = _(
            "Telephone lines that answer people in a crisis. Without it they stand at the end by themselves when a "
            "story has them."
        )
        preview_value = {
            "title": _("If you are in crisis"),
            "text": _("You don’t need to be sure to call."),
            "country": "",
        }


def event_zones() -> list[tuple[str, str]]:
    """Every place that has a time of its own, as a list offers it."""
    return [(zone, zone.replace("_", " ")) for zone in sorted(available_timezones()) if "/" in zone or zone == "UTC"]


class EventBlock(MailBlock):
    title = blocks.CharBlock(max_length=140, label=_("Title"))
    day = blocks.DateBlock(label=_("Day"))
    begins = blocks.TimeBlock(required=False, label=_("Begins"), help_text=_("By the clocks of the place below."))
    ends = blocks.TimeBlock(required=False, label=_("Ends"))
    zone = blocks.ChoiceBlock(
        required=False, choices=event_zones, label=_("Time zone"), help_text=_("Empty: the newsletter's.")
    )
    place = blocks.CharBlock(required=False, max_length=160, label=_("Where"), help_text=_("An address, or “online”."))
    url = AddressBlock(required=False, label=_("Link"))
    text = MailText(features=SMALL_TEXT_FEATURES, required=False, label=_("Words"))

    class Meta:
        icon = "date"
        label = _("Event")
        group = Group.BESIDE
        description = _("What, when by which clocks, where, and how to take part.")
        preview_value = {
            "title": _("An evening on sleep"),
            "day": date(2027, 3, 9),
            "begins": time(18, 30),
            "ends": time(20, 0),
            "zone": "Europe/Berlin",
            "place": _("Online"),
            "url": "https://example.com/evening/",
            "text": _("<p>An hour of talk, and half an hour for your questions.</p>"),
        }


class SponsorBlock(MailBlock):
    name = blocks.CharBlock(max_length=120, label=_("Sponsor"))
    text = MailText(features=["bold", "italic", "link"], label=_("Words"))
    url = AddressBlock(required=False, label=_("Link"))
    disclosure = blocks.CharBlock(
        default=DISCLOSURE,
        max_length=250,
        label=_("Disclosure"),
        help_text=_("Who paid, and what for. “Advertisement” stands above it all in any case."),
    )

    class Meta:
        icon = "tag"
        label = _("Sponsor")
        group = Group.BESIDE
        description = _("Paid words in a box of their own, marked as advertising.")
        preview_value = {
            "name": _("A Maker of Lamps"),
            "text": _("<p>Light for dark mornings, tried by people who get up early.</p>"),
            "url": "https://example.com/lamps/",
            "disclosure": DISCLOSURE,
        }


class FooterBlock(MailBlock):
    text = MailText(features=["bold", "italic", "link"], label=_("Closing words"))

    class Meta:
        icon = "arrow-down"
        label = _("Footer")
        group = Group.AROUND
        description = _("Your closing words, above what always stands at the foot.")
        preview_value = {"text": _("<p>Until next week, and sleep well.</p>")}


class IssueBody(blocks.StreamBlock):
    """Masthead and footer stand at the top and at the foot wherever they are in the list."""

    story = StoryCardBlock()
    intro = IntroBlock()
    text = MailText(
        label=_("Text"),
        group=Group.WORDS,
        description=_("Your own words, with headings, lists and links."),
        preview_value=_("<h2>What to bring</h2><p>A list of what you have taken, and <b>your questions</b>.</p>"),
    )
    key_points = KeyPointsBlock()
    quote = QuoteBlock()
    image = PictureBlock()
    button = ButtonBlock()
    event = EventBlock()
    crisis = CrisisBlock()
    sponsor = SponsorBlock()
    divider = DividerBlock()
    masthead = MastheadBlock()
    footer = FooterBlock()

    class Meta:
        block_counts = {name: {"max_num": 1} for name in ("masthead", "intro", "footer")}


class NewStoriesBlock(blocks.StructBlock):
    """In a template only: where the stories that are new at the time are put."""

    display = blocks.ChoiceBlock(choices=DISPLAYS, default=EXCERPT, label=_("How much of each"))

    class Meta:
        icon = "doc-full"
        label = _("New stories")
        group = Group.STORIES
        description = _("Where the stories stand that are new when an issue is composed.")


class TemplateBody(IssueBody):
    """An issue's blocks, and the place for what is new."""

    new_stories = NewStoriesBlock()
