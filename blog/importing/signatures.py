"""The lines at the end of a text by which its author signs."""

from __future__ import annotations

import re
from collections.abc import Sequence

from blog.importing.document import Signature

MAX_CLOSING_WORDS = 12
NAME_WORD = re.compile(r"(?:[A-Z]\.|[^\W\d_]['’.\-\w]*)")
PARTICLES = frozenset("al bin da de del della den der di dos du el la le ten ter van von y zu".split())  # noqa: SIM905
TITLES = frozenset({"dr", "prof", "professor", "doctor", "mr", "mrs", "ms", "mx", "sir", "dame"})
#: MD, M.D., PhD, Ph.D., LCSW, PMHNP-BC, FRCPsych: letters with two capitals at least.
CREDENTIAL = re.compile(r"(?=(?:[^A-Z]*[A-Z]){2})[A-Z][A-Za-z.\-]{1,11}")


def find_signature(blocks: Sequence[Sequence[str]]) -> tuple[Signature, int] | None:
    """The signature at the end of the blocks, and how many blocks it takes.

    A signature is a closing phrase ending in a comma, then a name, then a credential; either the phrase or the
    credential may be missing. They may share a block, line by line, or stand in blocks of their own.
    """
    for taken in (3, 2, 1):
        if taken >= len(blocks) + 1:
            continue
        lines = [line for block in blocks[len(blocks) - taken :] for line in block]
        signature = read_signature(lines)
        if signature is not None:
            return signature, taken
    return None


def read_signature(lines: Sequence[str]) -> Signature | None:
    """The signature that exactly these lines are, if they are one."""
    rest = list(lines)
    closing = ""
    if len(rest) > 1 and is_closing(rest[0]):
        closing = rest.pop(0).rstrip(", ")
    if not rest or len(rest) > 2:
        return None
    name, _, inline = rest[0].partition(",")
    credentials = [part.strip() for part in (inline, *rest[1:]) if part.strip()]
    if not is_name(name.strip()) or not all(is_credential(part) for part in credentials):
        return None
    if not closing and not credentials:
        return None
    return Signature(closing=closing, name=name.strip(), credential=", ".join(credentials))


def is_closing(line: str) -> bool:
    return line.endswith(",") and line.count(".") == 0 and len(line.split()) <= MAX_CLOSING_WORDS


def is_credential(text: str) -> bool:
    return len(text) <= 60 and all(CREDENTIAL.fullmatch(part.strip()) for part in text.split(","))


def is_name(text: str) -> bool:
    words = text.split()
    if not 1 <= len(words) <= 6 or len(text) > 100 or words[-1] in PARTICLES:
        return False
    return all(NAME_WORD.fullmatch(word) and (word[0].isupper() or word in PARTICLES) for word in words)


def bare_name(text: str) -> str:
    """A name to compare by: without titles, credentials and case.

    `Dr. Lori Calabrese`, `Lori Calabrese, MD` and `Lori Calabrese MD` are one person.
    """
    words = text.partition(",")[0].split()
    while len(words) > 1 and words[0].rstrip(".").casefold() in TITLES:
        words = words[1:]
    while len(words) > 2 and CREDENTIAL.fullmatch(words[-1]) and words[-1].upper().replace(".", "") in ACADEMIC:
        words = words[:-1]
    return " ".join(words).casefold().replace("’", "'")


#: Credentials that may follow a name without a comma; any other word might be a surname in capitals.
ACADEMIC = frozenset({"MD", "DO", "PHD", "PSYD", "MBBS", "LCSW", "RN", "NP", "PMHNP", "FRCPSYCH", "MRCPSYCH", "DPHIL"})
