"""What a database holds, in numbers: for the manifest, and to compare with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import Error
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from core.backup.errors import ArchiveError, BackupError

MIGRATIONS = "django_migrations"
#: Apps that are installed only with some settings (REDIS_URL) and keep nothing of the publication.
_OPTIONAL = frozenset({"django_rq"})
#: Whose rows are somebody's work.
_OURS = frozenset({"core", "blog", "newsletter"})


def tables_of(connection: BaseDatabaseWrapper) -> list[str]:
    """Our tables that are there, sorted; search indexes are made of them and don't count."""
    with connection.cursor() as cursor:
        found = set(connection.introspection.table_names(cursor))
    return sorted(found & {*connection.introspection.django_table_names(), MIGRATIONS})


def rows_of(connection: BaseDatabaseWrapper, tables: Iterable[str]) -> dict[str, int]:
    """How many rows each of the tables has; one that isn't there is left out."""
    with connection.cursor() as cursor:
        found = set(connection.introspection.table_names(cursor))
        counts = {}
        for table in sorted(found.intersection(tables)):
            cursor.execute(f"SELECT COUNT(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608 - names of tables
            counts[table] = int(cursor.fetchone()[0])
    return counts


def migrations_of(connection: BaseDatabaseWrapper) -> tuple[str, ...]:
    """The applied migrations as `app.name`, sorted."""
    return tuple(sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations()))


def refuse_unknown(migrations: Iterable[str]) -> None:
    """
    Raises:
        ArchiveError: this version of Rounds has not heard of one of them.
    """
    loader = MigrationLoader(None)
    known = {f"{app}.{name}" for app, name in loader.disk_migrations}
    known |= {f"{app}.{name}" for migration in loader.disk_migrations.values() for app, name in migration.replaces}
    unknown = sorted(name for name in set(migrations) - known if name.partition(".")[0] not in _OPTIONAL)
    if unknown:
        raise ArchiveError(
            f"This backup was made by another version of Rounds: its database knows {unknown[0]}, and this version "
            "does not. Install that version first. Nothing was changed."
        )


def bring_up_to_date(finish: Callable[[], None]) -> None:
    """Run the migrations that a restored database lacks, and what the caller has to do with it.

    Raises:
        BackupError: one of them failed.
    """
    ContentType.objects.clear_cache()
    try:
        call_command("migrate", interactive=False, verbosity=0)
        finish()
    except Error as error:
        raise BackupError(
            f"The backup's database could not be brought to this version: {error}. Nothing was changed."
        ) from error


def holds_work(connection: BaseDatabaseWrapper) -> bool:
    """Whether the database holds anything that somebody made: a login, a page, a reader. What can't be read might."""
    models = [get_user_model(), *(model for model in apps.get_models() if model._meta.app_label in _OURS)]  # noqa: SLF001 - Django's documented API
    try:
        there = set(tables_of(connection))
        return any(model._base_manager.exists() for model in models if model._meta.db_table in there)  # noqa: SLF001 - as above
    except Error:
        return True
