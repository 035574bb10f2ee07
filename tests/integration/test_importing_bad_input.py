"""Files as people really have them: every encoding and delimiter, and what is no list of readers at all (case 40)."""

from __future__ import annotations

import io
import tracemalloc
import zipfile

import pytest
from openpyxl import Workbook

from newsletter.audience.importing.errors import ImportFileError, MappingError
from newsletter.audience.importing.job import preview, set_mapping, stage, summary
from newsletter.models import ImportPart, Newsletter, Subscriber, SubscriberImport
from tests.integration.importing import BASIS, errors, imported, staged, started, states

pytestmark = pytest.mark.django_db

TABLE = "E-Mail;Name;opted_in_at\r\nzoë@bücher.example;Zoë;2020-01-01\r\njosé@example.org;José;2020-01-01\r\n"
GOOD = "E-Mail;Name;opted_in_at\r\nz@bücher.example;Zoë Łukasz;2020-01-01\r\nj@example.org;José;2020-01-01\r\n"


def workbook(*rows: tuple[object, ...]) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_each_unicode_encoding_is_read(newsletter: Newsletter, encoding: str) -> None:
    imported(newsletter, GOOD.encode(encoding))
    assert states(newsletter) == {"j@example.org": "confirmed", "z@xn--bcher-kva.example": "confirmed"}
    assert Subscriber.objects.get(email__startswith="z").name == "Zoë Łukasz"


def test_the_code_page_of_old_spreadsheets_is_read_and_said(newsletter: Newsletter) -> None:
    job = imported(newsletter, GOOD.replace("Łukasz", "Müller").encode("cp1252"))
    assert Subscriber.objects.get(email__startswith="z").name == "Zoë Müller"
    assert any("Windows-1252" in note for note in preview_notes(newsletter, GOOD.replace("Ł", "L").encode("cp1252")))
    assert job.reading["encoding"] == "cp1252"


def preview_notes(newsletter: Newsletter, content: bytes) -> tuple[str, ...]:
    return preview(started(newsletter, content)).notes


def test_a_row_with_bytes_that_nobody_can_read_is_refused_alone(newsletter: Newsletter) -> None:
    content = (
        "email,name\na@example.org,Zoë\nb@example.org,José\nc@example.org,".encode() + b"Zo\xeb\nd@example.org,Ann\n"
    )
    job = imported(newsletter, content)
    assert sorted(states(newsletter)) == ["a@example.org", "b@example.org", "d@example.org"]
    ((line, why, *_cells),) = errors(job)
    assert line == "4"
    assert "can't be read" in why


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_each_delimiter_is_found_even_where_another_one_is_more_frequent(
    newsletter: Newsletter, delimiter: str
) -> None:
    names = '"Quist, Ada, Dr.; MD"' if delimiter in ",;" else "Quist, Ada, Dr.; MD"
    imported(newsletter, [delimiter.join(row) for row in (("name", "email"), (names, "ada@example.org"))])
    assert Subscriber.objects.get().name == "Quist, Ada, Dr.; MD"


def test_a_file_of_addresses_alone_is_read_without_a_header(newsletter: Newsletter) -> None:
    job = started(newsletter, "ada@example.org\nbo@example.org\n")
    assert preview(job).header == ("Column 1",)
    assert "no names" in preview(job).notes[0]
    imported(newsletter, "ada@example.org\nbo@example.org\n")
    assert states(newsletter) == {"ada@example.org": "pending", "bo@example.org": "pending"}


def test_a_header_that_nobody_knows_does_not_hide_the_addresses(newsletter: Newsletter) -> None:
    assert started(newsletter, "Kontakt,Seit\nada@example.org,2020\n").mapping == {"0": "email", "1": "ignore"}


