"""What can be wrong with what is imported."""


class StoryImportError(Exception):
    """Nothing was imported. The message names the file (or what is missing) and says what to do next."""


class FormatError(StoryImportError):
    """A format that exists but is not read yet."""
