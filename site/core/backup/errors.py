"""Root of what this room raises."""


class BackupError(Exception):
    """It can't be done, and nothing was changed. The text is for whoever operates the site and says what to do."""


class ArchiveError(BackupError):
    """The file is no backup, is damaged, or is one that this version can't read."""
