"""The diagrams in the docs are those of the tables."""

from pathlib import Path

from newsletter.engine.diagram import mermaid, page
from newsletter.engine.subscriptions import STEPS

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_of_states_is_current() -> None:
    written = (DOCS / "states.md").read_text(encoding="utf-8")
    assert written == page(), "run: python -m newsletter.engine.diagram > docs/states.md"


def test_a_diagram_starts_at_the_first_state_and_draws_every_step() -> None:
    diagram = mermaid(STEPS)
    assert diagram.startswith("stateDiagram-v2\n    [*] --> pending\n")
    assert diagram.count(" --> ") == len(STEPS) + 1
    assert "    pending --> confirmed: confirmed\n" in diagram
