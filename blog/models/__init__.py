"""Pages and snippets of the publication."""

from blog.models.pages import AuthorPage, HomePage, StandardPage, StoryIndexPage
from blog.models.snippets import CrisisResource, Series, Topic
from blog.models.story import Correction, Reference, StoryKind, StoryPage

__all__ = [
    "AuthorPage",
    "Correction",
    "CrisisResource",
    "HomePage",
    "Reference",
    "Series",
    "StandardPage",
    "StoryIndexPage",
    "StoryKind",
    "StoryPage",
    "Topic",
]