def test_columns_of_one_name_are_told_apart(newsletter: Newsletter) -> None:
    job = started(newsletter, "Email,Email,,Email\nada@example.org,x@example.org,,\n")
    assert preview(job).header == ("Email", "Email (2)", "Column 3", "Email (3)")
    assert list(job.mapping.values()) == ["email", "ignore", "ignore", "ignore"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n \n", "empty"),
        (b"\xd0\xcf\x11\xe0" + b"\x00" * 600, "old Excel"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x1f\x8b\x08...", "compressed"),
        (b"<!DOCTYPE html><title>Log in</title>", "web page"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        ("email\nå@example.org\n".encode("utf-32"), "UTF-32"),
        (b"email,name\n" + bytes(range(128, 256)) * 20 + b"\n", "can't be read"),
    ],
)
def test_what_is_no_table_is_refused_by_name(newsletter: Newsletter, content: bytes, words: str) -> None:
    with pytest.raises(ImportFileError, match=words):
        started(newsletter, content)
    assert not SubscriberImport.objects.exists()
    assert not ImportPart.objects.exists()


def test_a_header_alone_imports_nobody(newsletter: Newsletter) -> None:
    job = imported(newsletter, "email,name\n")
    assert (job.rows_total, job.created, job.refused) == (0, 0, 0)


def test_a_million_columns_are_refused_at_once_in_little_memory(newsletter: Newsletter) -> None:
    content = b",".join(b"c%d" % number for number in range(1_000_000)) + b"\nada@example.org\n"
    tracemalloc.start()
    try:
        with pytest.raises(ImportFileError, match="more than 500 columns"):
            started(newsletter, content)
        assert tracemalloc.get_traced_memory()[1] < 40_000_000
    finally:
        tracemalloc.stop()


def test_a_million_columns_further_down_end_the_import_before_anybody_is_in(newsletter: Newsletter) -> None:
    job = started(newsletter, b"email,name\n" + b"ada@example.org,Ada\n" * 30 + b"x" + b"," * 1_000_000 + b"\n")
    set_mapping(job, job.mapping, basis=BASIS)
    with pytest.raises(ImportFileError, match="Line 32"):
        stage(job, stop=lambda: False)
    job.refresh_from_db()
    assert job.state == "failed"
    assert "Line 32" in job.reason
    assert not Subscriber.objects.exists()


def test_a_cell_of_ten_megabytes_costs_its_row(newsletter: Newsletter) -> None:
    job = imported(
        newsletter, b"email,name\na@example.org,Ann\nb@example.org," + b"x" * 10_000_000 + b"\nc@example.org,Cy\n"
    )
    assert sorted(states(newsletter)) == ["a@example.org", "c@example.org"]
    assert [row[0] for row in errors(job)] == ["3"]


def test_a_name_over_two_lines_is_refused_and_its_line_named(newsletter: Newsletter) -> None:
    job = imported(newsletter, 'email,name,note\na@example.org,"Ann\nB",x\nb@example.org,Bo,"two\nlines"\nnobody,,\n')
    assert states(newsletter) == {"b@example.org": "pending"}
    assert [row[0] for row in errors(job)] == ["2", "6"]


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("", "enter an email"),
        ("nobody", "exactly one @"),
        ("a@b", "not a domain"),
        ("иван@пример.рф", "unaccented"),
        ("a\x00b@example.org", "invisible"),
        ("Ann <a@example.org>", "before the @"),
        ("a@" + "x" * 300 + ".example", "too long"),
        ("\u202ea@example.org", "invisible"),
    ],
)
def test_an_address_that_we_can_not_write_to_is_refused_in_words(
    newsletter: Newsletter, address: str, why: str
) -> None:
    job = imported(newsletter, ["name,email", f"x,{address}", "y,good@example.org"])
    assert states(newsletter) == {"good@example.org": "pending"}
    assert why in errors(job)[0][1]


def test_addresses_in_other_scripts_are_kept_in_their_normal_form(newsletter: Newsletter) -> None:
    imported(newsletter, ["email", "info@пример.рф", "Info@例え.jp", "ｉ@example.org"])
    assert sorted(states(newsletter)) == ["info@xn--e1afmkfd.xn--p1ai", "info@xn--r8jz45g.jp"]


@pytest.mark.parametrize(
    "name", ["=cmd()", "@SUM(1)", "<script>alert(1)</script>", "{{ settings.SECRET_KEY }}", "*|FNAME|*"]
)
def test_a_name_that_means_something_elsewhere_is_text_here(newsletter: Newsletter, name: str) -> None:
    imported(newsletter, ["email,name", f"ada@example.org,{name}"])
    assert Subscriber.objects.get().name == name


