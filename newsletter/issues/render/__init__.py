"""Rendering: MJML and plain text, laid out once per issue and compiled into the message that is sent."""

from newsletter.issues.render.compiling import CompiledIssue, CompileError, Laid, compile_issue, headers_of, lay_out
from newsletter.issues.render.layout import RenderError
from newsletter.issues.render.parts import StoryPart, story_of

__all__ = [
    "CompileError",
    "CompiledIssue",
    "Laid",
    "RenderError",
    "StoryPart",
    "compile_issue",
    "headers_of",
    "lay_out",
    "story_of",
]
