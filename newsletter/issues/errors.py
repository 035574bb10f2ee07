"""The root of what the use cases of an issue raise; their texts are for the editor or operator who asked."""


class IssueError(Exception):
    """An issue can't be composed, rendered, tested or scheduled; nothing was changed."""
