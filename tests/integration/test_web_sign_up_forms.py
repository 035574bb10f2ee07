"""What the form offers, forms that stand on other sites, and the mail that is asked for once more."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from blog.models import Topic
from core.stamp import make_stamp
from newsletter.audience.sign_ups import take_sign_ups
from newsletter.audience.subscribe import MAIL_WINDOW
from newsletter.engine.addresses import AddressError, normalise
from newsletter.models import ConsentEvent, OutgoingMail, SignUpRequest, Subscription
from newsletter.web.subscribe import FROM_ONE_NETWORK
from tests.factories import make_newsletter, make_subscription
from tests.integration.signing_up import sign_up, take

if TYPE_CHECKING:
    from django.http import HttpResponse
    from pytest_django import Settings

    from blog.models import HomePage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db
TWO_LANGUAGES = [("en", _("English")), ("de", _("German"))]


@pytest.fixture(autouse=True)
def _fresh_counters(home: HomePage) -> None:
    cache.clear()


@pytest.fixture
def topics() -> list[Topic]:
    return [Topic.objects.create(name=name, slug=name.lower()) for name in ("Sleep", "Worry", "Grief")]


def press(client: Client, page: Any) -> HttpResponse:
    """Press the button of the only form on the page that goes to /subscribe/, as a browser does."""
    form = LexborHTMLParser(page.content.decode()).css_first('main form[action="/subscribe/"]')
    assert form is not None, page.content.decode()
    data: dict[str, list[str]] = {}
    for field in form.css("input"):
        name = field.attributes.get("name")
        if name and name != "website":
            data.setdefault(name, []).append(unescape(field.attributes.get("value") or ""))
    response: HttpResponse = client.post("/subscribe/", data)  # type: ignore[assignment]
    take()
    return response


def test_the_form_asks_for_topics_where_a_newsletter_does(
    client: Client, newsletter: Newsletter, topics: list[Topic]
) -> None:
    assert "Sleep" in client.get("/subscribe/").content.decode()

    type(newsletter).objects.update(asks_topics=False)

    assert "Sleep" not in client.get("/subscribe/").content.decode()


def test_chosen_topics_are_kept_and_unknown_ones_are_left_out(
    client: Client, newsletter: Newsletter, topics: list[Topic]
) -> None:
    response = sign_up(client, topics=[topics[0].pk, topics[2].pk, "999999", "x", "-1", "9" * 30, "½"])

    assert response.status_code == 302
    assert {topic.name for topic in Subscription.objects.get().topics.all()} == {"Sleep", "Grief"}


def test_a_newsletter_that_does_not_ask_for_topics_takes_none(client: Client, topics: list[Topic]) -> None:
    make_newsletter(asks_topics=False)

    sign_up(client, topics=[topics[0].pk])

    assert not Subscription.objects.get().topics.exists()


def test_a_link_chooses_beforehand(client: Client, newsletter: Newsletter, topics: list[Topic]) -> None:
    query = f"newsletter=rounds&frequency=weekly&topics={topics[1].pk}&topics=%C2%BD"
    html = client.get(f"/subscribe/?{query}").content.decode()

    assert re.search(r'value="weekly"[^>]* checked', html)
    assert re.search(rf'name="topics" value="{topics[1].pk}"[^>]* checked', html)
    assert client.get("/subscribe/?frequency=hourly&newsletter=no-such-one").status_code == 200


def test_the_reader_s_language_is_asked_for_where_there_are_several(
    client: Client, newsletter: Newsletter, settings: Settings
) -> None:
    assert "Language of our mails" not in client.get("/subscribe/").content.decode()
    settings.LANGUAGES = TWO_LANGUAGES

    page = client.get("/subscribe/").content.decode()
    sign_up(client, language="de")
    sign_up(client, "grace@example.com", language="tlh")

    assert re.search(r'<option value="en" selected>', page)
    languages = dict(Subscription.objects.values_list("subscriber__email", "subscriber__language"))
    assert languages == {"ada@example.com": "de", "grace@example.com": ""}


def test_a_form_on_another_site_takes_one_press_and_keeps_every_choice(
    newsletter: Newsletter, topics: list[Topic]
) -> None:
    """Security case 17: the other site can show the form, and only the person before it can send it."""
    client = Client(enforce_csrf_checks=True)
    given_there = {
        "newsletter": "rounds",
        "email": "ada@example.com",
        "name": 'Ada "the first" O\'Hara',
        "frequency": "monthly",
        "topics": [topics[0].pk, topics[1].pk],
    }
    page = client.post("/subscribe/", given_there, headers={"Origin": "https://clinic.example"})

    assert page.status_code == 200
    for shown in ("ada@example.com", "O&#x27;Hara", "Monthly", "Sleep, Worry"):
        assert shown in page.content.decode()
    assert not SignUpRequest.objects.exists()
    assert press(client, page).status_code == 302
    subscription = Subscription.objects.select_related("subscriber").get()
    assert (subscription.frequency, subscription.subscriber.name) == ("monthly", given_there["name"])
    assert {topic.name for topic in subscription.topics.all()} == {"Sleep", "Worry"}
    assert ConsentEvent.objects.get().source == "/subscribe/ (form on clinic.example)"


@pytest.mark.parametrize("origin", ["null", "https://testserver", "https://<b>.example", "", "nonsense"])
def test_an_odd_origin_is_not_kept(client: Client, newsletter: Newsletter, origin: str) -> None:
    page = client.post("/subscribe/", {"email": "ada@example.com"}, headers={"Origin": origin})
    press(client, page)

    assert ConsentEvent.objects.get().source == "/subscribe/"


def test_a_mistake_in_a_form_on_another_site_is_named_and_can_be_mended_here(
    client: Client, newsletter: Newsletter
) -> None:
    page = client.post("/subscribe/", {"email": "ada@", "frequency": "weekly"})

    assert page.status_code == 400
    assert 'value="ada@"' in page.content.decode()
    assert re.search(r'value="weekly"[^>]* checked', page.content.decode())


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_at_the_pages_changes_nothing(client: Client, newsletter: Newsletter, method: str) -> None:
    for page in ("/subscribe/?email=ada@example.com", "/subscribe/check-your-inbox/?again&email=ada@example.com"):
        assert getattr(client, method)(page).status_code == 200

    assert not SignUpRequest.objects.exists()
    assert not OutgoingMail.objects.exists()


def ask_again(client: Client, address: str = "ada@example.com", **fields: Any) -> HttpResponse:
    stamp = make_stamp("/subscribe/check-your-inbox/", now=timezone.now() - timedelta(minutes=1))
    data = {"email": address, "stamp": stamp, **fields}
    response: HttpResponse = client.post("/subscribe/check-your-inbox/", data)  # type: ignore[assignment]
    return response


@pytest.mark.parametrize("known", ["", "pending", "confirmed", "ended"])
def test_asking_for_the_mail_again_gets_the_same_answer_whoever_asks(
    client: Client, newsletter: Newsletter, known: str
) -> None:
    """Security cases 1 and 24."""
    if known:
        make_subscription(newsletter, "ada@example.com", state=known)

    response = ask_again(client)

    assert (response.status_code, response["Location"]) == (302, "/subscribe/check-your-inbox/?again")
    assert not response.cookies
    assert "once more" in client.get(response["Location"]).content.decode()


def test_the_mail_that_was_asked_for_again_is_sent_when_the_window_is_over(
    client: Client, newsletter: Newsletter
) -> None:
    """Security case 2."""
    sign_up(client)
    for _number in range(5):
        assert ask_again(client).status_code == 302
    take()
    assert OutgoingMail.objects.count() == 1

    take_sign_ups(timezone.now() + MAIL_WINDOW)

    assert OutgoingMail.objects.count() == 2


def test_asking_again_is_limited_and_guarded_as_signing_up_is(client: Client, newsletter: Newsletter) -> None:
    """Security cases 3, 14 and 18."""
    assert ask_again(client, "ada@").status_code == 400
    assert ask_again(client, stamp="").status_code == 400
    assert ask_again(client, website="https://spam.example").status_code == 302
    assert not SignUpRequest.objects.exists()

    answers = [ask_again(client).status_code for _number in range(FROM_ONE_NETWORK.amount + 1)]

    assert answers == [302] * FROM_ONE_NETWORK.amount + [429]


ADDRESSES = st.one_of(
    st.text(max_size=60),
    st.builds("{}@{}".format, st.text(max_size=20), st.text(max_size=20)),
    st.emails(),
    st.builds("{}@{}.example".format, st.from_regex(r"[a-z.+]{1,10}", fullmatch=True), st.text(min_size=1, max_size=9)),
    st.sampled_from(
        ["用户@例子.广告", "उपयोगकर्ता@उदाहरण.कॉम", "юзер@екзампл.ком", "a@ß.example", "ada@مثال.إختبار", "a@\udcff.b"]
    ),
)


@hypothesis_settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(address=ADDRESSES)
def test_any_address_is_kept_in_its_normal_form_or_refused_in_words(
    client: Client, newsletter: Newsletter, address: str
) -> None:
    """Security case 14: never an error of ours."""
    SignUpRequest.objects.all().delete()
    cache.clear()
    given_address = address.encode("utf-8", "replace").decode()
    try:
        expected = normalise(given_address)
    except AddressError:
        expected = ""

    stamp = make_stamp("/", now=timezone.now() - timedelta(minutes=1))
    response = client.post("/subscribe/", {"email": given_address, "stamp": stamp})

    kept = SignUpRequest.objects.first()
    assert (response.status_code, kept.email if kept else "") == (302 if expected else 400, expected)
