"""Plain text: paragraphs between blank lines, headings told by their looks, a signature at the end."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from blog.importing.document import Document, Section, Signature
from blog.importing.errors import StoryImportError
from blog.importing.headings import BULLET, is_heading
from blog.importing.signatures import find_signature
from blog.importing.source import Source

#: Spaces that are only typography: no-break, figure, narrow no-break, and the tab.
SPACES = re.compile(r"[ \t\u00a0\u2007\u202f]+")
#: Marks that print nothing: zero-width space, joiner-less byte order mark, control characters.
INVISIBLE = re.compile(r"[\u200b\ufeff\x00-\x08\x0e-\x1f\x7f\x80-\x84\x86-\x9f]")
#: Form feed, vertical tab, next line and the Unicode separators end a line too.
LINE_ENDS = re.compile(r"[\n\x0b\x0c\x85\u2028\u2029]")
#: Wrapped text has lines up to about 80; a line longer than this is a whole paragraph.
UNWRAPPED = 120

Block = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Body:
    title: str
    sections: tuple[Section, ...]
    before_title: int


def parse(source: Source) -> Document:
    """Read a plain text.

    Raises:
        StoryImportError: it is no text, or nothing is left of it.
    """
    blocks = split_blocks(source.text())
    if not blocks:
        raise StoryImportError(_("%(file)s is empty: there is no story in it.") % {"file": source.label})
    found = find_signature(blocks)
    signature, taken = found if found else (None, 0)
    body = read_body(blocks[: len(blocks) - taken])
    if not any(section.paragraphs for section in body.sections):
        raise StoryImportError(_("%(file)s has no paragraph: there is no story in it.") % {"file": source.label})
    return Document(
        title=body.title or title_from_name(source.path.stem),
        sections=body.sections,
        signature=signature,
        notes=tuple(remarks(body, signature)),
    )


def split_blocks(text: str) -> list[Block]:
    """Runs of lines between blank lines, each line trimmed.

    A file without one blank line whose lines are longer than wrapping makes them has a paragraph on each line (this is
    how word processors save plain text).
    """
    lines = [SPACES.sub(" ", INVISIBLE.sub("", line)).strip() for line in LINE_ENDS.split(text)]
    blocks: list[list[str]] = [[]]
    for line in lines:
        if line:
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    filled = [tuple(block) for block in blocks if block]
    if len(filled) == 1 and is_unwrapped(filled[0]):
        return [(line,) for line in filled[0]]
    return filled


def is_unwrapped(lines: Sequence[str]) -> bool:
    return len(lines) > 1 and max(map(len, lines)) > UNWRAPPED


def read_body(blocks: Sequence[Block]) -> _Body:
    """Title and sections. The first heading-like line is the title, wherever it stands."""
    title = ""
    before_title = 0
    sections: list[tuple[str, list[str]]] = [("", [])]
    for block in blocks:
        if len(block) == 1 and is_heading(block[0]):
            if title:
                sections.append((block[0], []))
            else:
                title, before_title = block[0], len(sections[0][1])
        else:
            sections[-1][1].extend(paragraphs_of(block))
    return _Body(
        title=title,
        sections=tuple(Section(heading=h, paragraphs=tuple(p)) for h, p in sections if h or p),
        before_title=before_title,
    )


def paragraphs_of(block: Block) -> Iterator[str]:
    """The paragraphs of a block: its wrapped lines joined, unless each line is a paragraph or an item of a list."""
    if is_unwrapped(block) or (len(block) > 1 and all(BULLET.match(line) for line in block)):
        yield from block
    else:
        yield " ".join(block)


def title_from_name(stem: str) -> str:
    """`iv-ketamine_infusions` becomes `Iv ketamine infusions`."""
    words = " ".join(re.split(r"[\W_]+", stem.encode("utf-8", "ignore").decode("utf-8"))).strip()
    return (words[:1].upper() + words[1:])[:255] or _("Untitled story")


def remarks(body: _Body, signature: Signature | None) -> Iterator[str]:
    if not body.title:
        yield _("No line looks like a title: the file's name was taken. Give the story a title.")
    elif body.before_title:
        yield _("%(count)d paragraphs stood before the title; they open the story now.") % {"count": body.before_title}
    if signature is None:
        yield _("No signature was found at the end: choose the author.")
