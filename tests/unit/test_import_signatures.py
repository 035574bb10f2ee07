"""Which lines at the end of a text are its author's signature."""

import pytest

from blog.importing.signatures import bare_name, find_signature

TEXT = ("The last paragraph ends here.",)


@pytest.mark.parametrize(
    ("blocks", "closing", "name", "credential"),
    [
        (
            [("To the emerging of your best self,",), ("Lori Calabrese, MD",)],
            "To the emerging of your best self",
            "Lori Calabrese",
            "MD",
        ),
        ([("Warmly,", "Ada Quist, M.D., Ph.D.")], "Warmly", "Ada Quist", "M.D., Ph.D."),
        ([("Yours,",), ("Dr. Ada Quist",), ("MD, PhD",)], "Yours", "Dr. Ada Quist", "MD, PhD"),
        ([("Yours,",), ("J. R. van der Berg", "FRCPsych")], "Yours", "J. R. van der Berg", "FRCPsych"),
        (
            [("With hope,",), ("Siobhán O’Neill-Đorđević, PMHNP-BC",)],
            "With hope",
            "Siobhán O’Neill-Đorđević",
            "PMHNP-BC",
        ),
        ([("Warmly,",), ("Lori",)], "Warmly", "Lori", ""),
        ([("Lori Calabrese, MD",)], "", "Lori Calabrese", "MD"),
    ],
)
def test_a_signature_is_read_however_its_lines_are_set(
    blocks: list[tuple[str, ...]], closing: str, name: str, credential: str
) -> None:
    found = find_signature([TEXT, *blocks])

    assert found is not None
    signature, taken = found
    assert (signature.closing, signature.name, signature.credential) == (closing, name, credential)
    assert taken == len(blocks)


@pytest.mark.parametrize(
    "blocks",
    [
        [("And because of ketamine.",)],
        [("Lori Calabrese",)],  # a name alone might be a heading
        [("Warmly,",)],
        [("When he came home, tired and wet,",), ("he slept for hours",)],
        [("In March, MD Anderson opened.",)],
        [("Warmly,",), ("Lori Calabrese, who lives in Connecticut",)],
        [
            ("So I told her. And then, a long time later, when nobody thought of it any more,",),
            ("Ada Quist, MD",),
            ("Postscript here.",),
        ],
    ],
)
def test_prose_at_the_end_is_no_signature(blocks: list[tuple[str, ...]]) -> None:
    assert find_signature([TEXT, *blocks]) is None


def test_a_long_clause_before_a_name_is_not_its_closing_phrase() -> None:
    clause = "If you have read this far and still want to know more about what we do here,"

    found = find_signature([TEXT, (clause,), ("Ada Quist, MD",)])

    assert found is not None
    assert found[0].closing == ""
    assert found[1] == 1


@pytest.mark.parametrize(
    "written",
    [
        "Lori Calabrese",
        "Dr. Lori Calabrese",
        "Lori Calabrese, MD",
        "Lori Calabrese MD",
        "Prof. Dr LORI CALABRESE, M.D.",
    ],
)
def test_titles_credentials_and_case_do_not_make_another_person(written: str) -> None:
    assert bare_name(written) == "lori calabrese"


def test_a_surname_in_capitals_is_kept() -> None:
    assert bare_name("Kim LEE") == "kim lee"
