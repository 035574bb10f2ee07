"""The rules, a module for each family. A rule is a function from a manuscript to its findings."""

from __future__ import annotations

from blog.editorial.rules import (
    accessibility,
    acronyms,
    claims,
    completeness,
    language,
    patients,
    promises,
    readability,
    sources,
    suicide,
)

#: In the order of the catalogue.
RULES = (
    *suicide.RULES,
    *claims.RULES,
    *sources.RULES,
    *completeness.RULES,
    *promises.RULES,
    *patients.RULES,
    *readability.RULES,
    *acronyms.RULES,
    *language.RULES,
    *accessibility.RULES,
)
