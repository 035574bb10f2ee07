"""Rendering: MJML and plain text, laid out once per issue and compiled into the message that is sent."""

from newsletter.issues.render.block_previews import preview_of_block
from newsletter.issues.render.compiling import (
    CompiledIssue,
    CompileError,
    Laid,
    compile_issue,
    headers_of,
    lay_out,
    with_bodies,
)
from newsletter.issues.render.counted_links import Counted, CountedLink, count_links
from newsletter.issues.render.layout import RenderError
from newsletter.issues.render.parts import PicturePart, StoryPart
from newsletter.issues.render.pictures import Picture, picture
from newsletter.issues.render.story_cards import story_of

__all__ = [
    "CompileError",
    "CompiledIssue",
    "Counted",
    "CountedLink",
    "Laid",
    "Picture",
    "PicturePart",
    "RenderError",
    "StoryPart",
    "compile_issue",
    "count_links",
    "headers_of",
    "lay_out",
    "picture",
    "preview_of_block",
    "story_of",
    "with_bodies",
]
