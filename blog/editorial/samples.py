"""Texts with the findings that a person expects of them: what the check is measured on.

A folder of TOML files, each with `[[text]]` tables: `id`, `title`, `standfirst`, `kind`, `people`, `credential`,
`conflict`, `reviewed`, `due`, `references` and a `body`. In the body, blank lines part paragraphs; `## ` and `### `
open headings; a line such as `:: risks` or `:: image alt="A lamp"` opens a block of that kind, up to the next such
line or heading. `[text.expected]` has, for each rule, parts of the sentences that it must fire on, or `*` for a
finding on the text as a whole; `[text.tempting]` parts of sentences that it must not fire on, or `*` for not at all;
`[text.open]` what reasonable editors would argue about, which is not counted.
"""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from blog.editorial.manuscript import Block, BlockKind, CitedReference, Manuscript

#: The day on which samples are checked, so that their review dates mean the same for ever.
TODAY = date(2026, 3, 2)
#: Instead of a part of a sentence: the text as a whole.
ANYWHERE = "*"
DIRECTIVE = re.compile(r":: (\w+)(.*)\Z")
HEADING = re.compile(r"(#{2,3}) (.+)\Z")
DOI = re.compile(r"\bdoi:(\S+)", re.IGNORECASE)
PMID = re.compile(r"\bPMID:\s*(\d+)", re.IGNORECASE)
URL = re.compile(r"https?://\S+")

#: Parts of sentences by rule.
Parts = Mapping[str, Sequence[str]]


class SampleError(Exception):
    """A file of samples says something that can't be read; the message names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    id: str
    manuscript: Manuscript
    expected: Parts
    tempting: Parts
    open: Parts


def read_samples(folder: Path) -> list[Sample]:
    """All samples of a folder, by file name and place.

    Raises:
        SampleError: there are none, or one can't be read.
    """
    samples = [sample for path in sorted(folder.glob("*.toml")) for sample in _samples_of(path)]
    if not samples:
        raise SampleError(f"There are no samples in {folder}: it needs .toml files with [[text]] tables.")
    return samples


def _samples_of(path: Path) -> Iterator[Sample]:
    try:
        for fields in tomllib.loads(path.read_text(encoding="utf-8")).get("text", []):
            yield _sample(fields)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, ValueError) as error:
        raise SampleError(f"{path.name} can't be read: {error}") from error


def _sample(fields: Mapping[str, Any]) -> Sample:
    return Sample(
        id=fields["id"],
        manuscript=Manuscript(
            kind=fields["kind"],
            blocks=tuple(_blocks(fields)),
            references=tuple(map(_reference, fields.get("references", []))),
            people=frozenset(fields.get("people", [])),
            author_credential=fields.get("credential", ""),
            conflict_statement=fields.get("conflict", ""),
            reviewed_on=fields.get("reviewed"),
            review_due_on=fields.get("due"),
            today=TODAY,
        ),
        expected=fields.get("expected", {}),
        tempting=fields.get("tempting", {}),
        open=fields.get("open", {}),
    )


def _blocks(fields: Mapping[str, Any]) -> Iterator[Block]:
    for field in (BlockKind.TITLE, BlockKind.STANDFIRST):
        if fields.get(field):
            yield Block(kind=field, name=str(field), paragraphs=(fields[field],))
    section = ""
    for place, (kind, options, paragraphs) in enumerate(_parts(fields["body"]), start=1):
        if kind is BlockKind.HEADING and options["level"] == "2":
            section = paragraphs[0]
        yield Block(
            kind=kind,
            name=f"{place} {kind}",
            block_id=f"block-{place}",
            paragraphs=tuple(paragraphs),
            section=section,
            level=int(options.get("level", 0)),
            alt=options.get("alt"),
            consent=options.get("consent", ""),
            typical_result=options.get("typical", ""),
            status=options.get("status", ""),
        )


def _parts(body: str) -> Iterator[tuple[BlockKind, dict[str, str], list[str]]]:
    """(kind, its options, its paragraphs) of each block in order."""
    kind, options, paragraphs = BlockKind.TEXT, dict[str, str](), list[str]()
    for chunk in re.split(r"\n\s*\n", body.strip()):
        line = " ".join(chunk.split())
        directive, heading = DIRECTIVE.match(line), HEADING.match(line)
        if not (directive or heading):
            paragraphs.append(line)
            continue
        if paragraphs or options:
            yield kind, options, paragraphs
        kind, options, paragraphs = BlockKind.TEXT, {}, []
        if directive:
            kind = BlockKind(directive[1])
            options = dict(option.split("=", 1) for option in shlex.split(directive[2]))
        elif heading:
            yield BlockKind.HEADING, {"level": str(len(heading[1]))}, [heading[2]]
    if paragraphs or options:
        yield kind, options, paragraphs


def _reference(text: str) -> CitedReference:
    doi, pmid, url = DOI.search(text), PMID.search(text), URL.search(text)
    return CitedReference(text=text, doi=doi[1] if doi else "", pmid=pmid[1] if pmid else "", url=url[0] if url else "")
