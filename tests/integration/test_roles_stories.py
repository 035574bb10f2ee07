"""The five roles in the stories' part of the admin: consents, glossary, problem reports, reviews, overrides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from blog.dashboard.problems import ProblemViewSet
from blog.models import GlossaryTerm, PatientConsent, ProblemReport
from newsletter.admin.roles import ROLES
from tests.factories import make_story
from tests.integration.admin_scene import log_in, make_logins
from tests.integration.reporting import make_report
from tests.stages import stage

if TYPE_CHECKING:
    from blog.models import StoryIndexPage

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
OWNER, DOCTOR, EDITOR, CONTRIBUTOR, ANALYST = ROLES
CARERS = {OWNER, DOCTOR, EDITOR}

#: (address name, id of, who may); whoever may not gets 403 whatever the method.
OURS = {
    ("blog_problems:index", ""): CARERS,
    ("blog_problems:index_results", ""): CARERS,
    ("blog_problems:show", "report"): CARERS,
    ("blog_review", "story"): CARERS,
}
#: Wagtail's views of our snippets; the others are sent to the start.
SNIPPETS = {
    ("wagtailsnippets_blog_patientconsent:list", ""): CARERS,
    ("wagtailsnippets_blog_patientconsent:add", ""): CARERS,
    ("wagtailsnippets_blog_patientconsent:edit", "consent"): CARERS,
    ("wagtailsnippets_blog_patientconsent:usage", "consent"): CARERS,
    ("wagtailsnippets_blog_patientconsent:history", "consent"): CARERS,
    ("wagtailsnippets_blog_patientconsent:delete", "consent"): {OWNER, EDITOR},
    ("wagtailsnippets_blog_glossaryterm:list", ""): CARERS,
    ("wagtailsnippets_blog_glossaryterm:add", ""): CARERS,
    ("wagtailsnippets_blog_glossaryterm:edit", "term"): {OWNER, EDITOR},
    ("wagtailsnippets_blog_glossaryterm:delete", "term"): {OWNER, EDITOR},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A doctor's story with a report on it, a consent and a word."""

    ids: dict[str, int]

    def address(self, name: str, of: str) -> str:
        return reverse(name, args=[self.ids[of]] if of else [])


@stage
def desk(stories: StoryIndexPage) -> Desk:
    make_logins()
    story = make_story(stories, owner=User.objects.get(username="doctor"))
    return Desk(
        ids={
            "story": story.pk,
            "report": make_report(story).pk,
            "consent": PatientConsent.objects.create(label="Walking group").pk,
            "term": GlossaryTerm.objects.create(term="Relapse", slug="relapse", definition="It comes back.").pk,
        }
    )


@pytest.mark.usefixtures("_short_refusals")
@pytest.mark.parametrize("role", ROLES)
def test_our_views_refuse_whoever_may_not_whatever_the_method(role: str, desk: Desk) -> None:
    client, wrong = log_in(role), []
    for (name, of), may in OURS.items():
        for method in ["get", "post", "put", "delete", "options"]:
            status = getattr(client, method)(desk.address(name, of)).status_code
            if (role in may and method == "get" and status != 200) or (role not in may and status != 403):
                wrong.append((name, method, status))
    assert wrong == []


@pytest.mark.parametrize("role", ROLES)
def test_consents_and_words_open_only_for_those_who_may(role: str, desk: Desk) -> None:
    client, wrong, start = log_in(role), [], reverse("wagtailadmin_home")
    for (name, of), may in SNIPPETS.items():
        response = client.get(desk.address(name, of))
        refused = response.status_code == 403 or (response.status_code == 302 and response["Location"] == start)
        if refused == (role in may):
            wrong.append((name, response.status_code))
    assert wrong == []


@pytest.mark.parametrize("role", [CONTRIBUTOR, ANALYST])
def test_no_list_or_chooser_tells_others_of_a_consent(role: str, desk: Desk) -> None:
    client = log_in(role)
    for address in (
        reverse("wagtailsnippets:index"),
        reverse("wagtailsnippetchoosers_blog_patientconsent:choose"),
        reverse("wagtailsnippetchoosers_blog_patientconsent:choose_results"),
        reverse("wagtailsnippetchoosers_blog_patientconsent:chosen", args=[desk.ids["consent"]]),
        reverse("wagtailsnippetchoosers_blog_patientconsent:chosen_multiple") + f"?id={desk.ids['consent']}",
        "/admin/reports/site-history/",
        reverse("wagtailadmin_home"),
    ):
        assert "Walking group" not in client.get(address).content.decode()


@pytest.mark.parametrize("role", sorted(CARERS))
def test_who_may_chooses_a_consent_for_a_story(role: str, desk: Desk) -> None:
    chooser = reverse("wagtailsnippetchoosers_blog_patientconsent:choose")
    assert "Walking group" in log_in(role).get(chooser).content.decode()


@pytest.mark.parametrize("role", ROLES)
def test_the_menu_shows_problem_reports_to_those_who_may_open_them(role: str, desk: Desk) -> None:
    page = log_in(role).get(reverse("wagtailadmin_home")).content.decode()
    assert (f'"{reverse("blog_problems:index")}"' in page) is (role in CARERS)


@pytest.mark.parametrize(
    ("permission", "may"),
    [
        ("blog.override_finding", {OWNER, EDITOR}),
        ("blog.change_problemreport", {OWNER, EDITOR}),
        ("blog.view_problemreport", CARERS),
        ("blog.view_patientconsent", CARERS),
        ("blog.delete_patientconsent", {OWNER, EDITOR}),
        ("blog.add_glossaryterm", CARERS),
        ("blog.change_glossaryterm", {OWNER, EDITOR}),
    ],
)
def test_who_has_a_right(permission: str, may: set[str], desk: Desk) -> None:
    assert {role for role in ROLES if User.objects.get(username=role.lower()).has_perm(permission)} == may


def test_a_refused_step_changes_nothing(desk: Desk) -> None:
    for role in (CONTRIBUTOR, ANALYST):
        log_in(role).post(desk.address("blog_problems:show", "report"), {"after": "new", "to": "dismissed"})
    assert ProblemReport.objects.get().state == "new"


def test_nobody_reaches_a_view_without_logging_in(desk: Desk) -> None:
    for name, of in OURS:
        response = Client().post(desk.address(name, of))
        assert (response.status_code, response["Location"].startswith("/admin/login/")) == (302, True)


def test_every_address_of_problem_reports_stands_in_the_table() -> None:
    names = {f"blog_problems:{pattern.name}" for pattern in ProblemViewSet().get_urlpatterns()}
    assert names <= {name for name, _of in OURS}
