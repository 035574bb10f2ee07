"""Measuring the check: the arithmetic, the samples, the command."""

from __future__ import annotations

import json
from collections import Counter
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from blog.editorial.catalogue import catalogue
from blog.editorial.measure import NOT_JUDGED, measure, together
from blog.editorial.samples import ANYWHERE, Sample, SampleError, read_samples

HELD_OUT = Path(__file__).resolve().parents[2] / "heldout"
SAMPLE = """
[[text]]
id = "one"
title = "A Plain Title"
kind = "news"
body = '''
{body}
'''
"""


def folder(tmp_path: Path, body: str = "It is a cure-all.", more: str = "") -> Path:
    (tmp_path / "a.toml").write_text(SAMPLE.format(body=body) + more, encoding="utf-8")
    return tmp_path


def score_of(folder: Path, rule: str) -> tuple[int, int, int, int]:
    """(right, missed, false, resisted)."""
    score = next(score for score in measure(read_samples(folder), catalogue()) if score.rule == rule)
    return score.right, len(score.misses), len(score.false_alarms), score.resisted


#: Two dangling citations: each of them is a finding of C4.
DANGLING = "It helps [7]. It harms [8]. It is cheap."


@pytest.mark.parametrize(
    ("more", "counts"),
    [
        ("", (0, 0, 2, 0)),
        ('[text.expected]\nC4 = ["It helps", "It harms [8]"]', (2, 0, 0, 0)),
        ('[text.expected]\nC4 = ["It helps", "It is cheap"]', (1, 1, 1, 0)),
        ('[text.expected]\nC4 = ["It helps"]\n[text.open]\nC4 = ["It harms"]', (1, 0, 0, 0)),
        ('[text.expected]\nC4 = ["*"]', (1, 0, 0, 0)),
        ('[text.expected]\nC4 = ["*", "*", "*"]', (2, 1, 0, 0)),
        ('[text.open]\nC4 = ["*"]\n[text.tempting]\nC4 = ["It is cheap", "It harms"]', (0, 0, 0, 1)),
        ('[text.tempting]\nC4 = ["*"]', (0, 0, 2, 0)),
    ],
)
def test_findings_are_right_missed_false_or_open(tmp_path: Path, more: str, counts: tuple[int, ...]) -> None:
    assert score_of(folder(tmp_path, DANGLING, more), "C4") == counts


def test_precision_and_recall_follow_from_the_counts(tmp_path: Path) -> None:
    samples = read_samples(folder(tmp_path, DANGLING, '[text.expected]\nC4 = ["It helps", "It is cheap", "gone"]'))
    total = together(measure(samples, ["C4"]))
    assert (total.precision, round(total.recall, 3)) == (0.5, 0.333)


def test_a_rule_without_findings_and_expectations_is_not_blamed(tmp_path: Path) -> None:
    score = next(iter(measure(read_samples(folder(tmp_path, "It rained.")), ["S2"])))
    assert (score.precision, score.recall) == (1.0, 1.0)


def test_a_body_is_read_into_the_blocks_it_names(tmp_path: Path) -> None:
    body = (
        'One.\n\n### Deep\n\n## High\n\n:: image alt=""\n\nA lamp.\n\n:: risks\n\nFirst.\n\nSecond.\n\n## End\n\nTwo.'
    )
    blocks = read_samples(folder(tmp_path, body))[0].manuscript.blocks
    assert [(block.kind.value, block.paragraphs, block.section) for block in blocks] == [
        ("title", ("A Plain Title",), ""),
        ("text", ("One.",), ""),
        ("heading", ("Deep",), ""),
        ("heading", ("High",), "High"),
        ("image", ("A lamp.",), "High"),
        ("risks", ("First.", "Second."), "High"),
        ("heading", ("End",), "End"),
        ("text", ("Two.",), "End"),
    ]
    assert [block.level for block in blocks if block.level] == [3, 2, 2]
    assert blocks[4].alt == ""


@pytest.mark.parametrize(
    "text", ["", "id = ", "[[text]]\nid = 'x'", SAMPLE.format(body=":: nonsense"), SAMPLE.format(body=":: image alt")]
)
def test_samples_that_cannot_be_read_are_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SampleError, match=r"a\.toml|There are no samples"):
        read_samples(tmp_path)


HELD_OUT_SAMPLES = read_samples(HELD_OUT)


def every(group: str) -> Counter[str]:
    """How many parts the held-out texts have for each rule."""
    counts: Counter[str] = Counter()
    for sample in HELD_OUT_SAMPLES:
        for rule, parts in getattr(sample, group).items():
            counts[rule] += len(parts)
    return counts


def test_the_held_out_set_has_many_whole_short_texts() -> None:
    assert len(HELD_OUT_SAMPLES) >= 40
    assert len({sample.id for sample in HELD_OUT_SAMPLES}) == len(HELD_OUT_SAMPLES)
    words = [sample.manuscript.word_count for sample in HELD_OUT_SAMPLES]
    assert all(80 <= count <= 300 for count in words)


def test_the_held_out_set_has_a_dozen_of_both_sorts_for_every_rule() -> None:
    judged = set(catalogue()) - NOT_JUDGED
    assert {rule for rule, count in every("expected").items() if count >= 12} == judged
    assert {rule for rule, count in every("tempting").items() if count >= 12} == judged


@pytest.mark.parametrize("sample", HELD_OUT_SAMPLES, ids=lambda sample: sample.id)
def test_what_a_held_out_text_expects_stands_in_it(sample: Sample) -> None:
    sentences = [sentence.text for block in sample.manuscript.blocks for sentence in block.sentences]
    sentences += [reference.text for reference in sample.manuscript.references]
    for parts in (sample.expected, sample.tempting, sample.open):
        for part in {part for found in parts.values() for part in found} - {ANYWHERE}:
            assert any(part in sentence for sentence in sentences), part


def test_the_command_prints_a_line_for_each_rule(tmp_path: Path) -> None:
    out = StringIO()
    call_command("measure_check", folder(tmp_path, DANGLING), "--misses", stdout=out)
    lines = out.getvalue().splitlines()
    assert lines[0] == "1 texts"
    assert [line.split()[0] for line in lines[2 : 2 + len(catalogue()) - 1]] == [*sorted_rules(), "all"]
    assert any(line.startswith("false alarm  C4  one: It helps [7].") for line in lines)


def sorted_rules() -> list[str]:
    return [rule for rule in catalogue() if rule not in NOT_JUDGED]


def test_the_command_prints_one_json_document_computed_from_the_files(tmp_path: Path) -> None:
    out = StringIO()
    call_command(
        "measure_check",
        folder(tmp_path, DANGLING, '[text.expected]\nC4 = ["It helps", "It is cheap"]'),
        "--json",
        stdout=out,
    )
    document = json.loads(out.getvalue())
    assert document["texts"] == 1
    assert document["rules"]["C4"] == {
        "precision": 0.5,
        "recall": 0.5,
        "found": 1,
        "missed": [{"text": "one", "sentence": "It is cheap"}],
        "false_alarms": [{"text": "one", "sentence": "It harms [8]."}],
        "resisted": 0,
    }


def test_the_command_names_a_folder_without_samples(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no samples"):
        call_command("measure_check", tmp_path)


def test_the_check_keeps_its_floor_on_the_held_out_set() -> None:
    total = together(measure(HELD_OUT_SAMPLES, catalogue()))
    assert total.precision >= 0.8
    assert total.recall >= 0.8
