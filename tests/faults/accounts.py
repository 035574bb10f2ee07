"""The two books of a campaign, held against each other: the site's ledger, and the record of the receiving end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.fakes.sink import Recorded
from tests.faults.site import Site, repeated

#: What `newsletter_backends` gives the default backend; so many answers can be open when a worker dies.
CONNECTIONS = 10

#: States in which the message is known not to have been taken.
NOT_TAKEN = frozenset({"pending", "refused", "deferred", "skipped"})


@dataclass(frozen=True, slots=True)
class Balance:
    """Lines of the ledger by state, and how many of the uncertain ones had arrived."""

    counts: dict[str, int]
    uncertain_arrived: int


def balance(
    site: Site, campaign: str, record: Sequence[Recorded], *, recipients: int, uncertain_at_most: int
) -> Balance:
    """Compare them line by line; a difference fails the test.

    Nobody is missing from the ledger and nobody got it twice. Whoever is accepted is in the record once, whoever was
    certainly not sent to isn't in it, and each line of the record is accepted or uncertain here.
    """
    ledger = site.ledger(campaign)
    arrived = {one.message_id: one.recipient for one in record}
    assert repeated(one.message_id for one in record) == {}
    assert repeated(one.recipient for one in record) == {}
    assert len({row["address"] for row in ledger}) == len(ledger) == recipients
    lines = {row["message_id"]: row for row in ledger}
    assert len(lines) == recipients
    for identity, address in arrived.items():
        assert lines[identity]["address"] == address
        assert lines[identity]["state"] in {"accepted", "uncertain"}, lines[identity]
    accepted = of(ledger, "accepted")
    assert accepted <= arrived.keys(), "somebody counts as accepted and got nothing"
    uncertain = of(ledger, "uncertain")
    assert len(uncertain) <= uncertain_at_most
    counts = {state: number for state, number in site.counts(campaign).items() if number}
    assert counts.get("accepted", 0) == len(accepted)
    assert counts.get("uncertain", 0) == len(uncertain), "what is uncertain has to be shown"
    assert sum(counts.values()) == recipients
    return Balance(counts, len(uncertain & arrived.keys()))


def of(ledger: Iterable[dict[str, str]], *states: str) -> set[str]:
    """The Message-IDs of the lines in these states."""
    return {row["message_id"] for row in ledger if row["state"] in states}
