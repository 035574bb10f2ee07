"""The message of a campaign: compiled once to bytes with holes, spliced for each recipient (docs/architecture.md)."""

from newsletter.engine.message.compilation import Headers, compile_message, single_message
from newsletter.engine.message.compiled import CompiledMessage, Recipient
from newsletter.engine.message.errors import MessageError
from newsletter.engine.message.inspection import headers_problems
from newsletter.engine.message.press import Link, Press
from newsletter.engine.message.slots import Hole, Markers, Place, Slot, markers

__all__ = [
    "CompiledMessage",
    "Headers",
    "Hole",
    "Link",
    "Markers",
    "MessageError",
    "Place",
    "Press",
    "Recipient",
    "Slot",
    "compile_message",
    "headers_problems",
    "markers",
    "single_message",
]
