"""What a story's body is made of. Each block names its web template; the mail twins are the newsletter's."""

from blog.blocks.base import STORY_TEXT_FEATURES
from blog.blocks.body import StoryBody

__all__ = ["STORY_TEXT_FEATURES", "StoryBody"]
