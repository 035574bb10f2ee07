"""The five roles as groups, and what each may do: one table.

Permissions exist only after `migrate` has run for all apps, so no signal creates the groups: `manage.py demo` and
`manage.py ensure_roles` do, and both may run again.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from wagtail.models import (
    Collection,
    GroupApprovalTask,
    GroupCollectionPermission,
    GroupPagePermission,
    Page,
    Workflow,
    WorkflowContentType,
)

from blog.models import HomePage, StoryIndexPage
from newsletter.models import Issue

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

#: Groups that Wagtail's first migration makes; with our five beside them they only confuse.
WAGTAILS_OWN = ("Editors", "Moderators")
#: Who decides on a contributor's draft that was submitted, and what that is called.
APPROVERS = ("Doctor", "Editor")
APPROVAL = "Review before publishing"


class RolesError(Exception):
    """A permission of the table does not exist in the database; the text names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What the members of one group may do.

    `permissions` are such as `newsletter.add_issue`; `everything` stands for all there are. `on_home` and `on_stories`
    are Wagtail's page permissions on the home page, and on the lists of stories, with all that lies below.
    """

    permissions: tuple[str, ...] = ()
    everything: bool = False
    on_home: tuple[str, ...] = ()
    on_stories: tuple[str, ...] = ()
    on_files: tuple[str, ...] = ()


ADMIN = ("wagtailadmin.access_admin",)
SNIPPETS = tuple(
    f"blog.{action}_{model}"
    for model in ("topic", "series", "crisisresource", "glossaryterm", "patientconsent")
    for action in ("add", "change", "delete", "view")
)
#: A doctor adds the words and the consents that her story needs; what others rely on only editors change and delete.
WRITES_SNIPPETS = (
    *(f"blog.{action}_glossaryterm" for action in ("add", "view")),
    *(f"blog.{action}_patientconsent" for action in ("add", "change", "view")),
)
#: `view` reaches the reports on one's own stories, `change` all of them (`blog.problems.access`).
OWN_PROBLEMS = ("blog.view_problemreport",)
ALL_PROBLEMS = (*OWN_PROBLEMS, "blog.change_problemreport")
WRITES_ISSUES = tuple(f"newsletter.{action}_issue" for action in ("add", "change", "view", "delete", "lock", "unlock"))
WRITES_TEMPLATES = tuple(f"newsletter.{action}_issuetemplate" for action in ("add", "change", "view", "delete"))
SENDS = tuple(f"newsletter.{action}_campaign" for action in ("send", "schedule", "test", "report", "view"))
#: Rules by which issues go out; they are switched off, never deleted.
SEES_SCHEDULES = ("newsletter.view_schedule",)
CHANGES_SCHEDULES = (*SEES_SCHEDULES, "newsletter.add_schedule", "newsletter.change_schedule")
#: Importing, exporting and erasing readers, API tokens, webhooks and retention stay with the owner.
MANAGES_READERS = (
    *(f"newsletter.{action}_subscriber" for action in ("add", "change", "view")),
    *(
        f"newsletter.{action}_{model}"
        for model in ("segment", "subscribertag", "subscribernote")
        for action in ("add", "change", "delete", "view")
    ),
    "newsletter.view_subscriberattribute",
)
OWN_FILES = (
    "wagtailimages.add_image",
    "wagtailimages.choose_image",
    "wagtaildocs.add_document",
    "wagtaildocs.choose_document",
)
ALL_FILES = (
    *OWN_FILES,
    "wagtailimages.change_image",
    "wagtailimages.delete_image",
    "wagtaildocs.change_document",
    "wagtaildocs.delete_document",
)

ROLES = MappingProxyType(
    {
        # Everything, users and settings included.
        "Owner": Role(
            everything=True,
            on_home=("add", "change", "publish", "bulk_delete", "lock", "unlock"),
            on_files=ALL_FILES,
        ),
        # Writes and publishes her own stories (`publish` without `change` reaches no further:
        # `blog.permissions`); approves issues.
        "Doctor": Role(
            permissions=(
                *ADMIN,
                *WRITES_SNIPPETS,
                *OWN_PROBLEMS,
                "newsletter.change_issue",
                "newsletter.view_issue",
                "newsletter.publish_issue",
                "newsletter.test_campaign",
                *SEES_SCHEDULES,
            ),
            on_stories=("add", "publish"),
            on_files=OWN_FILES,
        ),
        # Edits everybody's stories, composes, schedules, sends. Who may put a mail into every reader's mailbox may
        # approve it: `publish_issue`. Take that away, and each issue needs a doctor or the owner.
        "Editor": Role(
            permissions=(
                *ADMIN,
                *SNIPPETS,
                *ALL_PROBLEMS,
                "blog.override_finding",
                *WRITES_ISSUES,
                *WRITES_TEMPLATES,
                "newsletter.publish_issue",
                "newsletter.override_preflight",
                *SENDS,
                *CHANGES_SCHEDULES,
                "newsletter.view_newsletter",
                *MANAGES_READERS,
            ),
            on_home=("add", "change", "publish", "lock", "unlock"),
            on_files=ALL_FILES,
        ),
        # Drafts of her own; somebody else publishes them.
        "Contributor": Role(permissions=ADMIN, on_stories=("add",), on_files=OWN_FILES),
        # Counts, never addresses.
        "Analyst": Role(
            permissions=(*ADMIN, "newsletter.report_campaign", "newsletter.view_campaign", *SEES_SCHEDULES)
        ),
    }
)


@transaction.atomic
def ensure_roles() -> list[Group]:
    """Create the groups that are missing and grant what is missing in each. Nothing granted by hand is taken away.

    Raises:
        RolesError: a permission of the table is unknown: `migrate` has not run for all apps.
    """
    is_first = not Group.objects.filter(name__in=ROLES).exists()
    known = known_permissions()
    groups = []
    for name, role in ROLES.items():
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.add(*(known.values() if role.everything else find(known, role.permissions)))
        groups.append(group)
    grant_pages(groups, known)
    grant_files(groups, known)
    if is_first:
        unused = Group.objects.filter(name__in=WAGTAILS_OWN, user=None)
        hand_over_approval(unused)
        unused.delete()
        review_issues()
    return groups


def hand_over_approval(unused: QuerySet[Group]) -> None:
    """The workflow that Wagtail's first migration makes waits for its moderators: ours are doctors and editors."""
    for task in GroupApprovalTask.objects.filter(groups__in=unused):
        task.groups.set(Group.objects.filter(name__in=APPROVERS))
        task.name = APPROVAL
        task.save()
        Workflow.objects.filter(workflow_tasks__task=task.task_ptr).update(name=APPROVAL)


