"""The demo's people, all of them invented: logins, one for each role, and the two authors."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import Group, User
from django.utils.translation import gettext as _

from demo.errors import DemoError
from newsletter.admin.roles import ensure_roles

#: Known to everybody who reads this file: `load` refuses to make these logins on a public site.
PASSWORD = "rounds-demo-2026"  # noqa: S105


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    name: str
    group: str
    first_name: str
    last_name: str


LOGINS = (
    Login(name="owner", group="Owner", first_name="Odile", last_name="Ravn"),
    Login(name="doctor", group="Doctor", first_name="Tamsin", last_name="Arkwell"),
    Login(name="editor", group="Editor", first_name="Edda", last_name="Lindqvist"),
    Login(name="contributor", group="Contributor", first_name="Jonah", last_name="Ferrow"),
    Login(name="analyst", group="Analyst", first_name="Anselm", last_name="Okoro-Hale"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    slug: str
    login: str
    name: str
    credential: str
    role: str
    licence: str
    picture: str
    bio: str
    interests: str
    closing: str


AUTHORS = (
    Author(
        slug="tamsin-arkwell",
        login="doctor",
        name="Tamsin Arkwell",
        credential="MD",
        role="Psychiatrist",
        licence="Invented for this demo: there is no licence to look up.",
        picture="portrait-dusk",
        bio=(
            "<p><b>Tamsin Arkwell is not a real person.</b> She was invented, like everybody in this demo, so that you "
            "can see how an author looks on a finished site.</p><p>In the story of the demo she is a psychiatrist who "
            "has run a clinic for hard-to-treat depression for fifteen years. She writes because an appointment is "
            "short and the questions come later, at the kitchen table.</p>"
        ),
        interests=(
            "Owns the (invented) Alder Street Clinic, which offers ketamine infusions, esketamine and magnetic "
            "stimulation for a fee. Takes no money from drug or device makers."
        ),
        closing="With warm regards",
    ),
    Author(
        slug="jonah-ferrow",
        login="contributor",
        name="Jonah Ferrow",
        credential="LCSW",
        role="Psychotherapist",
        licence="Invented for this demo: there is no licence to look up.",
        picture="portrait-dawn",
        bio=(
            "<p><b>Jonah Ferrow is not a real person.</b> He was invented for this demo.</p><p>In its story he is a "
            "clinical social worker who treats depression and poor sleep with talking therapies.</p>"
        ),
        interests="Is paid for the therapy hours that he writes about. Nothing else to declare.",
        closing="Be patient with yourself",
    ),
)


def ensure_logins() -> None:
    """One login per role; those that exist keep the password that somebody may have given them."""
    ensure_roles()
    for login in LOGINS:
        if not User.objects.filter(username=login.name).exists():
            make_login(login)


def make_login(login: Login) -> None:
    is_owner = login.group == "Owner"
    user = User.objects.create_user(
        login.name,
        f"{login.name}@example.com",
        PASSWORD,
        first_name=login.first_name,
        last_name=login.last_name,
        is_staff=is_owner,
        is_superuser=is_owner,
    )
    user.groups.add(Group.objects.get(name=login.group))


def refuse_taken_names() -> None:
    """
    Raises:
        DemoError: somebody's own login has one of the names.
    """
    taken = User.objects.filter(username__in=[login.name for login in LOGINS]).order_by("username").first()
    if taken is not None:
        raise DemoError(
            _(
                "There is a login “%(name)s” that the demo didn't make. Load the demo into an empty database "
                "(set DATABASE_URL to a new one), or rename that login."
            )
            % {"name": taken.username}
        )