def test_the_file_of_refused_rows_runs_nothing_in_a_spreadsheet(newsletter: Newsletter) -> None:
    job = imported(newsletter, ["email,=name", "nobody,=cmd()"])
    assert errors(job)[0][2:] == ["nobody", "'=cmd()"]


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("31/05/2020", "can't be read"),
        ("2020-02-30", "can't be read"),
        ("1989-12-31", "before 1990"),
        ("2999-01-01", "future"),
        ("soon", "can't be read"),
        ("2020-01-01T00:00:00+25:00", "can't be read"),
    ],
)
def test_a_time_that_proves_nothing_is_refused(newsletter: Newsletter, cell: str, why: str) -> None:
    job = imported(newsletter, ["email,opted_in_at", f"ada@example.org,{cell}"])
    assert states(newsletter) == {}
    assert why in errors(job)[0][1]


def test_short_and_long_rows_are_read_as_far_as_they_go(newsletter: Newsletter) -> None:
    imported(
        newsletter,
        ["name,email,opted_in_at", "Ann,a@example.org", "Bo,b@example.org,2020-01-01,more,and more", "", "  ,"],
    )
    assert states(newsletter) == {"a@example.org": "pending", "b@example.org": "confirmed"}


def test_a_workbook_is_read_like_a_table(newsletter: Newsletter) -> None:
    from datetime import datetime

    content = workbook(
        ("Email", "Name", "opted_in_at"),
        ("ada@example.org", "Zoë\nQuist", datetime(2020, 1, 1, 10, 0)),  # noqa: DTZ001 - a spreadsheet has no zone
        (None, None, None),
        ("nobody", 7, None),
    )
    job = imported(newsletter, content)
    assert states(newsletter) == {"ada@example.org": "confirmed"}
    assert Subscriber.objects.get().name == "Zoë Quist"
    assert [row[0] for row in errors(job)] == ["4"]


def _zip(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def test_an_archive_is_refused_with_what_to_do(newsletter: Newsletter) -> None:
    with pytest.raises(ImportFileError, match="unpack it and choose the CSV"):
        started(newsletter, _zip({"subscribed_members_export.csv": b"Email Address\n"}))


def test_a_bomb_is_refused_before_it_is_unpacked(newsletter: Newsletter) -> None:
    bomb = _zip({"xl/workbook.xml": b"<x/>", "xl/sharedStrings.xml": b"\x00" * 50_000_000})
    tracemalloc.start()
    try:
        with pytest.raises(ImportFileError, match="too large"):
            started(newsletter, bomb)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_entities_of_a_workbook_are_not_expanded(newsletter: Newsletter) -> None:
    with zipfile.ZipFile(io.BytesIO(workbook(("email",), ("ada@example.org",)))) as real:
        members = {name: real.read(name) for name in real.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    with pytest.raises(ImportFileError, match="can't be read"):
        started(newsletter, _zip({**members, sheet: laughs + members[sheet].replace(b"ada@", b"&b;@")}))


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ({"0": "ignore"}, "No column holds"),
        ({"1": "email"}, "Two columns"),
        ({"1": "password"}, "no field"),
        ({"7": "name"}, "no column 7"),
        ({"2": "name"}, "health"),
        ({"1": "attribute:nothing"}, "no field"),
    ],
)
def test_columns_that_can_not_be_used_so_are_refused(
    newsletter: Newsletter, mapping: dict[str, str], words: str
) -> None:
    job = started(newsletter, "email,name,Diagnosis\nada@example.org,Ada,F32\n")
    with pytest.raises(MappingError, match=words):
        set_mapping(job, {**job.mapping, **mapping}, basis=BASIS)
    job.refresh_from_db()
    assert job.state == "uploaded"


def test_no_basis_and_a_tag_about_health_are_refused(newsletter: Newsletter) -> None:
    job = started(newsletter, "email\nada@example.org\n")
    with pytest.raises(MappingError, match="agreed to"):
        set_mapping(job, job.mapping, basis="  ")
    with pytest.raises(MappingError, match="health"):
        set_mapping(job, job.mapping, basis=BASIS, tags=["Ketamine patients"])


def test_a_column_that_holds_too_many_tags_is_none_of_tags(newsletter: Newsletter) -> None:
    with pytest.raises(ImportFileError, match="500 different tags"):
        staged(newsletter, ["email,tags", *(f"r{number}@example.org,tag {number}" for number in range(501))])


def test_refused_rows_are_counted_by_what_is_wrong(newsletter: Newsletter) -> None:
    job = imported(newsletter, ["email", "nobody", "no one", "a@example.org", "a@example.org"])
    assert sorted(summary(job).by_problem.values()) == [1, 2]
