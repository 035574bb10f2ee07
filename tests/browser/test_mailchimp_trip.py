"""A newsletter whose readers are at Mailchimp: connected, composed, scheduled on the grid, sent, its numbers seen."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Publication, logged_in, published
from tests.browser.hands import button
from tests.browser.test_composing import violations
from tests.browser.test_whole_trip import eventually
from tests.fakes.mailchimp import FakeMailchimp

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: Milliseconds. The whole publication shares two cores with the other tests; a slow page is no wrong page.
expect.set_options(timeout=90_000)

#: Of a newsletter that Mailchimp sends.
PAGES = ("", "audience/", "part/", "fields/", "new-readers/", "acknowledge/", "on/", "differences/", "off/")
HERE, THERE = "only.here@example.com", "only.there@example.com"


@pytest.fixture(scope="module")
def mailchimp() -> Iterator[FakeMailchimp]:
    """An account with more audiences than one page of Mailchimp's lists, one of them the practice's."""
    with FakeMailchimp().running() as fake:
        for number in range(1, 24):
            fake.add_list(f"Old letters {number}")
        readers = fake.add_list("Practice readers", list_id="aaaaaaaa01")
        fake.add_segment(readers, "Colleagues", kind="static")
        fake.add_merge_field(readers, "FNAME", "First name")
        fake.add_member(readers, THERE)
        yield fake


@pytest.fixture(scope="module")
def publication(tmp_path_factory: pytest.TempPathFactory, mailchimp: FakeMailchimp) -> Iterator[Publication]:
    """One of its own: its newsletter is switched over for good."""
    folder = tmp_path_factory.mktemp("at-mailchimp")
    with published(folder, MAILCHIMP_API_URL=mailchimp.url) as running:
        yield running


@pytest.fixture
def owner(browser: Browser, publication: Publication) -> Iterator[Page]:
    with logged_in(browser, publication, "owner") as context:
        yield context.new_page()


def subscribe(publication: Publication) -> None:
    """A reader who is confirmed here and not known there."""
    lines = (
        "from django.utils import timezone",
        "from newsletter.models import Newsletter, Subscriber, Subscription",
        f"reader = Subscriber.objects.create(email={HERE!r}, name='Only Here')",
        "Subscription.objects.create(subscriber=reader, newsletter=Newsletter.objects.get(), state='confirmed',"
        " confirmed_at=timezone.now())",
    )
    publication.manage("shell", "--no-imports", "-c", "\n".join(lines))


def connect(page: Page, key: str) -> None:
    page.goto("/admin/newsletter/mailchimp/")
    page.get_by_role("link", name="Connect Mailchimp").click()
    page.get_by_label("API key").fill("server=evil/")
    page.get_by_role("button", name="Connect").click()
    expect(page.get_by_text("This is no key of Mailchimp’s")).to_be_visible()
    assert "server=evil" not in page.content()
    page.get_by_label("API key").fill(key)
    page.get_by_role("button", name="Connect").click()
    expect(page.get_by_text("Connected to")).to_be_visible()
    assert key[:20] not in page.content()


def choose(page: Page) -> None:
    """Audience, part, fields, and new readers subscribed at once."""
    page.get_by_role("link", name="Choose an audience").click()
    page.get_by_label("Find an audience").fill("practice")
    button(page, "Search").click()
    page.get_by_label("Practice readers").check()
    page.get_by_role("button", name="Take this audience").click()
    expect(page.get_by_label("Colleagues")).to_be_visible()
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("First name").select_option("name")
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Subscribed at once").check()
    page.get_by_role("button", name="Go on").click()


def agree_and_switch_on(page: Page) -> None:
    page.get_by_role("button", name="I agree to all of it").click()
    expect(page.get_by_text("Read each sentence and tick it")).to_be_visible()
    for sentence in page.get_by_role("main").get_by_role("checkbox").all():
        sentence.check()
    page.get_by_role("button", name="I agree to all of it").click()
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_text("Sent by Mailchimp")).to_be_visible()


def compose(page: Page) -> tuple[str, str]:
    """An issue of all that is new; its address and its subject."""
    page.goto("/admin/")
    page.get_by_role("button", name=re.compile("new issue", re.IGNORECASE)).first.click()
    page.wait_for_url("**/newsletter/issues/edit/**")
    return page.url, page.get_by_role("textbox", name="Subject*").input_value()


def schedule(page: Page, issue_url: str) -> None:
    """On a quarter of an hour: the dialog offers no other minute."""
    page.goto(issue_url.replace("/edit/", "/schedule/"))
    offered = page.get_by_label("Time", exact=False).first.locator("option").all_inner_texts()
    assert len(offered) == 96
    assert {time.partition(":")[2][:2] for time in offered} == {"00", "15", "30", "45"}
    page.get_by_role("button", name="Look it over").click()
    page.get_by_role("button", name=re.compile("^Schedule")).click()
    expect(page.get_by_text("goes out on").first).to_be_visible()


def state_of(publication: Publication, number: str) -> str:
    shown: dict[str, str] = json.loads(publication.manage("campaign", "show", number, "--json"))
    return shown["state"]


def problems(page: Page, address: str) -> list[str]:
    """What axe finds there on a phone in the dark, and whether anything is wider than the phone."""
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 375, "height": 900})
    answer = page.goto(f"/admin/newsletter/{address}")
    assert answer is not None
    assert answer.ok, address
    page.wait_for_load_state("networkidle")
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return [*violations(page), *(["wider than the window"] if wide else [])]


def see_the_report(page: Page, *, recipients: int) -> None:
    """Totals, and how the first hours went, drawn; none of it names a reader."""
    main = page.get_by_role("main")
    expect(main.get_by_text("What Mailchimp counted")).to_be_visible()
    expect(main.get_by_role("row", name=re.compile("^Sent"))).to_contain_text(str(recipients))
    expect(main.get_by_text("The ledger says who got it")).to_be_visible()
    assert HERE not in page.content()


def test_a_newsletter_goes_out_by_mailchimp(
    owner: Page, publication: Publication, mailchimp: FakeMailchimp, tmp_path: Path
) -> None:
    subscribe(publication)
    connect(owner, mailchimp.key)
    choose(owner)
    agree_and_switch_on(owner)
    eventually(lambda: mailchimp.statuses("aaaaaaaa01").get(HERE) == "subscribed", "the reader over there")
    status = owner.url
    done = owner.get_by_role("row", name=re.compile("^Bring readers over"))
    expect(done, "the page shows it by itself").to_contain_text("next:")

    issue_url, subject = compose(owner)
    schedule(owner, issue_url)
    campaign = eventually(
        lambda: next((one for one in mailchimp.campaigns() if one["status"] == "schedule"), None), "the campaign there"
    )
    assert campaign["settings"]["subject_line"] == subject
    assert not any(campaign["tracking"].get(name) for name in ("opens", "html_clicks", "text_clicks"))

    mailchimp.advance(minutes=2 * 24 * 60)
    eventually(lambda: mailchimp.mailed, "the mails over there")
    assert set(mailchimp.mailed().values()) == {1}, "nobody twice"
    assert {HERE, THERE} <= {address for _, address in mailchimp.mailed()}

    owner.goto("/admin/newsletter/campaigns/")
    owner.get_by_role("link", name=subject).first.click()
    owner.wait_for_url(re.compile(r"/campaigns/\d+/"))
    number = re.findall(r"/campaigns/(\d+)/", owner.url)[0]
    eventually(lambda: state_of(publication, number) == "sent", "the end of the campaign here")
    owner.reload()
    see_the_report(owner, recipients=len(mailchimp.mailed()))
    ledger = tmp_path / "ledger.csv"
    publication.manage("campaign", "ledger", number, "--csv", str(ledger))
    rows = csv.DictReader(StringIO(ledger.read_text(encoding="utf-8")))
    states = {row["address"]: row["state"] for row in rows}
    assert states == dict.fromkeys((address for _, address in mailchimp.mailed()), "accepted")
    owner.goto(status)
    expect(owner.get_by_text("Sent by Mailchimp")).to_be_visible()
    number_of = owner.url.rstrip("/").rpartition("/")[2]
    pages = [
        f"campaigns/{number}/",
        "mailchimp/",
        "mailchimp/key/",
        *(f"mailchimp/{number_of}/{name}" for name in PAGES),
    ]
    assert {page: problems(owner, page) for page in pages} == {page: [] for page in pages}
