"""Pages in a made-up language, in which whatever is translated stands in brackets: what stands outside can't be.

Nothing is compiled: each text is its own translation. `tests/unit/test_house_words.py` reads the sources for the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import trans_real

from newsletter.audience.mailchimp.said import NO_AUDIENCE, NOT_IN_STEP, NOT_SIGNED, beginning
from newsletter.issues.switching_over import switch_on
from newsletter.models import Campaign, MailchimpAudience, MailchimpCampaign, RemoteTask, Segment
from tests.integration.admin_scene import Scene, log_in
from tests.integration.connect_scene import agree, choose, make_account, page_of

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.django_db

OPEN, CLOSE = "⟦", "⟧"
#: Said without being seen.
ATTRIBUTES = ("title", "alt", "placeholder", "aria-label", "aria-description", "data-newsletter-length-words-value")
#: What the scene called things, names, zones, kinds of files; and Wagtail's own words of before the language was there.
NAMES = re.compile(
    r"\b(?:Story \d+|Stories|Rounds|Dr\. Ada Quist|MD|owner|reader\d*|editor|rounds|example|testserver|com|org|https?"
    r"|www|Mailchimp|Practice readers|Other letters|Colleagues|Opened lately|First Name|Birthday|FNAME|BIRTHDAY"
    r"|Speakers|What it is about|Quiet Practice|UTC|E[SD]T|[A-Z][A-Za-z]+/[A-Za-z/_ -]+|RSS|Atom|JSON|csv|xlsx"
    r"|Home|Snippets|Actions|Updated|Search|Skip to main content|None|Welcome to your new Wagtail site!)\b!?"
)
WORD = re.compile(r"[A-Za-z]{3,}")


class Bracketed(trans_real.DjangoTranslation):
    """Every text is translated, by itself in brackets."""

    def __init__(self, real: trans_real.DjangoTranslation) -> None:
        self.__dict__.update(vars(real))

    def gettext(self, message: str) -> str:
        text = message.rpartition(trans_real.CONTEXT_SEPARATOR)[2]
        return f"{OPEN}{text}{CLOSE}" if text.strip() else text

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


@pytest.fixture
def bracketed(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """From here on everything is in brackets, but for what was put into words before a request came: in the language
    of the site, for everybody.
    """
    log_in("owner").get(reverse("wagtailadmin_home"))
    made_up = Bracketed(trans_real.translation("en"))
    monkeypatch.setitem(trans_real._translations, "en", made_up)  # type: ignore[attr-defined]
    monkeypatch.setattr(trans_real, "_default", made_up)
    translation.activate("en")
    yield
    monkeypatch.undo()
    translation.deactivate()


def outside(text: str) -> str:
    """What stands in no bracket, however deep."""
    depth, left = 0, []
    for letter in text:
        depth += (letter == OPEN) - (letter == CLOSE)
        left.append(letter if not depth and letter != CLOSE else "")
    return "".join(left)


def untranslated(markup: str) -> list[str]:
    page = BeautifulSoup(markup, "html.parser")
    for tag in page.select("select[name$=zone]"):
        tag.decompose()
    for tag in page.find_all(["script", "style", "svg", "code", "pre", "textarea", "noscript", "template"]):
        tag.decompose()
    said = [str(tag[name]) for tag in page.find_all(True) for name in ATTRIBUTES if tag.get(name)]
    said += [str(tag.get("value", "")) for tag in page.find_all("input", type=["submit", "button"])]
    lines = [*map(outside, said), *outside(page.get_text("\n")).splitlines()]
    return [line.strip() for line in lines if WORD.search(NAMES.sub("", line))]


def look(client: Client, addresses: Mapping[str, str]) -> dict[str, list[str]]:
    """By the name of the page; each is there, and is in brackets at all."""
    found = {}
    for name, address in addresses.items():
        response = client.get(address)
        markup = response.content.decode()
        assert response.status_code == 200, name
        assert OPEN in markup, name
        if words := untranslated(markup):
            found[name] = words
    return found


ISSUES = ("edit", "check", "stories", "everywhere", "test", "schedule", "send")
LISTS = (
    *("newsletter_issues:list", "newsletter_issues:add", "newsletter_issues:compose", "newsletter_campaigns:index"),
    *(
        "newsletter_calendar:index",
        "newsletter_calendar:halt",
        "newsletter_schedules:index",
        "newsletter_templates:index",
    ),
    *("newsletter_newsletters:index", "newsletter_newsletters:add", "newsletter_subscribers:index"),
    *("newsletter_subscribers:add", "newsletter_subscribers:suppressions", "newsletter_segments:index"),
    *("newsletter_segments:new", "newsletter_tags:index", "newsletter_attributes:index", "newsletter_imports:new"),
    *("newsletter_exports:new", "newsletter_privacy:index", "newsletter_floods:index", "newsletter_tokens:new"),
    *("newsletter_hooks:new", "newsletter_mailchimp:index", "newsletter_mailchimp:key", "blog_problems:index"),
)


@pytest.mark.usefixtures("bracketed")
def test_the_admin_can_be_translated(scene: Scene) -> None:
    rules = {"all": [{"rule": "newsletter", "value": "rounds"}, {"rule": "joined", "value": 30}]}
    segment = Segment.objects.create(name="Speakers", rules=rules)
    pages = {
        "home": reverse("wagtailadmin_home"),
        "story": reverse("wagtailadmin_pages:edit", args=[scene.story.pk]),
        "check": reverse("blog_check", args=[scene.story.pk]),
        "segment": reverse("newsletter_segments:edit", args=[segment.pk]),
        "reader": scene.address("newsletter_subscribers:show", "reader"),
        "record": scene.address("newsletter_subscribers:record", "reader"),
        "newsletter": scene.address("newsletter_newsletters:edit", "newsletter"),
        "embed": scene.address("newsletter_newsletters:embed", "newsletter"),
        "campaign": scene.address("newsletter_campaigns:show", "campaign"),
        **{name: scene.address(f"newsletter_issues:{name}") for name in ISSUES},
        **{name: reverse(name) for name in LISTS},
    }

    assert look(log_in("owner"), pages) == {}


@pytest.mark.usefixtures("bracketed")
def test_what_the_worker_keeps_of_mailchimp_can_be_translated(scene: Scene) -> None:
    make_account()
    agree(choose(scene.newsletter))
    Campaign.objects.update(state="sent")
    switch_on(scene.newsletter, by=None, now=timezone.now())
    Campaign.objects.filter(pk=scene.campaign.pk).update(backend="mailchimp", state="held")
    MailchimpCampaign.objects.create(campaign=scene.campaign, title="rounds-1", remote_id="abcdef0123")
    MailchimpAudience.objects.update(problem=f"{beginning(NOT_IN_STEP)}{NO_AUDIENCE}")
    RemoteTask.objects.update(said=NOT_SIGNED)
    steps = ("audience", "part", "fields", "new_readers", "acknowledge", "off", "differences")
    pages = {
        "home": reverse("wagtailadmin_home"),
        "newsletter": page_of("newsletter", scene.newsletter),
        "campaign": scene.address("newsletter_campaigns:show", "campaign"),
        "check": scene.address("newsletter_issues:check"),
        **{name: page_of(name, scene.newsletter) for name in steps},
    }

    assert look(log_in("owner"), pages) == {}


@pytest.mark.usefixtures("bracketed")
def test_what_readers_see_can_be_translated(scene: Scene) -> None:
    pages = {
        "start": "/",
        "story": scene.story.url,
        "stories": scene.story.get_parent().url,
        "search": f"{reverse('blog:search')}?q=nothing",
        "archive": reverse("newsletter:archive", args=[scene.newsletter.slug]),
        **{name: reverse(name) for name in ("newsletter:subscribe", "newsletter:subscribed")},
        **{f"blog {name}": reverse(f"blog:{name}") for name in ("report", "reported", "glossary", "corrections")},
    }

    assert look(Client(), pages) == {}


def test_what_stands_in_no_bracket_is_seen() -> None:
    assert untranslated('<p title="Not me">⟦All ⟦of⟧ it⟧, <b>and</b> Rounds</p>') == ["Not me", "and"]
