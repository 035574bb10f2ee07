"""One row of a file, read: a value to stage, or the problem it has. Pure; a million of them take seconds."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from unicodedata import is_normalized
from zoneinfo import available_timezones

from core.spreadsheets import plain
from newsletter.audience.importing.addresses import Normaliser
from newsletter.audience.importing.fields import ATTRIBUTE, Field
from newsletter.audience.importing.moments import MomentError, parse_moment
from newsletter.audience.importing.origins import plain_header
from newsletter.audience.importing.problems import Problem, of_address
from newsletter.audience.importing.values import NO, YES, ValueFormError, attribute_text
from newsletter.engine.addresses import MAX_NAME, AddressError, clean_name
from newsletter.engine.sensitive import is_about_health

MAX_TAG = 60
#: Of a refused row so much is kept for the list of refused ones: cells, and characters of each.
KEPT_CELLS = 100
KEPT_CELL = 500

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?")
_IP = re.compile(r"[0-9A-Fa-f:.]{2,45}").fullmatch
_BAD_BYTE = re.compile("[\ud800-\udfff\ufffd]")
_FREQUENCIES = {
    **{name: name for name in ("each_story", "weekly", "monthly")},
    "each story": "each_story",
    "daily": "each_story",
    "": "",
}

#: What a column of states says, by its word. None: mailed there.
_STATUS: Mapping[str, Problem | None] = {
    **dict.fromkeys(("", "subscribed", "active", "confirmed", "enabled", "free", "paid", "comped", "comp"), None),
    **dict.fromkeys(YES),
    **dict.fromkeys(("unsubscribed", "ended", "inactive", "cancelled", "canceled", "opted out"), Problem.UNSUBSCRIBED),
    **dict.fromkeys(NO, Problem.UNSUBSCRIBED),
    **dict.fromkeys(("one_click", "by_editor", "by_program", "never subscribed"), Problem.UNSUBSCRIBED),
    **dict.fromkeys(("cleaned", "bounced", "bounce", "hard bounced", "undeliverable"), Problem.BOUNCED),
    **dict.fromkeys(("complained", "complaint", "spam", "abuse"), Problem.COMPLAINED),
    **dict.fromkeys(("disabled", "deleted", "archived", "blocklisted", "blacklisted", "blocked"), Problem.DISABLED),
    **dict.fromkeys(("suppressed", "erased", "nonsubscribed", "non subscribed", "transactional"), Problem.DISABLED),
}
_WAITING = frozenset({"pending", "unconfirmed", "invited", "not confirmed"})
#: Columns in which yes means: not to be mailed.
_NEGATIVE = frozenset({"email disabled", "disabled", "unsubscribed", "bounced", "deleted", "opted out", "blocked"})
_BOUNCED_COLUMN = re.compile(r"clean|bounce")


class StagedRow(NamedTuple):
    """The columns of `StagedReader`, in the order in which they are written. Good rows are plain tuples of that form:
    a million names for them cost a second.
    """

    number: int
    email: str = ""
    name: str = ""
    language: str = ""
    time_zone: str = ""
    frequency: str = ""
    #: As the database takes it.
    claimed_at: datetime | str | None = None
    evidence: str = ""
    ip_hash: str = ""
    tags: str = ""
    attributes: str = ""
    problem: str = ""
    original: str = ""


class RowError(Exception):
    """A row has a problem; which one is its argument."""


def original(cells: Sequence[str]) -> str:
    """The row as it stood in the file, cut where it is monstrous, as JSON that any database takes."""
    return json.dumps([cell[:KEPT_CELL] for cell in cells[:KEPT_CELLS]])


@dataclass(slots=True, kw_only=True)
class RowReader:
    """Reads rows by one mapping.

    Args:
        kinds: kind of each attribute, by its key.
        hash_ip: `<key id>:<keyed hash>` of a client address.
        instant: an instant as the database takes it.
        ours: the file is an export of ours, in which `core.spreadsheets.neutral` marked cells.
    """

    header: Sequence[str]
    mapping: Mapping[str, str]
    kinds: Mapping[str, str]
    hash_ip: Callable[[str], str]
    instant: Callable[[datetime], datetime | str]
    now: datetime
    check_bytes: bool = False
    ours: bool = False
    #: Every tag of the file, and those that were left out because they speak of health.
    tags: set[str] = field(default_factory=set)
    left_out_tags: set[str] = field(default_factory=set)
    _normalise: Normaliser = field(default_factory=Normaliser)
    #: Where each field stands; a field that no column feeds is looked for in a cell that is always empty, the last.
    _email: int = -1
    _asked: int = -1
    _confirmed: int = -1
    _ip: int = -1
    _names: tuple[int, int, int] = (-1, -1, -1)
    _choices: tuple[int, int, int] = (-1, -1, -1)
    _statuses: list[tuple[int, bool]] = field(default_factory=list)
    _ends: list[tuple[int, Problem]] = field(default_factory=list)
    _tag_columns: list[int] = field(default_factory=list)
    _attributes: list[tuple[int, str, str]] = field(default_factory=list)
    _known_tags: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _width: int = 0

    def __post_init__(self) -> None:
        self._width = len(self.header)
        places = {kept: int(index) for index, kept in self.mapping.items()}

        def place(kept: Field) -> int:
            return places.get(kept, -1)

        self._email = places[Field.EMAIL]
        self._asked, self._confirmed = place(Field.OPTED_IN_AT), place(Field.CONFIRMED_AT)
        self._ip = place(Field.OPT_IN_IP)
        self._names = (place(Field.NAME), place(Field.FIRST_NAME), place(Field.LAST_NAME))
        self._choices = (place(Field.LANGUAGE), place(Field.TIME_ZONE), place(Field.FREQUENCY))
        for index, kept in ((int(index), kept) for index, kept in self.mapping.items()):
            name = plain_header(self.header[index])
            if kept == Field.STATUS:
                self._statuses.append((index, name in _NEGATIVE))
            elif kept == Field.UNSUBSCRIBED_AT:
                self._ends.append((index, Problem.BOUNCED if _BOUNCED_COLUMN.search(name) else Problem.UNSUBSCRIBED))
            elif kept == Field.TAGS:
                self._tag_columns.append(index)
            elif kept.startswith(ATTRIBUTE):
                key = kept.removeprefix(ATTRIBUTE)
                self._attributes.append((index, key, self.kinds[key]))

    def read(self, number: int, cells: list[str]) -> tuple[Any, ...]:
        """The row to stage, in the order of `StagedRow`.

        One with a problem carries what stood in the file, and the address if there is one.
        """
        if self.ours:
            cells = [plain(cell) if "'" in cell else cell for cell in cells]
        given = len(cells)
        if given >= self._width:
            cells.append("")
        else:
            cells.extend([""] * (self._width - given + 1))
        email = ""
        try:
            if self.check_bytes:
                _check_bytes(cells)
            email = self._normalise(cells[self._email])
            return self._values(number, email, cells)
        except AddressError as error:
            problem = of_address(error)
        except MomentError as error:
            problem = error.problem
        except RowError as error:
            problem = error.args[0]
        return StagedRow(number, email=email, problem=problem, original=original(cells[:given]))

    def _values(self, number: int, email: str, cells: list[str]) -> tuple[Any, ...]:
        waits = self._check_standing(cells) if self._statuses or self._ends else False
        claimed_at, evidence = self._claim(cells[self._asked].strip(), cells[self._confirmed].strip())
        language, zone, frequency = self._choices
        ip = cells[self._ip]
        return (
            number,
            email,
            self._name(cells),
            self._language(cells[language]) if language >= 0 else "",
            self._time_zone(cells[zone]) if zone >= 0 else "",
            self._frequency(cells[frequency]) if frequency >= 0 else "",
            None if waits or claimed_at is None else self.instant(claimed_at),
            "" if waits else evidence,
            self.hash_ip(ip) if ip and _IP(ip) else "",
            self._tags(cells) if self._tag_columns else "",
            self._values_of_attributes(cells) if self._attributes else "",
            "",
            "",
        )

    def _check_standing(self, cells: list[str]) -> bool:
        """Whether the reader has not confirmed there. Raises RowError for one who must not be mailed."""
        for index, problem in self._ends:
            if cells[index].strip().casefold() not in {"", "null", "0000-00-00 00:00:00"}:
                raise RowError(problem)
        waits = False
        for index, negative in self._statuses:
            word = cells[index].strip().casefold()
            if negative and word in YES:
                raise RowError(Problem.DISABLED)
            if (negative and word in NO) or word in _WAITING:
                waits = waits or word in _WAITING
                continue
            if word not in _STATUS:
                raise RowError(Problem.STATUS)
            if found := _STATUS[word]:
                raise RowError(found)
        return waits

    def _claim(self, asked: str, confirmed: str) -> tuple[datetime | None, str]:
        """When they agreed: the proof from the mailbox before the mere request, which is told in words beside it."""
        asked_at = parse_moment(asked, now=self.now) if asked else None
        if not confirmed:
            return asked_at, ""
        confirmed_at = parse_moment(confirmed, now=self.now)
        if asked_at is None or asked_at == confirmed_at:
            return confirmed_at, ""
        return confirmed_at, f"asked {asked if len(asked) == 19 else str(asked_at)[:19]} UTC"

    def _name(self, cells: list[str]) -> str:
        name, first, last = self._names
        whole = cells[name].strip()
        if not whole:
            parts = (cells[first].strip(), cells[last].strip())
            whole = " ".join(parts) if all(parts) else "".join(parts)
        if not whole:
            return ""
        if len(whole) <= MAX_NAME and whole.isprintable() and is_normalized("NFC", whole):
            return whole  # as `clean_name` would say, in a tenth of its time
        return clean_name(whole)

    def _language(self, cell: str) -> str:
        language = cell.strip().replace("_", "-")
        if language and not _LANGUAGE.fullmatch(language):
            raise RowError(Problem.LANGUAGE)
        return language

    def _time_zone(self, cell: str) -> str:
        zone = cell.strip()
        if zone and zone not in _zones():
            raise RowError(Problem.TIME_ZONE)
        return zone

    def _frequency(self, cell: str) -> str:
        try:
            return _FREQUENCIES[cell.strip().casefold()]
        except KeyError:
            raise RowError(Problem.FREQUENCY) from None

    def _tags(self, cells: list[str]) -> str:
        names: set[str] = set()
        for index in self._tag_columns:
            if cells[index]:
                names.update(self._split(cells[index]))
        return json.dumps(sorted(names)) if names else ""

    def _split(self, cell: str) -> Collection[str]:
        """The tags in a cell: commas between them, one that holds a comma in quotes."""
        known = self._known_tags.get(cell)
        if known is None:
            names = [" ".join(name.split()) for name in next(csv.reader([cell.strip()], skipinitialspace=True), [])]
            if any(len(name) > MAX_TAG or not name.isprintable() for name in names):
                raise RowError(Problem.TAG)
            about_health = {name for name in names if is_about_health(name)}
            self.left_out_tags.update(about_health)
            known = tuple(name for name in names if name and name not in about_health)
            self.tags.update(known)
            if len(self._known_tags) > 10_000:
                self._known_tags.clear()
            self._known_tags[cell] = known
        return known

    def _values_of_attributes(self, cells: list[str]) -> str:
        try:
            values = {key: attribute_text(kind, cells[index]) for index, key, kind in self._attributes}
        except ValueFormError:
            raise RowError(Problem.ATTRIBUTE) from None
        values = {key: text for key, text in values.items() if text}
        return json.dumps(values) if values else ""


def _check_bytes(cells: Sequence[str]) -> None:
    if _BAD_BYTE.search("".join(cells)):
        raise RowError(Problem.UNREADABLE)


_ZONES: set[str] = set()


def _zones() -> set[str]:
    if not _ZONES:
        _ZONES.update(available_timezones())
    return _ZONES
