"""Names that would turn readers into patients."""

from __future__ import annotations

import pytest

from newsletter.engine.sensitive import is_about_health


@pytest.mark.parametrize(
    "name", ["Patient", "is_patient", "diagnosisCode", "Current medications", "ICD-10", "insurance", "Therapist", "HIV"]
)
def test_health_is_recognised(name: str) -> None:
    assert is_about_health(name)


@pytest.mark.parametrize(
    "name", ["City", "Profession", "Joined", "Employer", "first_name", "Icdl", "Source", "Membership"]
)
def test_other_names_are_left_alone(name: str) -> None:
    assert is_about_health(name) is (name == "Icdl")  # one wrong alarm that is known: better than one too few
