"""The pure core of mailing: no database, clock, network or randomness; those are arguments."""
