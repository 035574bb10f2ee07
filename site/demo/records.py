"""What the demo's stories lean on: the words they explain, and the private record behind a patient's story."""

from __future__ import annotations

from django.utils.text import slugify

from blog.models import ConsentBasis, GlossaryTerm, PatientConsent

GLOSSARY = {
    "Boxed warning": "The strongest warning that a medicine's label can carry in the United States.",
    "Double-blind": (
        "A trial in which neither the people nor those who treat them know who gets the real treatment. It keeps hopes "
        "from colouring the result."
    ),
    "Dummy tablet": "A tablet without a medicine in it, given to compare with. Its other name is placebo.",
    "Off-label": (
        "Use of an approved medicine for something that it was not approved for. It is legal and common. It means that "
        "no regulator has weighed the benefits and risks of that use."
    ),
    "Relapse": "An illness that had eased comes back.",
    "Remission": "So few symptoms are left that a person counts as well. The illness can return.",
    "Response": "In trials of depression mostly: at least half of the symptoms are gone.",
    "Treatment-resistant": (
        "Said of a depression that did not ease with two medicines, each taken long enough and at a full dose."
    ),
}
#: Made up, like everybody in the demo: it shows what is kept, and that no reader ever sees it.
CONSENT_LABEL = "Walking group 2024, three people"


def make_records() -> None:
    for term, definition in GLOSSARY.items():
        GlossaryTerm.objects.get_or_create(slug=slugify(term), defaults={"term": term, "definition": definition})
    PatientConsent.objects.get_or_create(
        label=CONSENT_LABEL,
        defaults={
            "basis": ConsentBasis.COMPOSITE,
            "kept_at": "Green folder, locked cabinet of the (invented) clinic",
            "note": "All three have read the text. One asked us to leave out her work.",
        },
    )
