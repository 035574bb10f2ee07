"""What an import makes of rows: who becomes confirmed, who waits, who stays out, and what is kept as evidence."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NoReturn

import pytest
from django.utils import timezone

from newsletter.audience.consent import ip_hash
from newsletter.audience.erase import erase
from newsletter.audience.importing import judging
from newsletter.audience.importing.job import summary
from newsletter.audience.suppression import SuppressionReason, suppress
from newsletter.models import (
    AttributeValue,
    Newsletter,
    OutgoingMail,
    Subscriber,
    SubscriberAttribute,
    Subscription,
    Suppression,
)
from tests.factories import make_newsletter, make_subscription
from tests.integration.importing import (
    BASIS,
    GHOST_ROWS,
    LISTMONK_ROWS,
    MAILCHIMP_ROWS,
    SUBSTACK_ROWS,
    errors,
    events,
    imported,
    staged,
    states,
)

pytestmark = pytest.mark.django_db

OPTED_IN = "email,opted_in_at"


def test_readers_of_mailchimp_keep_the_instant_of_their_confirmation_as_evidence(newsletter: Newsletter) -> None:
    job = imported(newsletter, MAILCHIMP_ROWS)
    assert states(newsletter) == {"ada@example.org": "confirmed", "bo@example.org": "pending"}
    ada, bo = events(newsletter)
    assert ada.claimed_at == datetime(2020, 2, 3, 4, 9, tzinfo=UTC)
    assert ada.source == f"import:{job.pk}"
    assert ada.ip_hash == ip_hash("203.0.113.9")
    assert ada.wording == ""
    assert ada.detail.startswith(f"Mailchimp: {BASIS} (confirmed_at, email, first_name, ")
    assert ada.detail.endswith("asked 2020-02-03 04:05:06 UTC")
    assert (bo.claimed_at, bo.ip_hash) == (None, "")
    reader = Subscriber.objects.get(email="ada@example.org")
    assert reader.name == "Ada Quist"
    assert sorted(reader.tags.values_list("name", flat=True)) == ["Press, local", "Talk"]
    subscription = reader.subscriptions.get()
    assert subscription.confirmed_at == ada.claimed_at
    assert not OutgoingMail.objects.exists()


@pytest.mark.parametrize(("rows", "expected"), [(SUBSTACK_ROWS, 1), (GHOST_ROWS, 2), (LISTMONK_ROWS, 2)])
def test_only_readers_who_are_mailed_in_the_other_system_are_taken(
    newsletter: Newsletter, rows: tuple[str, ...], expected: int
) -> None:
    job = imported(newsletter, rows)
    assert states(newsletter) == {"ada@example.org": "confirmed"}
    claimed = events(newsletter)[0].claimed_at
    assert claimed is not None
    assert claimed.replace(microsecond=0) == datetime(2022, 3, 16, 8, 3, 11, tzinfo=UTC)
    assert summary(job).refused == expected


@pytest.mark.parametrize(
    ("column", "cell"),
    [("UNSUB_TIME", "2023-01-01 00:00:00"), ("CLEAN_TIME", "2023-01-01 00:00:00"), ("Status", "Spam")],
)
def test_whoever_left_there_is_refused_and_left_alone_here(newsletter: Newsletter, column: str, cell: str) -> None:
    here = make_subscription(newsletter, "here@example.org")
    job = imported(newsletter, [f"Email Address,OPTIN_TIME,LEID,EUID,{column}"] + [
        f"{name}@example.org,2020-01-01 00:00:00,1,2,{cell}" for name in ("here", "new")
    ])  # fmt: skip
    here.refresh_from_db()
    assert here.state == "confirmed"
    assert states(newsletter) == {"here@example.org": "confirmed"}
    assert summary(job).refused == 2
    assert "left alone" in errors(job)[0][1]


def test_an_import_never_brings_back_who_left_or_must_not_be_mailed(newsletter: Newsletter) -> None:
    make_subscription(newsletter, "left@example.org", state="ended", ended_at=timezone.now())
    suppress("bounced@example.org", reason=SuppressionReason.BOUNCED, now=timezone.now())
    gone = make_subscription(newsletter, "erased@example.org").subscriber
    erase(gone, now=timezone.now())
    # Left, and signed up again by who knows whom.
    make_subscription(newsletter, "waits@example.org", state="pending", ended_at=timezone.now(), confirmed_at=None)
    before = states(newsletter)
    names = ("left", "bounced", "erased", "waits")
    job = imported(newsletter, [OPTED_IN, *(f"{name}@example.org,2020-01-01" for name in names)])
    assert states(newsletter) == before
    assert summary(job).refused == 4
    assert not Subscriber.objects.filter(email__in=["bounced@example.org", "erased@example.org"]).exists()
    assert [row[2] for row in errors(job)] == [f"{name}@example.org" for name in names]


def test_a_hash_of_an_old_key_keeps_an_erased_reader_out(newsletter: Newsletter, settings: object) -> None:
    old = settings.SECRET_KEY  # type: ignore[attr-defined]
    suppress("erased@example.org", reason=SuppressionReason.ERASED, now=timezone.now())
    settings.SECRET_KEY = "a new key that is long enough to be one, really"  # type: ignore[attr-defined]
    settings.SECRET_KEY_FALLBACKS = [old]  # type: ignore[attr-defined]
    job = imported(newsletter, [OPTED_IN, "erased@example.org,2020-01-01", "new@example.org,2020-01-01"])
    assert states(newsletter) == {"new@example.org": "confirmed"}
    assert summary(job).refused == 1


def test_nothing_is_hashed_while_nobody_is_suppressed(
    newsletter: Newsletter, django_assert_num_queries: object
) -> None:
    def never(key: bytes) -> NoReturn:
        raise AssertionError(key)

    assert not Suppression.objects.exists()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judging, "hasher", never)
        imported(newsletter, [OPTED_IN, "ada@example.org,2020-01-01"])


def test_a_reader_who_is_here_stays_as_he_is_and_gets_what_he_lacks(newsletter: Newsletter) -> None:
    SubscriberAttribute.objects.create(key="city", label="City")
    named = make_subscription(newsletter, "named@example.org", frequency="monthly")
    Subscriber.objects.filter(pk=named.subscriber_id).update(name="As he wrote it")
    make_subscription(newsletter, "blank@example.org")
    job = imported(
        newsletter,
        [
            "email,name,frequency,city,tags,opted_in_at",
            "named@example.org,Other,weekly,Graz,Talk,2020-01-01",
            "blank@example.org,Blank,weekly,,Talk,2020-01-01",
        ],
        tags=["From the fair"],
    )
    assert (summary(job).created, summary(job).unchanged) == (0, 2)
    named.refresh_from_db()
    assert (named.subscriber.name, named.frequency) == ("As he wrote it", "monthly")
    assert Subscriber.objects.get(email="blank@example.org").name == "Blank"
    assert AttributeValue.objects.get().text == "Graz"
    for subscriber in Subscriber.objects.all():
        assert sorted(subscriber.tags.values_list("name", flat=True)) == ["From the fair", "Talk"]
    assert events(newsletter) == []


def test_a_reader_who_waits_is_confirmed_by_the_opt_in_of_the_source_only(newsletter: Newsletter) -> None:
    for name in ("asked", "claimed"):
        make_subscription(newsletter, f"{name}@example.org", state="pending", confirmed_at=None)
    job = imported(newsletter, [OPTED_IN, "asked@example.org,", "claimed@example.org,2020-01-01"])
    assert states(newsletter) == {"asked@example.org": "pending", "claimed@example.org": "confirmed"}
    assert (summary(job).created, summary(job).unchanged) == (1, 1)
    (event,) = events(newsletter)
    assert event.claimed_at == datetime(2020, 1, 1, tzinfo=UTC)
    assert Subscription.objects.get(subscriber__email="claimed@example.org").confirmed_at == event.claimed_at


def test_a_reader_of_another_newsletter_is_not_made_twice(newsletter: Newsletter) -> None:
    other = make_newsletter(name="Other", slug="other")
    make_subscription(other, "ada@example.org", state="ended", ended_at=timezone.now())
    imported(newsletter, [OPTED_IN, "ada@example.org,2020-01-01"])
    assert states(newsletter) == {"ada@example.org": "confirmed"}
    assert states(other) == {"ada@example.org": "ended"}


def test_the_first_row_of_an_address_counts(newsletter: Newsletter) -> None:
    job = imported(
        newsletter,
        [
            "email,name,opted_in_at",
            "b@example.org,First,2020-01-01",
            "a@example.org,,",
            "B@Example.ORG,Second,2021-01-01",
        ],
    )
    assert Subscriber.objects.get(email="b@example.org").name == "First"
    ((line, why, *cells),) = errors(job)
    assert (line, cells) == ("4", ["B@Example.ORG", "Second", "2021-01-01"])
    assert "further up" in why


def test_a_pending_reader_of_the_source_stays_pending_whatever_its_times_say(newsletter: Newsletter) -> None:
    imported(newsletter, ["email,status,opted_in_at", "ada@example.org,pending,2020-01-01"])
    assert states(newsletter) == {"ada@example.org": "pending"}
    assert events(newsletter)[0].claimed_at is None


def test_the_rehearsal_touches_no_reader_and_says_what_will_happen(newsletter: Newsletter) -> None:
    make_subscription(newsletter, "here@example.org")
    rows = [OPTED_IN, "here@example.org,2020-01-01", "new@example.org,2020-01-01", "nobody,2020-01-01"]
    rehearsed = staged(newsletter, rows)
    assert states(newsletter) == {"here@example.org": "confirmed"}
    assert not Subscriber.objects.filter(email="new@example.org").exists()
    assert summary(rehearsed) == summary(imported(newsletter, rows))


def test_imported_twice_is_imported_once(newsletter: Newsletter) -> None:
    imported(newsletter, MAILCHIMP_ROWS)
    again = imported(newsletter, MAILCHIMP_ROWS)
    assert (summary(again).created, summary(again).unchanged, summary(again).refused) == (0, 2, 0)
    assert len(events(newsletter)) == 2


def test_tags_and_columns_about_health_are_not_taken(newsletter: Newsletter) -> None:
    imported(
        newsletter, ["email,tags,Diagnosis,opted_in_at", 'ada@example.org,"Talk,Ketamine patients",F32,2020-01-01']
    )
    reader = Subscriber.objects.get()
    assert list(reader.tags.values_list("name", flat=True)) == ["Talk"]
    assert not AttributeValue.objects.exists()


def test_a_number_of_an_attribute_can_be_compared(newsletter: Newsletter) -> None:
    SubscriberAttribute.objects.create(key="visits", label="Visits", kind="number")
    job = imported(newsletter, ["email,visits", "ada@example.org,12.5", "bo@example.org,many", "cy@example.org,"])
    value = AttributeValue.objects.get()
    assert (value.subscriber.email, value.text, value.number) == ("ada@example.org", "12.5", 12.5)
    assert [row[2] for row in errors(job)] == ["bo@example.org"]
