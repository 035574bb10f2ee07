"""The five roles: what each may reach in the admin, view by view, method by method."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.urls import URLPattern, reverse

from newsletter.admin.campaigns.viewset import CampaignViewSet
from newsletter.admin.issue_templates import IssueTemplateViewSet
from newsletter.admin.issues import IssueViewSet
from newsletter.admin.newsletters import NewsletterViewSet
from newsletter.admin.readers.viewset import ReaderViewSet
from newsletter.admin.roles import ROLES, RolesError, ensure_roles
from newsletter.admin.schedules.viewsets import CalendarViewSet, ScheduleViewSet
from newsletter.admin.sign_ups.floods import FloodViewSet
from newsletter.models import Campaign, Issue, OutgoingMail
from tests.factories import make_story
from tests.integration.admin_scene import Scene, log_in, make_logins
from tests.integration.role_table import (
    ANALYST,
    COMPOSERS,
    CONTRIBUTOR,
    DOCTOR,
    EDITOR,
    EVERYONE,
    NOT_IN_THE_TABLE,
    OURS,
    OWNER,
    WAGTAILS,
)
from tests.stages import stage

if TYPE_CHECKING:
    from django.http import HttpResponse

    from blog.models import StoryIndexPage, StoryPage

pytestmark = pytest.mark.slow


@stage
def story(stories: StoryIndexPage) -> StoryPage:
    """A live story, and a login for each role."""
    make_logins()
    return make_story(stories)


def ask(client: Client, address: str, method: str) -> HttpResponse:
    data = {"body-count": "0"} if method == "POST" else None  # an empty composer, as a browser sends it
    response: HttpResponse = getattr(client, method.lower())(address, data)
    if response.streaming:
        b"".join(response)  # a ledger comes as an open file; reading it to its end closes it
    return response


@pytest.mark.django_db
@pytest.mark.usefixtures("_short_refusals")
@pytest.mark.parametrize("role", ROLES)
def test_our_views_answer_those_who_may_and_refuse_the_others_whatever_the_method(role: str, scene: Scene) -> None:
    client, wrong = log_in(role), []
    for (name, of, methods), may in OURS.items():
        address = scene.address(name, of)
        for method in ["GET", "POST", "PUT", "OPTIONS"]:
            if role in may and method not in methods.split():
                continue  # what a permitted person gets for a method that makes no sense is no question of roles
            status = ask(client, address, method).status_code
            expected = {200, 302, 404} if role in may else {403}
            if status not in expected:
                wrong.append((name, of, method, status))
    assert wrong == []


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_wagtails_views_of_our_models_open_only_for_those_who_may(role: str, scene: Scene) -> None:
    start = reverse("wagtailadmin_home")
    client, wrong = log_in(role), []
    for (name, of), may in WAGTAILS.items():
        for method in ["GET", "POST"]:
            response = ask(client, scene.address(name, of), method)
            refused = response.status_code == 403 or (response.status_code == 302 and response["Location"] == start)
            if refused == (role in may):
                wrong.append((name, method, response.status_code))
    assert wrong == []


@pytest.mark.django_db
def test_who_is_refused_sees_whom_to_ask_and_the_way_back(scene: Scene) -> None:
    page = log_in(ANALYST).get(scene.address("newsletter_issues:compose", "")).content.decode()
    main = page[page.index("<main") : page.index("</main>")]
    assert "You may not do this" in main
    assert "ask the owner of this publication" in main
    assert f'href="{reverse("wagtailadmin_home")}"' in main


def test_every_address_of_the_newsletters_admin_stands_in_a_table() -> None:
    known = {name for name, *_ in itertools.chain(OURS, WAGTAILS)} | NOT_IN_THE_TABLE
    patterns: list[tuple[str, URLPattern]] = []
    viewsets = (IssueViewSet, CampaignViewSet, IssueTemplateViewSet, ReaderViewSet, NewsletterViewSet, FloodViewSet)
    for viewset in (*(one() for one in viewsets), ScheduleViewSet(), CalendarViewSet()):
        patterns += [(viewset.url_namespace, pattern) for pattern in viewset.get_urlpatterns()]
    assert {f"{namespace}:{pattern.name}" for namespace, pattern in patterns} - known == set()


@pytest.mark.django_db
@pytest.mark.parametrize("role", sorted(EVERYONE - COMPOSERS))
def test_a_refused_post_changes_nothing_with_or_without_its_slash(role: str, scene: Scene) -> None:
    before = (Campaign.objects.values_list("pk", "state").get(), Issue.objects.count(), OutgoingMail.objects.count())
    for name, of in [
        ("newsletter_issues:send", "issue"),
        ("newsletter_issues:schedule", "issue"),
        ("newsletter_issues:compose", ""),
        ("newsletter_issues:copy_issue", "issue"),
        ("newsletter_issues:save_as_template", "issue"),
        ("newsletter_campaigns:control", "campaign cancel"),
    ]:
        address = scene.address(name, of)
        for variant in [
            address,
            address.rstrip("/"),
            address + "?x=1",
            address.replace("newsletter/", "newsletter//", 1),
        ]:
            response = log_in(role).post(variant, {"version": scene.version, "confirm": "1"})
            assert response.status_code in {301, 302, 403, 404}
            assert response.status_code != 302 or response["Location"] != reverse("newsletter_issues:list")
    after = (Campaign.objects.values_list("pk", "state").get(), Issue.objects.count(), OutgoingMail.objects.count())
    assert after == before


@pytest.mark.django_db
def test_nobody_reaches_a_view_without_logging_in(scene: Scene) -> None:
    for name, of, _methods in OURS:
        response = Client().post(scene.address(name, of))
        assert response.status_code == 302
        assert response["Location"].startswith("/admin/login/")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "entries"),
    [
        (OWNER, {"Issues", "Calendar", "Campaigns", "Schedules", "Templates", "Subscribers", "Newsletters"}),
        (EDITOR, {"Issues", "Calendar", "Campaigns", "Schedules", "Templates", "Subscribers", "Newsletters"}),
        (DOCTOR, {"Issues", "Calendar", "Schedules"}),
        (ANALYST, {"Calendar", "Campaigns", "Schedules"}),
        (CONTRIBUTOR, set()),
    ],
)
def test_the_menu_shows_what_the_role_may_open(role: str, entries: set[str], story: StoryPage) -> None:
    page = log_in(role).get(reverse("wagtailadmin_home")).content.decode()
    addresses = {
        "Issues": reverse("newsletter_issues:list"),
        "Calendar": reverse("newsletter_calendar:index"),
        "Campaigns": reverse("newsletter_campaigns:index"),
        "Templates": reverse("newsletter_templates:index"),
        "Schedules": reverse("newsletter_schedules:index"),
        "Subscribers": reverse("newsletter_subscribers:index"),
        "Newsletters": reverse("newsletter_newsletters:index"),
    }
    assert {label for label, address in addresses.items() if f'"{address}"' in page} == entries


@pytest.mark.django_db
class TestGroups:
    def test_the_five_groups_are_made_and_wagtails_own_two_go(self, story: StoryPage) -> None:
        assert set(Group.objects.values_list("name", flat=True)) == EVERYONE

    def test_making_them_again_changes_nothing_and_takes_nothing_away(self, story: StoryPage) -> None:
        extra = Permission.objects.get(codename="view_subscriber")
        Group.objects.get(name=ANALYST).permissions.add(extra)
        before = {group.name: set(group.permissions.all()) for group in Group.objects.all()}
        pages = set(Group.objects.values_list("name", "page_permissions"))
        ensure_roles()
        assert {group.name: set(group.permissions.all()) for group in Group.objects.all()} == before
        assert set(Group.objects.values_list("name", "page_permissions")) == pages

    def test_a_group_of_wagtails_that_somebody_is_in_stays(self, db: None) -> None:
        User.objects.create(username="old").groups.add(Group.objects.get(name="Editors"))
        ensure_roles()
        assert Group.objects.filter(name="Editors").exists()

    def test_a_draft_that_was_submitted_waits_for_doctors_and_editors(self, story: StoryPage) -> None:
        workflow = story.get_workflow()
        contributor, editor = User.objects.get(username="contributor"), User.objects.get(username="editor")
        task = workflow.start(story, contributor).current_task_state.task.specific
        assert {group.name for group in task.groups.all()} == {"Doctor", "Editor"}
        assert [name for name, *_ in task.get_actions(story, editor)] == ["reject", "approve", "approve"]
        assert task.get_actions(story, contributor) == []
        assert "oderator" not in workflow.name + task.name

    def test_a_permission_that_does_not_exist_yet_is_named_and_nothing_is_made(self, db: None) -> None:
        Permission.objects.filter(codename="publish_issue").delete()
        with pytest.raises(RolesError, match=r"newsletter\.publish_issue"):
            ensure_roles()
        assert not Group.objects.filter(name__in=ROLES).exists()


@pytest.mark.django_db
class TestStories:
    """Page permissions: whose stories one may edit and publish."""

    @pytest.mark.parametrize(
        ("role", "whose", "edit", "publish"),
        [
            (OWNER, "other", True, True),
            (EDITOR, "other", True, True),
            (DOCTOR, "own", True, True),
            (DOCTOR, "other", False, False),
            (CONTRIBUTOR, "own", True, False),
            (CONTRIBUTOR, "other", False, False),
            (ANALYST, "other", False, False),
        ],
    )
    def test_what_a_role_may_do_with_a_story(
        self, role: str, whose: str, edit: bool, publish: bool, story: StoryPage
    ) -> None:
        user = User.objects.get(username=role.lower())
        story.owner = user if whose == "own" else User.objects.get(username="owner" if role != OWNER else "editor")
        story.save()
        rights = story.permissions_for_user(user)
        assert (rights.can_edit(), rights.can_publish(), rights.can_unpublish()) == (edit, publish, publish)

    def test_a_doctor_cannot_unpublish_a_colleagues_story_by_its_address(self, story: StoryPage) -> None:
        story.owner = User.objects.get(username="editor")
        story.save()
        log_in(DOCTOR).post(reverse("wagtailadmin_pages:unpublish", args=[story.pk]))
        story.refresh_from_db()
        assert story.live

    @pytest.mark.parametrize(("role", "may"), [(DOCTOR, True), (CONTRIBUTOR, True), (EDITOR, True), (ANALYST, False)])
    def test_who_may_begin_a_story(self, role: str, may: bool, story: StoryPage) -> None:
        user = User.objects.get(username=role.lower())
        assert story.get_parent().specific.permissions_for_user(user).can_add_subpage() is may
