"""The rules of the check before sending: what each is called, how much it weighs, and whether it may be overridden."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from core.marks import _


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    id: str
    #: In English, the key of its translation.
    title: str
    #: Its levels as letters of `Level`, the heavier first, such as "BW".
    levels: str
    #: What is looked at.
    about: str
    #: Whether an editor may let a blocker pass with a reason. Never what the law or mailboxes ask for, what would send
    #: a hole or to the wrong people, or what has a decision of its own elsewhere.
    overridable: bool = False
    #: Answered by the network or another program, at the press of a button; everything else is looked at every time.
    looked_up: bool = False


def _rules() -> tuple[Rule, ...]:
    subject, text, stories = "the subject", "the words", "its stories"
    message, pictures, links = "the message", "its pictures", "its links"
    return (
        Rule(id="subject", title=_("There is a subject"), levels="B", about=subject),
        Rule(id="subject-length", title=_("At most 60 characters"), levels="W", about=subject),
        Rule(id="subject-capitals", title=_("Not all in capitals"), levels="W", about=subject),
        Rule(id="hidden-characters", title=_("No characters that hide or turn the writing"), levels="W", about=subject),
        Rule(
            id="wording-*",
            title=_("Worded as the editorial check asks of headlines (rules S2, S4 and F3)"),
            levels="BW",
            about="subject and preview text",
            overridable=True,
        ),
        Rule(id="preview-text", title=_("40 to 110 characters"), levels="W", about="the preview text"),
        Rule(id="content", title=_("Something stands in it"), levels="B", about=text),
        Rule(id="stories", title=_("There is a story in it"), levels="B", about=text, overridable=True),
        Rule(
            id="leftover-token",
            title=_("No fields of template languages or mailing services, such as `{{ name }}` or `*|FNAME|*`"),
            levels="B",
            about=text,
            overridable=True,
        ),
        Rule(id="unfilled-slot", title=_("Every place for a reader's own value is filled"), levels="B", about=text),
        Rule(id="story-withdrawn", title=_("Every story is published"), levels="B", about=stories),
        Rule(id="story-private", title=_("Every story can be read by everybody"), levels="B", about=stories),
        Rule(
            id="story-overdue",
            title=_("No review is overdue (overridden on the page of the story's editorial check)"),
            levels="B",
            about=stories,
        ),
        Rule(
            id="editorial-*",
            title=_("Nothing of the editorial check is unsettled (settled on the page of the story's editorial check)"),
            levels="B",
            about=stories,
        ),
        Rule(id="story-sent-before", title=_("Not sent by this newsletter before"), levels="W", about=stories),
        Rule(id="story-too-long", title=_("Whole stories fit"), levels="W", about=stories),
        Rule(
            id="backend",
            title=_("This site's settings have the backend that its newsletter names"),
            levels="B",
            about="who mails it",
        ),
        Rule(
            id="audience-there",
            title=_("Mailed by Mailchimp: its audience there is switched on, and nothing stands in the way just now"),
            levels="BW",
            about="who mails it",
        ),
        Rule(
            id="narrowing",
            title=_(
                "Mailed by Mailchimp: no segment, no frequency and nothing left out, since everybody there gets the "
                "same"
            ),
            levels="B",
            about="whom it is for",
        ),
        Rule(
            id="service-field",
            title=_(
                "Mailed by Mailchimp: none of its fields, such as `*|EMAIL|*`, in words or links; it would fill them in"
            ),
            levels="B",
            about=text,
        ),
        Rule(id="segment", title=_("The segment can be used"), levels="B", about="whom it is for"),
        Rule(
            id="recipients",
            title=_("Somebody gets it (at Mailchimp: had readers when last looked)"),
            levels="W",
            about="whom it is for",
        ),
        Rule(id="sender", title=_("There is a sender's address"), levels="B", about=message),
        Rule(
            id="headers",
            title=_(
                "From, Date, Message-ID and Subject once each, every header well-formed; CRLF, lines of at most 998 "
                "bytes"
            ),
            levels="B",
            about=message,
        ),
        Rule(
            id="list-unsubscribe",
            title=_("Unsubscribing with one click: both headers, exact, https (RFC 8058)"),
            levels="B",
            about=message,
        ),
        Rule(
            id="unsubscribe-link",
            title=_("A visible link for unsubscribing, in HTML and plain text"),
            levels="B",
            about=message,
        ),
        Rule(id="postal-address", title=_("The postal address, in HTML and plain text"), levels="B", about=message),
        Rule(
            id="plain-text",
            title=_("The plain text has every story, every link and nine of ten words of the HTML"),
            levels="B",
            about=message,
        ),
        Rule(
            id="size",
            title=_("HTML at most 80 kB (warning) or 100 kB (blocker)"),
            levels="BW",
            about=message,
            overridable=True,
        ),
        Rule(id="size-clipped", title=_("HTML at most 102 kB, where Gmail cuts mails off"), levels="B", about=message),
        Rule(id="style-size", title=_("Style sheet at most 16 kB"), levels="B", about=message, overridable=True),
        Rule(
            id="mail-programs",
            title=_("Nothing that Gmail, Outlook or Apple Mail does without, beyond what every mail of ours has"),
            levels="W",
            about=message,
        ),
        Rule(
            id="images",
            title=_("An alternative text, a width, https, and no WebP, AVIF, SVG or data: address"),
            levels="B",
            about=pictures,
            overridable=True,
        ),
        Rule(id="image-missing", title=_("Every picture can be read"), levels="B", about=pictures, overridable=True),
        Rule(id="image-link-alt", title=_("A picture that is a link has words"), levels="W", about=pictures),
        Rule(id="image-size", title=_("At most 150 kB each and 800 kB in all"), levels="W", about=pictures),
        Rule(
            id="links",
            title=_("https; no shortener, bare IP address, local name, preview, draft or admin page"),
            levels="B",
            about=links,
            overridable=True,
        ),
        Rule(id="link-words", title=_("Words that say where a link leads, and differ"), levels="W", about=links),
        Rule(
            id="link-answer",
            title=_("Every link answers with 2xx or 3xx; a warning where a site refuses programs (401, 403, 5xx)"),
            levels="BWK",
            about=links,
            overridable=True,
            looked_up=True,
        ),
        Rule(
            id="dns-spf",
            title=_("The sender's domain has one SPF record, and not one that lets anybody send"),
            levels="BK",
            about="the sender",
            overridable=True,
            looked_up=True,
        ),
        Rule(
            id="dns-dkim",
            title=_(
                "The public keys of our own signature are there, for the sender's domain; the relay's can't be known"
            ),
            levels="BK",
            about="the sender",
            overridable=True,
            looked_up=True,
        ),
        Rule(
            id="dns-dmarc",
            title=_("The sender's domain, or the one above it, has a DMARC record"),
            levels="BK",
            about="the sender",
            overridable=True,
            looked_up=True,
        ),
        Rule(
            id="spam-score",
            title=_("SpamAssassin's score is below 1 (warning) or 3 (blocker)"),
            levels="BWK",
            about=message,
            overridable=True,
            looked_up=True,
        ),
        Rule(
            id="remote-checklist",
            title=_("Mailchimp's own checklist is passed, where Mailchimp sends it"),
            levels="BWK",
            about="what Mailchimp says",
            looked_up=True,
        ),
        Rule(
            id="links-not-checked", title=_("Which links were not looked up"), levels="U", about=links, looked_up=True
        ),
        Rule(
            id="dns-not-checked",
            title=_("What of the sender's DNS was not looked up"),
            levels="U",
            about="the sender",
            looked_up=True,
        ),
        Rule(
            id="spam-not-checked",
            title=_("Why there is no score of SpamAssassin"),
            levels="U",
            about=message,
            looked_up=True,
        ),
        Rule(
            id="checklist-not-checked",
            title=_("Why there is no answer of Mailchimp's checklist"),
            levels="U",
            about="what Mailchimp says",
            looked_up=True,
        ),
        Rule(
            id="public-address",
            title=_("https, public links, answers and DNS make no sense while the site runs on one machine only"),
            levels="N",
            about="the site",
        ),
    )


RULES: Mapping[str, Rule] = MappingProxyType({rule.id: rule for rule in _rules()})


def rule_of(name: str) -> Rule:
    """The rule of a finding; `editorial-S2` is one of `editorial-*`.

    Raises:
        KeyError: no such rule.
    """
    return RULES[name] if name in RULES else RULES[f"{name.partition('-')[0]}-*"]


def is_overridable(name: str) -> bool:
    """What the catalogue does not know is never let pass."""
    try:
        return rule_of(name).overridable
    except KeyError:
        return False
