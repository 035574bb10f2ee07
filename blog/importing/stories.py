"""The use case: files become drafts, all of them or none, and the same file never twice."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from blog.importing import formats
from blog.importing.authors import author_of
from blog.importing.builder import make_draft
from blog.importing.document import Document
from blog.importing.errors import StoryImportError
from blog.importing.kinds import treatment_named
from blog.importing.report import Report, Status, StoryReport
from blog.importing.source import printable, read_source
from blog.models import StoryIndexPage, StoryPage

SOURCE_ID_LENGTH = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    """One file on its way: either what was read from it, or why it was refused."""

    label: str
    source_id: str = ""
    digest: str = ""
    document: Document | None = None
    refusal: str = ""


def import_stories(paths: Sequence[Path], *, fmt: str = formats.AUTO, dry_run: bool = False) -> Report:
    """Turn files into drafts under the first list of stories. Nothing is published and nobody is mailed.

    One file that can't be read refuses the whole run: the report then has `refusals` and nothing has changed. A dry run
    does everything and takes it back; its report bears no ids.

    Raises:
        StoryImportError: there is no list of stories to put them in.
    """
    items = [read_item(path, fmt) for path in paths]
    if any(item.refusal for item in items):
        return Report(stories=tuple(refused(item) for item in items))
    with transaction.atomic():
        index = first_index()
        stories = tuple(import_item(item, index, dry_run=dry_run) for item in items)
        if dry_run:
            transaction.set_rollback(True)
    return Report(stories=stories)


def read_item(path: Path, fmt: str) -> _Item:
    label = printable(path)
    try:
        source = read_source(path)
        found = formats.choose(source, fmt)
        document = formats.READERS[found](source)
    except StoryImportError as error:
        return _Item(label=label, refusal=str(error))
    digest = hashlib.sha256(source.data).hexdigest()
    return _Item(label=label, source_id=source_id(found, path.name), digest=digest, document=document)


def source_id(fmt: str, name: str) -> str:
    """What an imported story is found by: the format and the file's name, wherever the file lies."""
    found = f"{fmt}:{printable(Path(name))}"
    if len(found) <= SOURCE_ID_LENGTH:
        return found
    mark = hashlib.sha256(found.encode()).hexdigest()[:16]
    return f"{found[: SOURCE_ID_LENGTH - 17]}~{mark}"


def first_index() -> StoryIndexPage:
    """The list of stories that drafts go under, locked so that two imports at once don't make a story twice.

    Raises:
        StoryImportError: there is none.
    """
    index: StoryIndexPage | None = StoryIndexPage.objects.select_for_update(of=("self",)).order_by("path").first()
    if index is None:
        raise StoryImportError(
            _(
                "There is no list of stories to put drafts into. Run “manage.py demo”, or create a home page and a "
                "list of stories in the admin, and import again."
            )
        )
    return index


def import_item(item: _Item, index: StoryIndexPage, *, dry_run: bool) -> StoryReport:
    if item.document is None:  # pragma: no cover - `import_stories` has looked
        raise StoryImportError(item.refusal)
    existing = StoryPage.objects.filter(source_id=item.source_id).order_by("pk").first()
    if existing is not None:
        return left_alone(item, item.document, existing)
    authorship = author_of(item.document.signature, home=index.get_parent())
    story = make_draft(item.document, authorship, index=index, source_id=item.source_id, digest=item.digest)
    return StoryReport.of(
        item.document,
        source=item.label,
        status=Status.CREATED,
        page_id=None if dry_run else story.pk,
        notes=(*authorship.notes, *kind_note(item.document)),
    )


def left_alone(item: _Item, document: Document, existing: StoryPage) -> StoryReport:
    """The report on a file whose story exists: an author may have worked on it, so it is never overwritten."""
    same = existing.source_digest == item.digest
    changed = _(
        "Story %(id)d was made from an earlier version of this file and may have been edited since: it was left alone. "
        "Copy your changes into it, or delete it (or rename the file) and import again."
    ) % {"id": existing.pk}
    return StoryReport.of(
        document,
        source=item.label,
        status=Status.UNCHANGED if same else Status.SKIPPED,
        page_id=existing.pk,
        notes=() if same else (changed,),
    )


def kind_note(document: Document) -> list[str]:
    treatment = treatment_named([document.title, *document.headings])
    if treatment is None:
        return []
    return [_("Its kind is Treatment, because it names “%(word)s”: change it if that is wrong.") % {"word": treatment}]


def refused(item: _Item) -> StoryReport:
    """The report on one file of a run that was refused, be it this file's fault or another's."""
    title = item.document.title if item.document else ""
    if item.refusal:
        return StoryReport(source=item.label, status=Status.REFUSED, notes=(item.refusal,))
    note = _("Not imported, because another file of this run was refused.")
    return StoryReport(source=item.label, status=Status.SKIPPED, title=title, notes=(note,))
