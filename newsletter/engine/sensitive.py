"""Names of columns and attributes that would turn a list of readers into a list of patients. Pure."""

import re

#: Beginnings of words; being told that somebody is treated, or for what, is health data (GDPR article 9(1)).
_WORDS = (
    *(
        "patient",
        "diagnos",
        "icd",
        "dsm",
        "disorder",
        "symptom",
        "medicat",
        "medicine",
        "prescri",
        "therap",
        "treatment",
    ),
    *("treatment", "condition", "disease", "illness", "health", "depress", "suicid", "anxiety", "bipolar", "ptsd"),
    *("ketamine", "insur", "medicaid", "medicare", "allerg", "pregnan", "hiv", "dosage", "dose", "referr", "clinic"),
)
_SENSITIVE = re.compile(rf"(?:^|[^a-z])(?:{'|'.join(_WORDS)})", re.I)


def is_about_health(name: str) -> bool:
    """Whether a column or an attribute of this name would say something about a reader's health.

    >>> is_about_health("Diagnosis code"), is_about_health("City")
    (True, False)
    """
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return bool(_SENSITIVE.search(spaced))
