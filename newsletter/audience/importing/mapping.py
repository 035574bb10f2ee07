"""From the columns of a file to our fields: what is proposed, what is allowed, and why a column is left out. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from newsletter.audience.importing.errors import MappingError
from newsletter.audience.importing.fields import ATTRIBUTE, SEVERAL, Field
from newsletter.audience.importing.origins import Origin, plain_header
from newsletter.engine.sensitive import is_about_health

_ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s]{2,}")
_PLACES = (
    *("latitude", "longitude", "gmtoff", "dstoff", "timezone", "cc", "region", "country", "city", "state", "zip"),
    *("zip code", "postal code", "address", "street", "phone", "phone number", "birthday", "geolocation", "location"),
    *("ip", ".* ip"),
)
#: By what a column is called, in this order: why it is not taken.
_REASONS = (
    (re.compile(f"^({'|'.join(_PLACES)})$"), _lazy("says where somebody is: more than a newsletter needs")),
    (
        re.compile(r"rating|\bopen(s|ed)?\b|\bclick(s|ed)?\b|activity|engagement|last seen|score|page views|shares"),
        _lazy("says how somebody was watched or rated"),
    ),
    (re.compile("^notes?$"), _lazy("what was noted about somebody stays where it was")),
    (re.compile("^(attributes|attribs)$"), _lazy("could hold anything about a person")),
    (
        re.compile("stripe|plan|payment|expiry|subscription|revenue|paid|tier|gift|customer"),
        _lazy("is about payments"),
    ),
)


def propose(header: Sequence[str], origin: Origin, *, attributes: Collection[str]) -> dict[str, str]:
    """Column (its index as text) -> field, for every column; what nobody knows is ignored.

    Args:
        attributes: keys of the attributes that the publication keeps.
    """
    taken: set[str] = set()
    mapping: dict[str, str] = {}
    for index, name in enumerate(header):
        proposed = _proposed(name, origin, attributes)
        if proposed in taken and proposed not in SEVERAL:
            proposed = Field.IGNORE
        taken.add(proposed)
        mapping[str(index)] = proposed
    if Field.NAME in taken:
        parts = {Field.FIRST_NAME, Field.LAST_NAME}
        mapping = {index: Field.IGNORE.value if kept in parts else kept for index, kept in mapping.items()}
    return mapping


def with_address_column(mapping: dict[str, str], rows: Sequence[Sequence[str]]) -> dict[str, str]:
    """The mapping with the column that holds addresses, where no name told which one that is."""
    if Field.EMAIL in mapping.values():
        return mapping
    for index in mapping:
        cells = [row[int(index)].strip() for row in rows if int(index) < len(row)]
        if cells and sum(bool(_ADDRESS.fullmatch(cell)) for cell in cells) * 2 > len(cells):
            return {**mapping, index: Field.EMAIL.value}
    return mapping


def is_address(cell: str) -> bool:
    return bool(_ADDRESS.fullmatch(cell.strip()))


def check(mapping: Mapping[str, str], header: Sequence[str], *, attributes: Collection[str]) -> None:
    """Raises MappingError where the columns can't be used like this."""
    allowed = {*Field, *(f"{ATTRIBUTE}{key}" for key in attributes)}
    for index, kept in mapping.items():
        if not index.isdecimal() or int(index) >= len(header):
            raise MappingError(_("There is no column %(index)s.") % {"index": index})
        if kept not in allowed:
            raise MappingError(_("There is no field “%(field)s”.") % {"field": kept[:60]})
        name = header[int(index)]
        if kept != Field.IGNORE and (is_about_health(name) or is_about_health(kept.removeprefix(ATTRIBUTE))):
            raise MappingError(
                _(
                    "The column “%(name)s” would say something about the readers' health. Nothing of the kind is kept"
                    " here: please leave it out."
                )
                % {"name": name[:60]}
            )
    counts = Counter(mapping.values())
    if not counts[Field.EMAIL]:
        raise MappingError(
            _("No column holds the email addresses. Please say which one does, or name it “email” in the first line.")
        )
    twice = next((kept for kept, count in counts.items() if count > 1 and kept not in SEVERAL), None)
    if twice:
        raise MappingError(_("Two columns are to become “%(field)s”. Please choose one.") % {"field": twice})


def left_out(header: Sequence[str], mapping: Mapping[str, str]) -> dict[str, str]:
    """Name -> why, for the columns that are not taken, in words."""
    return {
        name: _why(name) for index, name in enumerate(header) if mapping.get(str(index), Field.IGNORE) == Field.IGNORE
    }


def _why(name: str) -> str:
    if is_about_health(name):
        return _("says something about health: never kept here")
    plain = plain_header(name)
    return next((str(why) for pattern, why in _REASONS if pattern.search(plain)), _("nothing here is called like it"))


def _proposed(name: str, origin: Origin, attributes: Collection[str]) -> str:
    if is_about_health(name):
        return Field.IGNORE
    plain = plain_header(name)
    if known := origin.columns.get(plain):
        return known.value
    key = name.strip().removeprefix(ATTRIBUTE)
    for candidate in (key, plain.replace(" ", "_"), plain.replace(" ", "-")):
        if candidate in attributes and not is_about_health(candidate):
            return f"{ATTRIBUTE}{candidate}"
    return Field.IGNORE.value
