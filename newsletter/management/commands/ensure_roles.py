"""`manage.py ensure_roles`: the five groups with their permissions; running it again adds only what is missing."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from newsletter.admin.roles import RolesError, ensure_roles


class Command(BaseCommand):
    help = "Creates the groups Owner, Doctor, Editor, Contributor and Analyst, and grants what is missing in them."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            groups = ensure_roles()
        except RolesError as error:
            raise CommandError(str(error)) from None
        for group in groups:
            self.stdout.write(f"{group.name}: {group.permissions.count()} permissions")
