"""The addresses beside one's own that tests of a newsletter's issues may go to: a line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsletter.engine.addresses import AddressError, normalise

if TYPE_CHECKING:
    from newsletter.models import Newsletter

#: More than a team needs, and too few for a mailing beside the books.
MOST = 20


class TestAddressesError(Exception):
    """Lines that are no addresses, or too many of them."""

    __test__ = False  # it is no test case

    def __init__(self, *, wrong: list[str], count: int) -> None:
        super().__init__(f"{len(wrong)} of {count} lines")
        self.wrong = wrong
        self.count = count


def read_addresses(text: str) -> list[str]:
    """Each address once, in its normal form.

    Raises:
        TestAddressesError: says which lines are none, and how many there are.
    """
    found, wrong = [], []
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for line in lines:
        try:
            found.append(normalise(line))
        except AddressError:
            wrong.append(line)
    once = list(dict.fromkeys(found))
    if wrong or len(once) > MOST:
        raise TestAddressesError(wrong=wrong, count=len(once))
    return once


def addresses_for_tests(newsletter: Newsletter) -> list[str]:
    """Those that can be read: a line that was written past the form opens nothing."""
    try:
        return read_addresses(newsletter.test_addresses)
    except TestAddressesError:
        return []
