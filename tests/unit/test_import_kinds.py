"""Which stories are taken to be about a treatment."""

import pytest

from blog.importing.kinds import guess_kind, treatment_named
from blog.models import StoryKind


@pytest.mark.parametrize(
    "title",
    [
        "IV Ketamine Infusions Restore",
        "Stopping SSRIs",
        "Life After ECT",
        "rTMS for Depression",
        "Behavioral Activation, Step by Step",
        "Behavioural activation",
        "What Talking Therapies Do",
    ],
)
def test_a_title_that_names_a_treatment_makes_a_treatment_story(title: str) -> None:
    assert guess_kind(title, []) is StoryKind.TREATMENT


@pytest.mark.parametrize("title", ["Insects of Spring", "A Direct Question", "The Long Winter", "Project Notes"])
def test_words_that_merely_contain_one_do_not(title: str) -> None:
    assert guess_kind(title, ["What Happened Next"]) is StoryKind.NEWS


def test_a_heading_counts_as_well() -> None:
    assert treatment_named(["A Long Winter", "Then Came Lithium"]) == "Lithium"
