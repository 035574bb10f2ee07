"""Why the demo publication was not loaded."""


class DemoError(Exception):
    """Nothing was changed. The message says what stands in the way and what to do."""
