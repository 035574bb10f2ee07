"""What can go wrong with a report; each text can be shown."""


class ProblemError(Exception):
    """The root of them all."""


class IllegalStepError(ProblemError):
    """The state doesn't lead there, or somebody else was quicker. Nothing has changed."""
