"""Whose story it is: the author page that bears the name under a text."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from wagtail.models import Page

from blog.importing.document import Signature
from blog.importing.signatures import bare_name
from blog.models import AuthorPage


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorship:
    author: AuthorPage | None
    notes: tuple[str, ...] = ()


def author_of(signature: Signature | None, *, home: Page) -> Authorship:
    """The page of who signed; made as an unpublished draft where there is none.

    A name that two pages bear, or a first name alone, is left to a person: a story under the wrong name is worse than
    one without.
    """
    if signature is None:
        return Authorship(author=None)
    wanted = bare_name(signature.name)
    same = [page for page in AuthorPage.objects.order_by("-live", "path") if bare_name(page.title) == wanted]
    if len(same) > 1:
        return Authorship(
            author=None,
            notes=(_("Several author pages are called “%(name)s”: choose the author.") % {"name": signature.name},),
        )
    if same:
        return Authorship(author=same[0])
    if len(wanted.split()) < 2:
        return Authorship(
            author=None,
            notes=(_("No author page is called “%(name)s”: choose the author.") % {"name": signature.name},),
        )
    page = AuthorPage(title=signature.name, credential=signature.credential, live=False)
    home.add_child(instance=page)
    page.save_revision()
    return Authorship(
        author=page,
        notes=(
            _("An author page for “%(name)s” was made as a draft: complete and publish it.") % {"name": signature.name},
        ),
    )
