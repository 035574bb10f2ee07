"""What stops an import as a whole."""


class ImportFileError(Exception):
    """The file can't be read. The text says why and what to do; nothing was imported."""


class MappingError(Exception):
    """The columns can't be used like this. The text says why and what to do."""


class LeaseLostError(Exception):
    """Another worker goes on with this import; what this one was about to write is taken back."""


class WrongStateError(Exception):
    """The import is not where this step begins: it was done, cancelled, or is being worked on."""
