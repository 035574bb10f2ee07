"""Crisis help in mail: the lines of a country, with numbers that a phone can call."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from blog.models import CrisisResource


@dataclass(frozen=True, slots=True, kw_only=True)
class CrisisLine:
    name: str
    phone: str
    dial: str
    text_line: str
    url: str
    hours: str

    @property
    def site(self) -> str:
        """Its address as people say it."""
        return re.sub(r"^https?://(www\.)?|/$", "", self.url)


class CrisisLines:
    """All countries' lines, asked for once in a rendering and only if it needs them."""

    def __init__(self, country: str) -> None:
        self._home = country

    def of(self, country: str = "") -> tuple[CrisisLine, ...]:
        """The lines of the country, or of the publication's where none is named; none for one we know nothing of."""
        return tuple(self._by_country.get((country.strip() or self._home).upper(), ()))

    @cached_property
    def _by_country(self) -> dict[str, list[CrisisLine]]:
        found: dict[str, list[CrisisLine]] = defaultdict(list)
        for line in CrisisResource.objects.all():
            found[line.country.upper()].append(
                CrisisLine(
                    name=line.name,
                    phone=line.phone,
                    dial=re.sub(r"[^\d+*#]", "", line.phone),
                    text_line=line.text_line,
                    url=line.url,
                    hours=line.hours,
                )
            )
        return dict(found)
