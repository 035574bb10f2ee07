"""On what basis a patient's story is told: what editors choose, and what readers are told."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ConsentBasis(models.TextChoices):
    WRITTEN = "written", _("Written consent of the person")
    COMPOSITE = "composite", _("Composite of several people")
    ILLUSTRATIVE = "illustrative", _("Illustrative, not a real person")


#: For readers, by the basis.
BASIS_WORDS = {
    ConsentBasis.WRITTEN.value: _("Told with this person’s written consent."),
    ConsentBasis.COMPOSITE.value: _("Put together from the lives of several people. No single person is described."),
    ConsentBasis.ILLUSTRATIVE.value: _("An example made up to explain. It is not a real person."),
}