def review_issues() -> None:
    """Issues can be submitted to the same people; an owner may give them a chain of their own under Workflows."""
    workflow = Workflow.objects.filter(name=APPROVAL, active=True).first()
    if workflow is not None:
        WorkflowContentType.objects.get_or_create(
            content_type=ContentType.objects.get_for_model(Issue), defaults={"workflow": workflow}
        )


def known_permissions() -> dict[str, int]:
    """The primary key of every permission by its name, such as `newsletter.add_issue`."""
    rows = Permission.objects.order_by().values_list("content_type__app_label", "codename", "pk")
    return {f"{app}.{codename}": pk for app, codename, pk in rows}


def find(known: dict[str, int], names: Iterable[str]) -> list[int]:
    wanted = set(names)
    if missing := sorted(wanted - known.keys()):
        raise RolesError(f"These permissions do not exist yet: {', '.join(missing)}. Run `manage.py migrate` first.")
    return [known[name] for name in sorted(wanted)]


def home_pages() -> list[Page]:
    """The home page, or the root of all pages while there is none."""
    return list(HomePage.objects.all()) or list(Page.objects.filter(depth=1))


def story_lists() -> list[Page]:
    """Where stories are written."""
    return list(StoryIndexPage.objects.all()) or home_pages()


def grant_pages(groups: list[Group], known: dict[str, int]) -> None:
    home, lists = home_pages(), story_lists()
    granted = [
        GroupPagePermission(group=group, page=page, permission_id=permission)
        for group in groups
        for actions, pages in ((ROLES[group.name].on_home, home), (ROLES[group.name].on_stories, lists))
        for page in pages
        for permission in find(known, (f"wagtailcore.{action}_page" for action in actions))
    ]
    GroupPagePermission.objects.bulk_create(granted, ignore_conflicts=True)


def grant_files(groups: list[Group], known: dict[str, int]) -> None:
    root = Collection.get_first_root_node()
    granted = [
        GroupCollectionPermission(group=group, collection=root, permission_id=permission)
        for group in groups
        for permission in find(known, ROLES[group.name].on_files)
    ]
    GroupCollectionPermission.objects.bulk_create(granted, ignore_conflicts=True)
