"""Turning files that doctors really have into drafts. One module a format, one builder for all of them."""

from blog.importing.report import Report, StoryReport
from blog.importing.stories import import_stories

__all__ = ["Report", "StoryReport", "import_stories"]
