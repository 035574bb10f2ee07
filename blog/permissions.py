"""Who may do what with a story, beyond Wagtail's page permissions."""

from wagtail.models import PagePermissionTester


class StoryPermissionTester(PagePermissionTester):
    """`publish` without `change` reaches one's own stories only.

    Wagtail's `publish` reaches every page below: a doctor who may publish what she wrote could unpublish what a
    colleague wrote. Those who may change everybody's stories may publish them, too.
    """

    def can_publish(self) -> bool:
        return bool(super().can_publish()) and self.reaches()

    def can_unpublish(self) -> bool:
        return bool(super().can_unpublish()) and self.reaches()

    def reaches(self) -> bool:
        """Whether this user's rights cover this very story."""
        if self.user.is_superuser or self.page.owner_id == self.user.pk:
            return True
        return "change" in self.permissions
