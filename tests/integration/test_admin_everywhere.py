"""The page "See it everywhere": the very bytes, in frames that may do nothing, through any reader's eyes."""

from __future__ import annotations

import email
import email.policy
import html
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from blog.models import Topic
from newsletter.engine.message import CompiledMessage
from newsletter.issues.as_seen import in_the_dark
from newsletter.issues.sample import sample
from newsletter.issues.schedule import schedule
from newsletter.models import Campaign, Delivery, OutgoingMail, Subscriber
from tests.factories import make_story, make_subscription
from tests.integration.admin_scene import Scene, log_in

pytestmark = pytest.mark.django_db


def words(response: Any) -> str:
    return html.unescape(" ".join(response.content.decode().split()))


def page(scene: Scene, query: str = "", role: str = "Editor") -> Any:
    return log_in(role).get(scene.address("newsletter_issues:everywhere") + query)


def frame(scene: Scene, look: str, query: str = "", role: str = "Editor") -> Any:
    return log_in(role).get(scene.address("newsletter_issues:frame", f"issue {look}") + query)


def part_of(content: bytes, subtype: str) -> str:
    message = email.message_from_bytes(content, policy=email.policy.default)
    part = message.get_body((subtype,))  # type: ignore[attr-defined]
    assert part
    return str(part.get_content())


def sent(scene: Scene) -> bytes:
    """The bytes that really go out, once it is scheduled."""
    now = timezone.now()
    campaign = schedule(scene.issue, at=now, time_zone="UTC", approve=True, now=now)
    return sample(CompiledMessage.load(bytes(campaign.compiled)), date=now)


class TestFrames:
    def test_a_frame_shows_the_very_html_that_goes_out(self, scene: Scene) -> None:
        shown = {look: frame(scene, look).content.decode() for look in ("mail", "dark", "no-pictures")}
        out = part_of(sent(scene), "html")
        assert shown == {"mail": out, "dark": in_the_dark(out), "no-pictures": out}
        assert "(min-width: 0px)" in shown["dark"]

    @pytest.mark.parametrize("look", ["mail", "dark", "no-pictures"])
    def test_its_document_may_do_nothing(self, look: str, scene: Scene) -> None:
        response = frame(scene, look)
        rules = dict(rule.strip().partition(" ")[::2] for rule in response["Content-Security-Policy"].split(";"))
        assert rules.pop("img-src").split() == (
            ["'none'"] if look == "no-pictures" else ["'self'", "https://testserver"]
        )
        assert rules == {
            "sandbox": "",
            "default-src": "'none'",
            "style-src": "'unsafe-inline'",
            "base-uri": "'none'",
            "form-action": "'none'",
            "frame-ancestors": "'self'",
        }
        assert response["X-Frame-Options"] == "SAMEORIGIN"
        assert response["Referrer-Policy"] == "no-referrer"
        assert {"private", "no-store"} <= set(response["Cache-Control"].split(", "))

    def test_a_look_that_is_none_is_not_found(self, scene: Scene) -> None:
        assert frame(scene, "elsewhere").status_code == 404

    def test_a_draft_that_is_no_message_yet_says_what_it_lacks(self, scene: Scene) -> None:
        scene.newsletter.sender_email = "nobody"
        scene.newsletter.save()
        response = frame(scene, "mail")
        assert response["Content-Type"] == "text/plain; charset=utf-8"
        assert "sender" in response.content.decode()
        assert "sender" in words(page(scene))


class TestPage:
    def test_each_frame_is_sandboxed_and_as_wide_as_its_screen(self, scene: Scene) -> None:
        frames = re.findall(r"<iframe[^>]*newsletter-frame[^>]*>", page(scene).content.decode())
        assert [re.search(r'width="(\d+)"', tag)[1] for tag in frames] == ["375", "600", "600", "600", "1200"]  # type: ignore[index]
        assert all(re.search(r'\ssandbox(?=[\s>])(?!=")', tag) for tag in frames)

    def test_it_shows_text_and_source_of_the_bytes(self, scene: Scene) -> None:
        shown = html.unescape(page(scene).content.decode())
        out = sent(scene)
        assert part_of(out, "plain").replace("\r\n", "\n") in shown.replace("\r\n", "\n")
        assert part_of(out, "html") in shown
        assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in shown

    def test_it_weighs_the_mail(self, scene: Scene) -> None:
        shown = words(page(scene))
        octets = len(part_of(sent(scene), "html").encode())
        assert f"{round(100 * octets / 102_000)} % of the" in shown
        assert "that Gmail shows" in shown
        assert "Gmail cuts it off" not in shown

    def test_a_mail_over_gmails_limit_is_told(self, scene: Scene) -> None:
        draft = scene.issue.get_latest_revision_as_object()
        draft.body = [("text", f"<p>{'Words that nobody reads. ' * 5000}</p>")]
        draft.save_revision()
        assert "Gmail cuts it off" in words(page(scene))

    def test_the_composer_leads_there(self, scene: Scene) -> None:
        composer = log_in("Doctor").get(scene.address("newsletter_issues:edit")).content.decode()
        assert scene.address("newsletter_issues:everywhere") in composer

    def test_looking_changes_nothing(self, scene: Scene) -> None:
        before = [model.objects.count() for model in (Campaign, Delivery, OutgoingMail)]
        page(scene)
        assert [model.objects.count() for model in (Campaign, Delivery, OutgoingMail)] == before
        assert log_in("Editor").post(scene.address("newsletter_issues:everywhere")).status_code == 405
        assert log_in("Editor").post(scene.address("newsletter_issues:frame", "issue mail")).status_code == 405

    def test_an_issue_that_does_not_exist_is_not_found(self, scene: Scene) -> None:
        client = log_in("Editor")
        assert client.get(reverse("newsletter_issues:everywhere", args=[10**9])).status_code == 404
        assert client.get(reverse("newsletter_issues:frame", args=[10**9, "mail"])).status_code == 404

    def test_nobody_sees_a_draft_without_logging_in(self, scene: Scene) -> None:
        for name, of in [("everywhere", "issue"), ("frame", "issue mail")]:
            response = Client().get(scene.address(f"newsletter_issues:{name}", of))
            assert response["Location"].startswith("/admin/login/")

    def test_what_an_editor_typed_is_text_on_it(self, scene: Scene) -> None:
        draft = scene.issue.get_latest_revision_as_object()
        draft.subject = "<script>alert(1)</script>{{ settings.SECRET_KEY }}"
        nasty = '<script>alert(2)</script><img src=x onerror="alert(3)">'
        draft.body = [("text", f"<p>{{{{ settings.SECRET_KEY }}}}{nasty}</p>")]
        draft.save_revision()
        shown = page(scene).content.decode()
        assert "<script>alert(" not in shown
        assert "onerror=" not in html.unescape(frame(scene, "mail").content.decode())
        assert "{{ settings.SECRET_KEY }}" in html.unescape(frame(scene, "mail").content.decode())


