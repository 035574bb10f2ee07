"""Pages, snippets and records of the publication."""

from blog.consent import ConsentBasis
from blog.models.decisions import EditorialDecision
from blog.models.pages import AuthorPage, HomePage, StandardPage, StoryIndexPage
from blog.models.problems import ProblemReport
from blog.models.snippets import CrisisResource, GlossaryTerm, PatientConsent, Series, Topic
from blog.models.story import StoryKind, StoryPage
from blog.models.story_parts import Correction, Evidence, PageReference, Reference

__all__ = [
    "AuthorPage",
    "ConsentBasis",
    "Correction",
    "CrisisResource",
    "EditorialDecision",
    "Evidence",
    "GlossaryTerm",
    "HomePage",
    "PageReference",
    "PatientConsent",
    "ProblemReport",
    "Reference",
    "Series",
    "StandardPage",
    "StoryIndexPage",
    "StoryKind",
    "StoryPage",
    "Topic",
]
