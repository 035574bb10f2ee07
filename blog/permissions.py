"""Who may do what with a story, beyond Wagtail's page permissions."""

from wagtail.models import PagePermissionTester, TaskState


class StoryPermissionTester(PagePermissionTester):
    """`publish` without `change` reaches one's own stories only.

    Wagtail's `publish` reaches every page below: a doctor who may publish what she wrote could unpublish what a
    colleague wrote. Those who may change everybody's stories may publish them, too. And whoever approved a submitted
    draft publishes that very version by it: Wagtail asks for this right when the last task of a workflow is done.
    """

    def can_publish(self) -> bool:
        return bool(super().can_publish()) and (self.reaches() or self.approved())

    def can_unpublish(self) -> bool:
        return bool(super().can_unpublish()) and self.reaches()

    def reaches(self) -> bool:
        """Whether this user's rights cover this very story."""
        if self.user.is_superuser or self.page.owner_id == self.user.pk:
            return True
        return "change" in self.permissions

    def approved(self) -> bool:
        """Whether this user approved the latest version; any change after that is somebody's to decide anew."""
        decisions = TaskState.objects.filter(revision=self.page.latest_revision_id, finished_by=self.user)
        return bool(self.page.latest_revision_id and decisions.filter(status=TaskState.STATUS_APPROVED).exists())
