"""The API's operations on readers: what they answer, what they change, what they never do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from newsletter.audience.erase import erase
from newsletter.audience.sign_ups import take_sign_ups
from newsletter.audience.suppression import is_suppressed
from newsletter.models import (
    ConsentEvent,
    Newsletter,
    OutgoingMail,
    SignUpRequest,
    Subscriber,
    SubscriberAttribute,
    SubscriberTag,
    Subscription,
)
from tests.factories import make_home, make_newsletter, make_subscription
from tests.integration.calling import Program, error_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def program(newsletter: Newsletter) -> Program:
    return Program.with_scopes()


class TestSigningUp:
    def test_it_leads_to_a_mail_and_to_nothing_else(self, program: Program) -> None:
        make_home()
        body = {"newsletter": "rounds", "email": "Ana@Example.com", "name": "Ana", "source": "/waiting-room/"}
        answer = program.ask("POST", "/subscriptions", body)
        assert (answer.status_code, answer.json()) == (202, {"status": "accepted"})
        take_sign_ups(timezone.now())
        subscription = Subscription.objects.get(subscriber__email="ana@example.com")
        assert (subscription.state, subscription.confirmed_at) == ("pending", None)
        assert [mail.recipient for mail in OutgoingMail.objects.all()] == ["ana@example.com"]
        assert ConsentEvent.objects.get().source == "API: shop, /waiting-room/"

    def test_the_answer_is_the_same_for_known_unknown_suppressed_and_erased_addresses(self, program: Program) -> None:
        newsletter = Newsletter.objects.get()
        make_subscription(newsletter, "known@example.com")
        erase(make_subscription(newsletter, "erased@example.com").subscriber, now=timezone.now())
        answers = {
            (answer.status_code, answer.content)
            for name in ("known", "erased", "new")
            for answer in [
                program.ask("POST", "/subscriptions", {"newsletter": "rounds", "email": f"{name}@example.com"})
            ]
        }
        assert answers == {(202, b'{"status": "accepted"}')}

    def test_an_erased_person_is_a_reader_again_only_by_the_mailbox(self, program: Program) -> None:
        """Security case 48."""
        make_home()
        newsletter = Newsletter.objects.get()
        erase(make_subscription(newsletter, "ana@example.com").subscriber, now=timezone.now())
        program.ask("POST", "/subscriptions", {"newsletter": "rounds", "email": "ana@example.com"})
        take_sign_ups(timezone.now())
        reader = Subscriber.objects.get(email="ana@example.com")
        for method, path, body in [
            ("PATCH", "", {"subscriptions": [{"newsletter": "rounds", "frequency": "weekly"}]}),
            ("PATCH", "", {"name": "Ana"}),
            ("PATCH", "", {"state": "confirmed"}),
            ("PATCH", "", {"subscriptions": [{"newsletter": "rounds", "state": "confirmed"}]}),
        ]:
            assert program.ask(method, f"/subscribers/{reader.pk}{path}", body).status_code in {409, 422}
        assert Subscription.objects.get().state == "pending"
        assert not Subscription.objects.receiving(timezone.now()).exists()
        assert is_suppressed("ana@example.com")

    @pytest.mark.parametrize("field", ["state", "confirmed_at", "status", "ended_reason", "id"])
    def test_no_field_beyond_those_offered_is_taken(self, program: Program, field: str) -> None:
        """Security case 35."""
        body = {"newsletter": "rounds", "email": "ana@example.com", field: "confirmed"}
        assert error_of(program.ask("POST", "/subscriptions", body)) == (422, "invalid")
        assert not SignUpRequest.objects.exists()

    @pytest.mark.parametrize(
        "wrong",
        [
            {"email": "no address"},
            {"email": "ana@somewhere.example\r\nBcc: eve@somewhere.example"},
            {"email": "a" * 900 + "@somewhere.example"},
            {"name": "Ana\nEve"},
            {"name": "\x00"},
            {"name": "\ud800"},
            {"frequency": "hourly"},
            {"topics": ["no-such-topic"]},
            {"topics": ["\x00"]},
            {"language": "xx"},
            {"source": "/page?email=ana@somewhere.example"},
            {"newsletter": "rounds\x00"},
            {"newsletter": ["rounds"]},
        ],
    )
    def test_what_can_not_be_used_is_refused_with_a_reason(self, program: Program, wrong: dict[str, object]) -> None:
        body = {"newsletter": "rounds", "email": "ana@somewhere.example", **wrong}
        answer = program.ask("POST", "/subscriptions", body)
        assert error_of(answer) == (422, "invalid")
        assert b"somewhere" not in answer.content
        assert not SignUpRequest.objects.exists()

    def test_a_hidden_newsletter_is_not_there(self, program: Program) -> None:
        """Security case 16."""
        make_newsletter(slug="secret", hidden=True)
        for slug in ("secret", "nowhere"):
            answer = program.ask("POST", "/subscriptions", {"newsletter": slug, "email": "ana@example.com"})
            assert error_of(answer) == (404, "not_found")


class TestReading:
    def test_a_reader_is_shown_whole(self, program: Program) -> None:
        subscription = make_subscription(Newsletter.objects.get(), "ana@example.com", frequency="weekly")
        shown = program.ask("GET", f"/subscribers/{subscription.subscriber_id}").json()
        assert (shown["email"], shown["tags"], shown["attributes"]) == ("ana@example.com", [], {})
        (one,) = shown["subscriptions"]
        assert (one["newsletter"], one["state"], one["frequency"], one["ended_reason"]) == (
            "rounds",
            "confirmed",
            "weekly",
            None,
        )

    def test_pages_follow_each_other_without_gaps_while_readers_come_and_go(self, program: Program) -> None:
        newsletter = Newsletter.objects.get()
        readers = [make_subscription(newsletter).subscriber for _ in range(5)]
        first = program.ask("GET", "/subscribers?limit=2").json()
        readers[0].delete()
        make_subscription(newsletter)
        seen, page = [item["id"] for item in first["items"]], first
        while page["next"]:
            page = program.ask("GET", f"/subscribers?limit=2&after={page['next']}").json()
            seen += [item["id"] for item in page["items"]]
        assert seen == sorted(set(seen))
        assert {reader.pk for reader in readers[1:]} < set(seen)
        assert len(seen) == 6

    def test_the_list_is_narrowed_by_newsletter_state_and_time(self, program: Program) -> None:
        newsletter, other = Newsletter.objects.get(), make_newsletter(slug="other")
        here = make_subscription(newsletter).subscriber
        left = make_subscription(newsletter, state="ended", ended_reason="one_click").subscriber
        Subscription.objects.create(subscriber=left, newsletter=other, state="confirmed")
        Subscriber.objects.filter(pk=here.pk).update(created_at=timezone.now() - timedelta(days=9))

        def ids(query: str) -> list[int]:
            return [item["id"] for item in program.ask("GET", f"/subscribers?{query}").json()["items"]]

        assert ids("newsletter=rounds&state=confirmed") == [here.pk]
        assert ids("newsletter=other") == [left.pk]
        assert ids("state=confirmed") == [here.pk, left.pk]
        assert ids(f"created_since={timezone.now() - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}") == [left.pk]

    @pytest.mark.parametrize(
        ("since", "status"),
        [
            ("2093-02-09T22:40:05%2B20:33", 200),
            ("0001-01-01T00:00:00%2B05:00", 422),
            ("9999-12-31T23:59:59-05:00", 422),
        ],
    )
    def test_an_instant_in_a_zone_that_databases_do_not_take_is_read_in_utc(
        self, program: Program, since: str, status: int
    ) -> None:
        assert program.ask("GET", f"/subscribers?created_since={since}").status_code == status

    def test_the_number_of_queries_does_not_grow_with_the_page(
        self, program: Program, django_assert_max_num_queries: object
    ) -> None:
        for _ in range(12):
            make_subscription(Newsletter.objects.get())
        with django_assert_max_num_queries(9):  # type: ignore[operator]
            assert len(program.ask("GET", "/subscribers").json()["items"]) == 12

    def test_an_address_is_looked_up_in_a_body_in_any_spelling(self, program: Program) -> None:
        reader = make_subscription(Newsletter.objects.get(), "ana@example.com").subscriber
        found = program.ask("POST", "/subscribers/lookup", {"email": " ANA@example.com "})
        assert found.json()["id"] == reader.pk
        missing = program.ask("POST", "/subscribers/lookup", {"email": "eve@example.com"})
        assert error_of(missing) == (404, "not_found")
        assert b"eve" not in missing.content

    def test_the_record_holds_everything_kept(self, program: Program) -> None:
        reader = make_subscription(Newsletter.objects.get(), "ana@example.com").subscriber
        record = program.ask("GET", f"/subscribers/{reader.pk}/record").json()
        assert record["address"] == "ana@example.com"
        assert record["subscriptions"][0]["state"] == "confirmed"

    @pytest.mark.parametrize(
        "wrong", ["0", "-1", "x", "9223372036854775808", "1%20or%201=1", "%00", "..%2fadmin", "1e3", "१"]
    )
    def test_an_id_is_a_number_and_nothing_else(self, program: Program, wrong: str) -> None:
        """Security case 49."""
        for path in (f"/subscribers/{wrong}", f"/issues/{wrong}"):
            status, _ = error_of(program.ask("GET", path))
            assert status in {404, 422}
        assert program.ask("DELETE", f"/subscribers/{wrong}").status_code in {404, 422}


class TestChanging:
    def test_what_is_left_out_stays_and_the_evidence_says_who(self, program: Program) -> None:
        subscription = make_subscription(Newsletter.objects.get(), frequency="monthly")
        Subscriber.objects.update(language="en")
        body = {"name": "Ana", "subscriptions": [{"newsletter": "rounds", "frequency": "weekly"}]}
        shown = program.ask("PATCH", f"/subscribers/{subscription.subscriber_id}", body).json()
        assert (shown["name"], shown["language"], shown["subscriptions"][0]["frequency"]) == ("Ana", "en", "weekly")
        events = ConsentEvent.objects.filter(subscription=subscription, kind="changed")
        assert {event.source for event in events} == {"API: shop"}

    def test_all_of_it_or_nothing(self, program: Program) -> None:
        subscription = make_subscription(Newsletter.objects.get())
        body = {"name": "Ana", "subscriptions": [{"newsletter": "rounds", "topics": ["none-such"]}]}
        answer = program.ask("PATCH", f"/subscribers/{subscription.subscriber_id}", body)
        assert error_of(answer) == (422, "invalid")
        assert Subscriber.objects.get().name == ""
        assert not ConsentEvent.objects.exists()

    @pytest.mark.parametrize("state", ["pending", "ended"])
    def test_who_has_not_confirmed_is_not_changed(self, program: Program, state: str) -> None:
        subscription = make_subscription(Newsletter.objects.get(), state=state)
        for body in ({"name": "Ana"}, {"subscriptions": [{"newsletter": "rounds", "frequency": "weekly"}]}):
            answer = program.ask("PATCH", f"/subscribers/{subscription.subscriber_id}", body)
            assert error_of(answer) == (409, "not_confirmed")
        assert Subscription.objects.get().state == state

    @pytest.mark.parametrize("wrong", [{"time_zone": "Mars/Base"}, {"language": "xx"}, {"name": "a\nb"}, {"id": 5}])
    def test_what_can_not_be_used_is_refused(self, program: Program, wrong: dict[str, object]) -> None:
        reader = make_subscription(Newsletter.objects.get()).subscriber
        assert error_of(program.ask("PATCH", f"/subscribers/{reader.pk}", wrong)) == (422, "invalid")

    def test_tags_are_those_given_and_no_others(self, program: Program) -> None:
        reader = make_subscription(Newsletter.objects.get(), state="ended").subscriber
        for name in ("friend", "press", "colleague"):
            SubscriberTag.objects.create(name=name, slug=name)
        path = f"/subscribers/{reader.pk}"
        for wanted in (["friend", "press"], ["colleague", "press"], []):
            assert sorted(program.ask("PATCH", path, {"tags": wanted}).json()["tags"]) == wanted
        assert error_of(program.ask("PATCH", path, {"tags": ["depressed"]})) == (422, "invalid")

    def test_attributes_change_by_key_and_fit_their_kind(self, program: Program) -> None:
        reader = make_subscription(Newsletter.objects.get()).subscriber
        SubscriberAttribute.objects.create(key="city", label="City")
        SubscriberAttribute.objects.create(key="visits", label="Visits", kind="number")
        path = f"/subscribers/{reader.pk}"
        shown = program.ask("PATCH", path, {"attributes": {"city": "Springfield", "visits": "3"}}).json()
        assert shown["attributes"] == {"city": "Springfield", "visits": "3"}
        shown = program.ask("PATCH", path, {"attributes": {"visits": None}}).json()
        assert shown["attributes"] == {"city": "Springfield"}
        for wrong in ({"visits": "many"}, {"diagnosis": "x"}):
            answer = program.ask("PATCH", path, {"attributes": wrong})
            assert error_of(answer) == (422, "invalid")
            assert b"many" not in answer.content


class TestEnding:
    def test_one_newsletter_or_all_of_them_and_twice_is_once(self, program: Program) -> None:
        subscription = make_subscription(Newsletter.objects.get())
        reader = subscription.subscriber
        Subscription.objects.create(subscriber=reader, newsletter=make_newsletter(slug="other"), state="confirmed")
        path = f"/subscribers/{reader.pk}/unsubscribe"
        for _ in range(2):
            shown = program.ask("POST", path, {"newsletter": "rounds"}).json()
            assert {one["newsletter"]: one["state"] for one in shown["subscriptions"]} == {
                "rounds": "ended",
                "other": "confirmed",
            }
        program.ask("POST", path, {})
        assert set(Subscription.objects.values_list("state", "ended_reason")) == {("ended", "by_program")}
        assert ConsentEvent.objects.filter(kind="ended").count() == 2
        assert error_of(program.ask("POST", path, {"newsletter": "nowhere"})) == (404, "not_found")

    def test_erasing_leaves_a_keyed_hash_and_nothing_else(self, program: Program) -> None:
        reader = make_subscription(Newsletter.objects.get(), "ana@example.com").subscriber
        answer = program.ask("DELETE", f"/subscribers/{reader.pk}")
        assert (answer.status_code, answer.content) == (204, b"")
        assert not Subscriber.objects.exists()
        assert is_suppressed("ana@example.com")
        assert error_of(program.ask("DELETE", f"/subscribers/{reader.pk}")) == (404, "not_found")
