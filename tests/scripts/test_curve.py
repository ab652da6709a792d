"""The learning curve: nested parts, the same test for all models, and an answer that follows from it."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from attune.core.beir import read_qrels, read_queries, write_qrels, write_queries
from attune.core.errors import UserError
from attune.evaluation.results import COMPARED
from attune.statistics.difference import Difference
from scripts import beside
from scripts.curve import main
from scripts.curve_parts import check_fractions, chunks_of, part, parts
from scripts.curve_table import CSV, JSON, Point, Rise, answer
from stages import evaluate, finetune
from tests.conftest import ROOT, set_params
from tests.stages.test_finetune import write_project

PAID = {"provider": "openai", "name": "m", "base_url": "http://localhost:9/v1", "dimensions": None, "price": 1.0}
RELEVANT = st.dictionaries(
    st.text("abcdef", min_size=1), st.lists(st.sampled_from("stuvwxyz"), min_size=1, max_size=2), min_size=1
)
SHARE = st.floats(0.01, 1)
UNSURE = "no detectable change"


@given(RELEVANT, SHARE, SHARE)
def test_parts_are_nested_and_a_chunk_keeps_all_its_questions(
    relevant: dict[str, list[str]], one: float, other: float
) -> None:
    small, large = (part(relevant, fraction) for fraction in sorted((one, other)))
    assert set(small) <= set(large) <= set(relevant)
    assert all(relevant[question] == chunks for question, chunks in large.items())
    for found in (small, large):
        assert all(count == chunks_of(relevant)[chunk] for chunk, count in chunks_of(found).items())
    # no chunk more than needed
    wanted = max(1, round(min(one, other) * len(relevant)))
    assert wanted <= len(small) < wanted + max(chunks_of(relevant).values())
    assert part(relevant, 1.0) == relevant


def test_parts_do_not_depend_on_the_order_of_the_file() -> None:
    relevant = {f"q{i}": [f"c{i // 3}"] for i in range(60)}
    backwards = dict(reversed(relevant.items()))
    assert part(backwards, 0.25) == part(relevant, 0.25)
    assert len(part(relevant, 0.25)) == 15
    assert {chunks[0] for chunks in part(relevant, 0.25).values()} != {f"c{i}" for i in range(5)}


def test_parts_that_do_not_differ_are_refused() -> None:
    with pytest.raises(UserError, match=r"has 4 questions about 2 chunks; that is too few for 25 % 50 % 100 %"):
        parts({"a": ["x"], "b": ["x"], "c": ["y"], "d": ["y"]}, [0.25, 0.5, 1.0])
    with pytest.raises(UserError, match="has 0 questions"):
        parts({}, [0.5, 1.0])


@pytest.mark.parametrize("fractions", [[1.0], [0.5, 0.25], [0.5, 0.5], [0.0, 1.0], [0.5, 1.1], [0.5, float("nan")]])
def test_fractions_that_make_no_curve_are_refused(fractions: list[float]) -> None:
    with pytest.raises(UserError, match="expected two or more ascending numbers above 0, up to 1"):
        check_fractions(fractions)


@pytest.mark.parametrize(
    ("rise", "said", "word"),
    [
        (Rise(0.03, 0.01, 0.05, 0.02, 0.04, 3, 0.03), "so more documents would likely help.", "better"),
        (Rise(0.02, -0.01, 0.05, 0.0, 0.04, 3, 0.04), "would help; less than about 0.040", UNSURE),
        (Rise(-0.03, -0.05, -0.01, -0.03, -0.03, 3, 0.03), "no sign that more documents would help", "worse"),
        (Rise(0.0, 0.0, 0.0, 0.0, 0.0, 3, 0.0), "no sign that more documents would help.", UNSURE),
        (Rise(0.2, -1.0, 1.0, 0.2, 0.2, 3, 1.0), "help, but there are too few test questions to show any.", UNSURE),
        (Rise(0.03, 0.01, 0.05, 0.03, 0.03, 1, 0.03), "how much of that is the seed's is not known", UNSURE),
    ],
)
def test_the_answer_follows_the_test(rise: Rise, said: str, word: str) -> None:
    last = Point(0.5, 5, 3, 1.0, "models/50"), Point(1.0, 10, 6, 1.0, "finetuned")
    text = answer(rise, last)
    assert text.startswith("From 50 % to 100 % of the training questions, ndcg@10 changes by ") and said in text
    assert rise.word == word and ("in 3 seeds" in text) == (rise.seeds == 3)


def difference(value: float, half: float) -> Difference:
    return Difference(value, value - half, value + half, 0.5, 2 * half)


def test_seeds_that_agree_leave_the_error_over_questions() -> None:
    rise = Rise.of([difference(0.03, 0.01)] * 3)
    assert (rise.difference, rise.low, rise.high) == pytest.approx((0.03, 0.02, 0.04))
    assert (rise.lowest, rise.highest, rise.seeds) == (0.03, 0.03, 3) and rise.detectable == pytest.approx(0.02)


@given(st.lists(st.floats(-0.2, 0.2), min_size=2, max_size=8))
def test_without_an_error_over_questions_it_is_the_t_interval_over_seeds(values: list[float]) -> None:
    assume(np.std(values) > 1e-6)
    rise = Rise.of([difference(value, 0.0) for value in values])
    known = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert (rise.low, rise.high) == pytest.approx((known.low, known.high))


@given(st.lists(st.floats(-0.2, 0.2), min_size=2, max_size=8), st.floats(0, 0.1))
def test_what_seeds_hide_is_not_promised(values: list[float], half: float) -> None:
    rise = Rise.of([difference(value, half) for value in values])
    assert rise.lowest - 1e-12 <= rise.difference <= rise.highest + 1e-12
    assert rise.high - rise.difference >= half - 1e-12
    if rise.word == "better":
        assert Rise.of([difference(value, half) for value in values[:1]]).word == UNSURE  # one seed is not enough


def write_data(project: Path, tiny_model: Path) -> None:
    """Forty chunks with two questions each; sixteen questions are for the test, a paid model is among the others."""
    write_project(project, tiny_model, count=40, epochs=1)
    # that name their subject and not the number: several chunks may answer them, and no model knows which does
    asked = [replace(question, text=re.sub(r" \d+", "", question.text)) for question in read_queries(finetune.QUERIES)]
    write_queries(finetune.QUERIES, asked)
    pairs = [(question, chunk) for question, ids in read_qrels(finetune.TRAIN).items() for chunk in ids]
    write_qrels(evaluate.TEST, pairs[:16])
    write_qrels(finetune.TRAIN, pairs[16:])
    set_params(project / "params.yaml", evaluate={"others": [PAID], "dimensions": [8], "fail_if_worse": True})


def in_this_process(work: Path, name: str) -> float:
    with contextlib.chdir(work):
        {"finetune": finetune.main, "evaluate": evaluate.main}[name]()
    return 0.0


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["curve", *arguments])
    main()


def files(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_every_model_is_asked_the_same_and_nothing_else_is_touched(
    project: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_data(project, tiny_model)
    # without dev questions the trained model is taken as it is; a base model in a folder beside the data
    write_qrels(finetune.DEV, [])
    (project / "base").symlink_to(tiny_model)
    set_params(project / "params.yaml", base_model={"name": "base"})
    monkeypatch.setattr(beside, "stage", in_this_process)
    before = files(project)
    call(monkeypatch, "--seeds", "2")
    assert files(project) - before == {JSON, CSV}
    found = json.loads(JSON.read_text())
    points = found["points"]
    assert [point["fraction"] for point in points] == [0.0, 0.25, 0.5, 1.0]
    assert [point["questions"] for point in points] == [0, 16, 30, 60]
    assert [point["weight"] for point in points] == [0.0, 1.0, 1.0, 1.0]
    assert found["questions"] == 16 and found["verdict"]["compared"] == [0.5, 1.0]
    for name in COMPARED:
        gain, rise = points[3][name] - points[2][name], found["verdict"][name]
        assert rise["difference"] == pytest.approx(gain, abs=2e-6)
        assert rise["lowest"] <= rise["difference"] <= rise["highest"] and rise["seeds"] == found["seeds"] == 2
        for point in points:
            assert point[f"{name}_lowest_seed"] <= point[name] <= point[f"{name}_highest_seed"]
    assert points[3]["ndcg@10_lowest_seed"] < points[3]["ndcg@10_highest_seed"]  # the seeds reached the training
    assert points[0]["ndcg@10_lowest_seed"] == points[0]["ndcg@10_highest_seed"]  # and the base model has none
    with CSV.open() as file:
        rows = list(csv.DictReader(file))
    assert [{name: float(cell) for name, cell in row.items()} for row in rows] == points
    assert len({point["ndcg@10"] for point in points}) == 4  # four models
    said = capsys.readouterr().out
    assert found["verdict"]["answer"] in said and "25 %, seed 43: training on 16 questions about 8 chunks" in said
    assert f"{points[1]['ndcg@10']:.3f} ({points[1]['ndcg@10_low']:.3f} to " in said
    assert "warning: Test questions: there are only 16." in said
    first = JSON.read_bytes(), CSV.read_bytes()
    call(monkeypatch, "--seeds", "2")
    assert (JSON.read_bytes(), CSV.read_bytes()) == first


@pytest.mark.parametrize(
    "path",
    [evaluate.CORPUS, evaluate.QUERIES, finetune.TRAIN, finetune.DEV, evaluate.TEST, evaluate.GROUPS],
    ids=str,
)
def test_what_is_missing_is_told_before_anything_runs(
    project: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch, path: Path
) -> None:
    write_data(project, tiny_model)
    path.unlink()
    monkeypatch.setattr(beside, "stage", None)
    with pytest.raises(UserError, match=f"{path} does not exist; `dvc repro` makes it"):
        call(monkeypatch)


def test_no_seeds_are_refused(project: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_data(project, tiny_model)
    with pytest.raises(UserError, match="--seeds is 0; expected 1 or more"):
        call(monkeypatch, "--seeds", "0")


def test_a_mistake_in_the_params_is_told_before_anything_runs(
    project: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_data(project, tiny_model)
    set_params(project / "params.yaml", evaluate={"k": [1]})
    monkeypatch.setattr(beside, "stage", None)
    with pytest.raises(UserError, match=r"evaluate\.k"):
        call(monkeypatch)


def script(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command: Sequence[str] = [sys.executable, "-m", "scripts.curve", *arguments]
    environment: dict[str, Any] = os.environ | {"PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


@pytest.mark.slow
def test_the_script_runs_the_stages_and_hands_on_their_mistakes(project: Path, tiny_model: Path) -> None:
    write_data(project, tiny_model)
    done = script("--fractions", "0.5", "1", "--seeds", "1", folder=project)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "From 50 % to 100 % of the training questions" in done.stdout
    set_params(project / "params.yaml", base_model={"name": "nowhere"})
    done = script(folder=project)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "no model 'nowhere'" in done.stderr and "error: the stage finetune failed" in done.stderr
