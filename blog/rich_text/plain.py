"""What is left of an entity that can't be kept: its words."""

from __future__ import annotations

from typing import Any

from draftjs_exporter.dom import DOM


def words_of(props: dict[str, Any]) -> Any:
    """The content of the entity, with its bold and italic, outside of any element."""
    words = DOM.create_element()
    DOM.append_child(words, props["children"])
    return words