class TestReaders:
    def reader(self, scene: Scene, name: str = "Inês <Duarte>") -> Subscriber:
        subscriber = make_subscription(scene.newsletter, "ines@example.com").subscriber
        subscriber.name = name
        subscriber.save()
        return subscriber

    def test_the_mail_is_theirs_and_its_links_are_nobodys(self, scene: Scene) -> None:
        reader = self.reader(scene)
        shown = html.unescape(page(scene, f"?reader={reader.pk}").content.decode())
        assert "As Inês <Duarte> gets it" in shown
        assert "<ines@example.com>" in shown
        assert f"/mail/?reader={reader.pk}" in shown
        assert "/unsubscribe/" not in shown
        assert "/preferences/" not in shown
        assert "List-Unsubscribe: <https://testserver/subscribe/>" in shown
        assert "/unsubscribe/" not in frame(scene, "mail", f"?reader={reader.pk}").content.decode()

    def test_it_says_what_they_have_and_why_they_would_not_be_mailed(self, scene: Scene) -> None:
        reader = self.reader(scene)
        assert "Would it be mailed now?</dt> <dd>Yes." in words(page(scene, f"?reader={reader.pk}"))
        reader.subscriptions.update(state="ended")
        assert "No. Has left Rounds." in words(page(scene, f"?reader={reader.pk}"))

    def test_a_fitting_mail_is_shown_without_what_this_reader_does_not_get(self, scene: Scene) -> None:
        reader = Subscriber.objects.order_by("pk")[0]
        first, topics = scene.story, [Topic.objects.create(name=name, slug=name) for name in ("sleep", "mood")]
        other = make_story(first.get_parent(), author=first.author, title="About the mood")
        for story, topic in ((first, topics[0]), (other, topics[1])):
            story.topics.set([topic])
            story.save()
        subscription = reader.subscriptions.get(newsletter=scene.newsletter)
        subscription.topics.set([topics[0]])
        scene.issue.fits_reader = True
        scene.issue.body = [("story", {"story": story, "display": "excerpt"}) for story in (first, other)]
        scene.issue.save_revision()
        whose = f"?reader={reader.pk}"
        assert "so do the frames below" in words(page(scene, whose))
        theirs, whole = (frame(scene, "mail", query).content.decode() for query in (whose, ""))
        assert (first.title in theirs, "About the mood" in theirs) == (True, False)
        assert "About the mood" in whole
        first.topics.set([topics[1]])
        first.save()
        assert "this reader gets no mail" in words(page(scene, whose))

    def test_a_search_finds_them_and_stays_out_of_the_address(self, scene: Scene) -> None:
        reader = self.reader(scene)
        client = log_in("Editor")
        for text in ("duarte", "ines@", "INES@example.com"):
            response = client.post(scene.address("newsletter_issues:find_reader"), {"who": text})
            assert text not in response["Location"]
            shown = client.get(response["Location"]).content.decode()
            assert f"?reader={reader.pk}" in shown
        response = client.post(scene.address("newsletter_issues:find_reader"), {"who": "nobody at all"})
        assert "Nobody is found" in words(client.get(response["Location"]))

    def test_an_old_search_is_over_and_an_empty_one_leads_back(self, scene: Scene) -> None:
        assert "This search is over" in words(page(scene, "?search=0000"))
        response = log_in("Editor").post(scene.address("newsletter_issues:find_reader"), {"who": " "})
        assert response["Location"] == scene.address("newsletter_issues:everywhere")

    @pytest.mark.parametrize("query", ["?reader=1", "?reader=", "?reader=x"])
    def test_who_may_not_see_readers_sees_no_one(self, query: str, scene: Scene) -> None:
        assert page(scene, query, role="Doctor").status_code == 403
        assert frame(scene, "mail", query, role="Doctor").status_code == 403
        plain = page(scene, role="Doctor")
        assert plain.status_code == 200
        assert 'name="who"' not in plain.content.decode()

    @pytest.mark.parametrize("query", ["?reader=x", "?reader=-1", "?reader=999999999", f"?reader={'9' * 40}"])
    def test_a_reader_that_is_none_is_not_found(self, query: str, scene: Scene) -> None:
        assert page(scene, query).status_code == 404
        assert frame(scene, "mail", query).status_code == 404
