"""The five roles as groups, and what each may do: one table.

Permissions exist only after `migrate` has run for all apps, so no signal creates the groups: `manage.py demo` and
`manage.py ensure_roles` do, and both may run again.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from wagtail.models import (
    Collection,
    GroupApprovalTask,
    GroupCollectionPermission,
    GroupPagePermission,
    Page,
    Workflow,
)

from blog.models import HomePage, StoryIndexPage

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
SENDS = tuple(f"newsletter.{action}_campaign" for action in ("send", "schedule", "test", "report", "view"))
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
                "newsletter.publish_issue",
                *SENDS,
                "newsletter.view_newsletter",
                "newsletter.view_subscriber",
            ),
            on_home=("add", "change", "publish", "lock", "unlock"),
            on_files=ALL_FILES,
        ),
        # Drafts of her own; somebody else publishes them.
        "Contributor": Role(permissions=ADMIN, on_stories=("add",), on_files=OWN_FILES),
        # Counts, never addresses.
        "Analyst": Role(permissions=(*ADMIN, "newsletter.report_campaign", "newsletter.view_campaign")),
    }
)


@transaction.atomic
def ensure_roles() -> list[Group]:
    """Create the groups that are missing and grant what is missing in each. Nothing granted by hand is taken away.

    Raises:
        RolesError: a permission of the table is unknown: `migrate` has not run for all apps.
    """
    is_first = not Group.objects.filter(name__in=ROLES).exists()
    groups = []
    for name, role in ROLES.items():
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.add(*(Permission.objects.all() if role.everything else find(role.permissions)))
        grant_pages(group, role.on_home, home_pages())
        grant_pages(group, role.on_stories, story_lists())
        grant_files(group, role.on_files)
        groups.append(group)
    if is_first:
        unused = Group.objects.filter(name__in=WAGTAILS_OWN, user=None)
        hand_over_approval(unused)
        unused.delete()
    return groups


def hand_over_approval(unused: QuerySet[Group]) -> None:
    """The workflow that Wagtail's first migration makes waits for its moderators: ours are doctors and editors."""
    for task in GroupApprovalTask.objects.filter(groups__in=unused):
        task.groups.set(Group.objects.filter(name__in=APPROVERS))
        task.name = APPROVAL
        task.save()
        Workflow.objects.filter(workflow_tasks__task=task.task_ptr).update(name=APPROVAL)


def find(names: Iterable[str]) -> list[Permission]:
    """The permissions of these names, such as `newsletter.add_issue`."""
    wanted = set(names)
    apps = {name.partition(".")[0] for name in wanted}
    known = Permission.objects.filter(content_type__app_label__in=apps).select_related("content_type")
    found = {f"{permission.content_type.app_label}.{permission.codename}": permission for permission in known}
    if missing := sorted(wanted - found.keys()):
        raise RolesError(f"These permissions do not exist yet: {', '.join(missing)}. Run `manage.py migrate` first.")
    return [found[name] for name in sorted(wanted)]


def home_pages() -> list[Page]:
    """The home page, or the root of all pages while there is none."""
    return list(HomePage.objects.all()) or list(Page.objects.filter(depth=1))


def story_lists() -> list[Page]:
    """Where stories are written."""
    return list(StoryIndexPage.objects.all()) or home_pages()


def grant_pages(group: Group, actions: Iterable[str], pages: Iterable[Page]) -> None:
    permissions = find(f"wagtailcore.{action}_page" for action in actions)
    for page in pages:
        for permission in permissions:
            GroupPagePermission.objects.get_or_create(group=group, page_id=page.pk, permission=permission)


def grant_files(group: Group, names: Iterable[str]) -> None:
    root = Collection.get_first_root_node()
    for permission in find(names):
        GroupCollectionPermission.objects.get_or_create(group=group, collection=root, permission=permission)
